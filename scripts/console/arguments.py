"""What a target is given: `make invite NAME=ana` and `python -m scripts invite ana` are the same.

Values reach a program by its environment, where no shell reads them again: a blank, a quote or a
dollar sign arrives as it was typed (but Make itself reads `$`, and takes `$$` for one)."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Argument:
    """The option `--name`, or the variable NAME. A flag is set by any text.

    `kind` makes the value of its text, or raises argparse.ArgumentTypeError; so does it of
    `default`, if that is a text."""

    name: str
    help: str
    kind: Callable[[str], object] = str
    default: object = None
    positional: bool = False

    @property
    def variable(self) -> str:
        return self.name.upper().replace("-", "_")

    def add_to(self, parser: argparse.ArgumentParser, variables: Mapping[str, str]) -> None:
        """An empty variable counts as not given."""
        given = variables.get(self.variable) or self.default
        if self.kind is bool:
            parser.add_argument(
                f"--{self.name}", action="store_true", default=bool(given), help=self.help
            )
        elif self.positional:
            word = self.variable
            parser.add_argument(
                self.name, nargs="?", type=self.kind, default=given, metavar=word, help=self.help
            )
        else:
            parser.add_argument(f"--{self.name}", type=self.kind, default=given, help=self.help)


def between(low: int, high: int) -> Callable[[str], int]:
    """A kind: a whole number from `low` to `high`."""

    def number(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return number


def one_of(*words: str) -> Callable[[str], str]:
    """A kind: one of these words."""

    def word(text: str) -> str:
        if text not in words:
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(words)}")
        return text

    return word


YES = Argument("yes", "go ahead without a question", bool)
