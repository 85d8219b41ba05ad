"""What an owner does with a running stack. Data goes to stdout, everything else to stderr.

python -m scripts.operate --env local invite ana --days 30 --daily 50
"""

import argparse
import json
import signal
import sys
import time

from botocore.exceptions import BotoCoreError as AwsUnreachable
from botocore.exceptions import ClientError as AwsRefusal

from handler.money import NANO
from scripts import guests, kill_switch, smoke, spending
from scripts.archive import export, restore
from scripts.numbers import between
from scripts.progress import Failure
from scripts.running_stack import Operator


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; the exit code."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader such as `head` may close stdout early
    options = _parse(arguments)
    try:
        return options.run(options, Operator.of(options.env, options.stack))
    except (Failure, AwsRefusal, AwsUnreachable) as failure:
        print(_sentence(failure, options.env), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _sentence(failure: Exception, env: str) -> str:
    if isinstance(failure, Failure):
        return str(failure)
    cause = " ".join(str(failure).split())
    if env == "local":
        return f"The local stack does not answer: run make up again ({cause})."
    return f"AWS did not answer as it should: check your credentials and region ({cause})."


def llm_on(options: argparse.Namespace, operator: Operator) -> int:
    """Switches the model on for some hours."""
    until = int(time.time() + options.hours * 3600)
    operator.store().stack.switch_on(until=until, backend=options.backend)
    print(f"The model is on until {_minute(until)}.", file=sys.stderr)
    return 0


def llm_off(_options: argparse.Namespace, operator: Operator) -> int:
    """Switches the model off."""
    operator.store().stack.switch_off()
    print("The model is off.", file=sys.stderr)
    return 0


def status(_options: argparse.Namespace, operator: Operator) -> int:
    """The switch, the spend, the guests, the page."""
    now, store = time.time(), operator.store()
    switch, spend = store.stack.read(now=now)
    valid = [guest for guest in store.guests.list(now=now) if guest.expires_at > now]
    limits = operator.outputs
    print(f"model   {f'on until {_minute(switch.until)} ({switch.backend})' if switch.on(now) else 'off'}")
    month, today = spend.total.cost / NANO, spend.of_day(now).cost / NANO
    print(f"spend   ${month:.4f} of ${limits['monthly_limit_usd']:g} this month, ${today:.4f} of ${limits['daily_limit_usd']:g} today")
    print(f"guests  {len(valid)}, {sum(guest.used for guest in valid)} replies today")
    print(f"page    {operator.outputs['site_url']}")
    return 0


def outputs(_options: argparse.Namespace, operator: Operator) -> int:
    """One JSON object and nothing else."""
    print(json.dumps(operator.outputs, indent=2, sort_keys=True))
    return 0


def smoke_test(_options: argparse.Namespace, operator: Operator) -> int:
    """The page, the API and one turn."""

    def say(line: str) -> None:
        print(line, file=sys.stderr)

    smoke.door(operator.outputs, say)
    smoke.chat(operator, say)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", choices=("local", "aws"), default="aws", help="where the stack is (default: %(default)s)")
    parser.add_argument("--stack", default=None, help="its name (default: the one of settings.toml, or of make up)")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run, purpose: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=purpose, description=purpose)
        sub.set_defaults(run=run)
        return sub

    guests.add_to(command)
    on = command("llm-on", llm_on, "switches the model on")
    on.add_argument("hours", type=between(1, 720), nargs="?", default=2)
    on.add_argument("--backend", choices=("bedrock", "worker"), default="bedrock")
    command("llm-off", llm_off, "switches the model off")
    kill_switch.add_to(command)
    command("status", status, "says what is going on")
    spending.add_to(command)
    export.add_to(command)
    restore.add_to(command)
    command("outputs", outputs, "prints the stack's outputs as one JSON object")
    command("smoke", smoke_test, "asks the page, the API and the model once")
    return parser.parse_args(arguments)


def _minute(timestamp: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(timestamp))


if __name__ == "__main__":
    sys.exit(main())
