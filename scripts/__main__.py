"""What an owner does with a running stack. Data goes to stdout, everything else to stderr.

python -m scripts --env local invite ana --days 30 --daily 50"""

import argparse
import json
import signal
import sys

from botocore.exceptions import BotoCoreError as AwsUnreachable
from botocore.exceptions import ClientError as AwsRefusal

from scripts.commands import cost, export, guests, import_, kill_switch, logs, model, status, trace
from scripts.console.progress import Failure
from scripts.stack import smoke
from scripts.stack.connection import DeployedStack


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; the exit code."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader such as `head` may close stdout early
    options = _parse(arguments)
    try:
        return options.run(options, DeployedStack.of(options.env, options.stack))
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


def outputs(_options: argparse.Namespace, deployed: DeployedStack) -> int:
    """One JSON object and nothing else."""
    print(json.dumps(deployed.outputs, indent=2, sort_keys=True))
    return 0


def smoke_test(_options: argparse.Namespace, deployed: DeployedStack) -> int:
    """The page, the API and one turn."""

    def say(line: str) -> None:
        print(line, file=sys.stderr)

    smoke.door(deployed.outputs, say)
    smoke.chat(deployed, say)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--env",
        choices=("local", "aws"),
        default="aws",
        help="where the stack is (default: %(default)s)",
    )
    parser.add_argument(
        "--stack", default=None, help="its name (default: the one of settings.toml, or of make up)"
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run, purpose: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=purpose, description=purpose)
        sub.set_defaults(run=run)
        return sub

    guests.add_to(command)
    model.add_to(command)
    kill_switch.add_to(command)
    status.add_to(command)
    logs.add_to(command)
    trace.add_to(command)
    cost.add_to(command)
    export.add_to(command)
    import_.add_to(command)
    command("outputs", outputs, "prints the stack's outputs as one JSON object")
    command("smoke", smoke_test, "asks the page, the API and the model once")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
