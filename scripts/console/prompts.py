"""The questions before a stack is made or removed: a name, and a yes."""

import sys

from scripts.console.progress import Failure


def go_ahead(yes: bool, stack: str) -> None:
    """The one question of a deploy. Raises Failure unless the answer is yes."""
    if not yes and _ask("Go ahead? [y/N] ", stack).lower() not in ("y", "yes"):
        raise Failure("Nothing was done.")


def name_typed(yes: bool, stack: str) -> None:
    """The one question of a destroy. Raises Failure unless the answer is the stack's name."""
    if not yes and _ask(f"Type {stack} to remove all of it: ", stack) != stack:
        raise Failure("That is not its name, so nothing was done.")


def agreed(yes: bool, text: str) -> bool:
    """A question that may go unanswered: without a terminal the answer is no."""
    if yes or not sys.stdin.isatty():
        return yes
    return _answer(text).lower() in ("y", "yes")


def _ask(text: str, stack: str) -> str:
    if not sys.stdin.isatty():
        raise Failure(
            "There is no terminal to answer at, so nothing was done: add YES=1 to go ahead "
            f"without a question ({stack})."
        )
    return _answer(text)


def _answer(text: str) -> str:
    print(text, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
