"""What the commands that make and remove a stack have in common: which stack, the question, and how
they end."""

import argparse
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from scripts.console.progress import FULL_DISK, Failure, is_full_disk
from scripts.workspace import settings, subprocesses
from scripts.workspace.target import StackTarget


def add_to(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "--env",
        choices=("local", "aws"),
        default="aws",
        help="where the stack is (default: %(default)s)",
    )
    parser.add_argument(
        "--stack", default=None, help="its name (default: the one of settings.toml, or of make up)"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")


def found(options: argparse.Namespace) -> tuple[settings.OwnerSettings, StackTarget]:
    """What is wanted, and where. Raises Failure."""
    target = StackTarget.of(options.env, options.stack)
    return settings.load(target.stack), target


def words(options: argparse.Namespace) -> str:
    """What Make was told."""
    return f"{' ENV=local' if options.env == 'local' else ''}{f' STACK={options.stack}' if options.stack else ''}"


def guarded(work: Callable[[], int | None], command: str) -> int:
    """Runs a command to its exit code; what goes wrong is one sentence on stderr."""
    try:
        return work() or 0
    except Failure as failure:
        sentence, code = str(failure), 1
    except KeyboardInterrupt:
        subprocesses.stop_all()
        sentence, code = f"Stopped. Run {command} again: it goes on where it stopped.", 130
    except (ClientError, BotoCoreError) as error:
        cause = " ".join(str(error).split())
        sentence, code = (
            f"AWS did not answer as it should ({cause}): check your credentials and region, then run {command} again.",
            1,
        )
    except OSError as error:
        if not is_full_disk(error):
            raise
        sentence, code = FULL_DISK, 1
    print(f"\n{sentence}", file=sys.stderr)
    return code


def go_ahead(yes: bool, target: StackTarget) -> None:
    """The one question of a deploy. Raises Failure unless the answer is yes."""
    if not yes and _ask("Go ahead? [y/N] ", target).lower() not in ("y", "yes"):
        raise Failure("Nothing was done.")


def name_typed(yes: bool, target: StackTarget) -> None:
    """The one question of a destroy. Raises Failure unless the answer is the stack's name."""
    if not yes and _ask(f"Type {target.stack} to remove all of it: ", target) != target.stack:
        raise Failure("That is not its name, so nothing was done.")


def agreed(yes: bool, text: str) -> bool:
    """A question that may go unasked: where nobody is there, the answer is no."""
    if yes or not sys.stdin.isatty():
        return yes
    print(text, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def account(target: StackTarget, region: str) -> str:
    """The account that the credentials are for."""
    import boto3

    return boto3.client("sts", **target.reached(region)).get_caller_identity()["Account"]


def _ask(text: str, target: StackTarget) -> str:
    if not sys.stdin.isatty():
        raise Failure(
            f"Nobody is there to be asked, so nothing was done: add YES=1 to go ahead without a question{f' ({target.stack})'}."
        )
    print(text, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
