"""Draws a running stack's dashboard as CloudWatch would show it, into a PNG or HTML file.

python -m scripts.logs.picture --env local --hours 1 docs/images/dashboard.png
"""

import argparse
import json
import sys
import time
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from scripts.console.arguments import between
from scripts.console.progress import Failure
from scripts.logs import events
from scripts.logs.lines import PATTERN, parsed
from scripts.logs.picture import browser
from scripts.logs.picture.metrics import Metrics
from scripts.logs.picture.page import Page
from scripts.stack.connection import Operator

HOUR = 3600


def main() -> int:
    """0 when the picture is there."""
    options = _parse()
    try:
        operator = Operator.of(options.env, options.stack)
        html = drawn(operator, time.time(), hours=options.hours, width=options.width)
        if options.file.suffix == ".html":
            options.file.write_text(html)
        else:
            browser.picture(html, options.file, width=options.width)
    except (Failure, ClientError, BotoCoreError) as failure:
        print(" ".join(str(failure).split()), file=sys.stderr)
        return 1
    print(f"{options.file}: {options.file.stat().st_size:,} bytes", file=sys.stderr)
    return 0


def drawn(operator: Operator, now: float, *, hours: int, width: int) -> str:
    """The dashboard of these hours as a page so many pixels wide."""
    cloudwatch, stack = operator.client("cloudwatch"), operator.outputs["stack"]
    body = json.loads(cloudwatch.get_dashboard(DashboardName=stack)["DashboardBody"])
    lines = list(parsed(events.read(operator, since=now - hours * HOUR, until=now, pattern=PATTERN)))
    found = cloudwatch.describe_alarms(AlarmNames=operator.outputs["alarms"])["MetricAlarms"]
    states = {alarm["AlarmArn"]: alarm["StateValue"] for alarm in found}
    metrics = Metrics(lines, stack, cloudwatch)
    return Page(metrics, lines, states, begin=now - hours * HOUR, end=now, width=width).html(body)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.logs.picture", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="what to write: a .png, which takes Chromium, or an .html")
    parser.add_argument("--env", choices=("local", "aws"), default="local", help="where the stack is (default: %(default)s)")
    parser.add_argument("--stack", default=None, help="its name")
    parser.add_argument("--hours", type=between(1, 24), default=24, help="how far back (default: %(default)s)")
    parser.add_argument("--width", type=between(320, 4000), default=1280, help="of the page, in pixels (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
