"""Runs a Make target: `make invite NAME=ana` is `python -m scripts invite ana`. Data goes to
stdout, everything else to stderr.

The module of a target is imported late, when all that it needs is installed: this one starts under
a bare Python, with the standard library alone."""

import argparse
import importlib
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.console.arguments import Argument, one_of
from scripts.console.progress import FULL_DISK, Failure, is_full_disk, say
from scripts.workspace import install, paths, settings, subprocesses
from scripts.workspace.target import StackTarget

# What a command is handed besides its options.
NOTHING, RUNNING_STACK, WANTED_STACK = "nothing", "a running stack", "settings and target"
WHICH = (
    Argument("env", "where the stack is: aws or local", one_of("aws", "local"), "aws"),
    Argument("stack", "its name (default: the one of settings.toml, or of make up)"),
)
IN_VENV = {"python", "dev"}
# What the tests of a whole stack need.
OF_A_STACK = ("programs", "dev", "model", "lint")
MAKEFILE = paths.ROOT / "Makefile"


@dataclass(frozen=True, slots=True)
class Target:
    """A Make target: its function in scripts/commands/, what must be installed, what the function
    is handed, and whether it goes on where an earlier run stopped. The Makefile has its help."""

    function: str
    needs: tuple[str, ...] = ("python",)
    handed: str = NOTHING
    goes_on: bool = False


def _wanted(function: str, *, goes_on: bool = True) -> Target:
    return Target(function, handed=WANTED_STACK, goes_on=goes_on)


def _running(function: str) -> Target:
    return Target(function, handed=RUNNING_STACK)


TARGETS = {
    "up": Target("up.run", needs=(), goes_on=True),
    "down": Target("down.run", needs=()),
    "doctor": _wanted("doctor.run", goes_on=False),
    "plan": _wanted("deploy.plan"),
    "deploy": _wanted("deploy.deploy"),
    "destroy": _wanted("destroy.run"),
    "verify-gone": _wanted("verify_gone.run"),
    "state-bucket": _wanted("state_bucket.to_bucket"),
    "state-local": _wanted("state_bucket.to_local"),
    "invite": _running("guests.invite"),
    "guests": _running("guests.guests"),
    "revoke": _running("guests.revoke"),
    "llm-on": _running("model.llm_on"),
    "llm-off": _running("model.llm_off"),
    "llm-allow": _running("kill_switch.llm_allow"),
    "status": _running("status.run"),
    "logs": _running("logs.run"),
    "trace": _running("trace.run"),
    "cost": _running("cost.run"),
    "export": _running("export.run"),
    "import": _running("import_.run"),
    "outputs": _running("outputs.run"),
    "smoke": _running("smoke.run"),
    "package": Target("package.run", needs=("python", "site")),
    "test": Target("test.test", needs=(*OF_A_STACK, "browser", "tools")),
    "test-unit": Target("test.test_unit", needs=("dev",)),
    "drills": Target("test.drills", needs=OF_A_STACK),
    "test-up": Target("test.test_up", needs=OF_A_STACK),
    "test-down": Target("test.test_down", needs=("dev",)),
    "lint": Target("lint.run", needs=("programs", "dev", "lint")),
    "bench": Target("bench.run", needs=("python", "model")),
    "bench-cost": Target("bench.run", needs=("python", "model")),
    "docs": Target("docs.run"),
    "audit": Target("audit.run", needs=("tools", "lint")),
    "lock": Target("lock.run", needs=("tools",)),
}


def main(words: list[str] | None = None) -> int:
    """The exit code."""
    name, *rest = (sys.argv[1:] if words is None else words) or ["--help"]
    if name in ("-h", "--help", "help"):
        print(overview())
        return 0
    if name not in TARGETS:
        say(f"There is no target {name}: make lists them.")
        return 2
    return run(name, rest, prepared=False)


def run(name: str, words: list[str], *, prepared: bool = True) -> int:
    """Runs a target to its exit code; what goes wrong is one sentence on stderr."""
    options = argparse.Namespace()
    # Steps end with a line of their own.
    blank = "\n" if TARGETS[name].goes_on else ""
    try:
        if not prepared:
            _prepare(name, words)
        return _carry_out(name, words, options) or 0
    except KeyboardInterrupt:
        subprocesses.stop_all()
        if TARGETS[name].goes_on:
            say(f"\nStopped. Run {_again(name, options)} again: it goes on where it stopped.")
        return 130
    except Failure as failure:
        say(f"{blank}{failure}")
        return failure.code
    except Exception as error:
        say(blank + sentence(error, name, options))
        return 1


def _prepare(name: str, words: list[str]) -> None:
    """Installs what the target needs, and goes on in `.venv` where that is part of it."""
    needs = TARGETS[name].needs
    runs_in_venv = bool(IN_VENV.intersection(needs))
    if not {"-h", "--help"}.intersection(words):
        for needed in needs:
            install.install(needed)
    elif runs_in_venv and not paths.PYTHON.exists():
        print(purpose(name))  # nothing is installed for the sake of a help
        sys.exit()
    if runs_in_venv and Path(sys.prefix).resolve() != paths.VENV.resolve():
        os.execv(paths.PYTHON, [str(paths.PYTHON), "-m", "scripts", name, *words])
    if TARGETS[name].handed == RUNNING_STACK:
        # A reader such as `head` may close stdout early.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def overview() -> str:
    """All targets with a line each, as `make` prints them."""
    return "\n".join(
        f"\n{heading}" if heading else f"  {name:<12} {line}"
        for heading, name, line in re.findall(
            r"^(?:##@ (.+)|([a-z-]+):.* ## (.*))$", MAKEFILE.read_text(), re.MULTILINE
        )
    )


def purpose(name: str) -> str:
    """The target's line of help."""
    found = re.search(rf"^{name}:.* ## (.*)$", MAKEFILE.read_text(), re.MULTILINE)
    return found[1] if found else ""


def _carry_out(name: str, words: list[str], options: argparse.Namespace) -> int | None:
    target = TARGETS[name]
    module, _, function = target.function.partition(".")
    command = importlib.import_module(f"scripts.commands.{module}")
    work: Callable[..., int | None] = getattr(command, function)
    parse(name, words, options, getattr(command, "ARGUMENTS", {}).get(name, ()))
    if target.handed == WANTED_STACK:
        place = StackTarget.of(options.env, options.stack)
        return work(options, settings.load(place.stack), place)
    if target.handed == RUNNING_STACK:
        from scripts.stack.connection import DeployedStack  # imports what .venv holds

        return work(options, DeployedStack.of(options.env, options.stack))
    return work(options)


def parse(
    name: str, words: list[str], options: argparse.Namespace, own: tuple[Argument, ...]
) -> None:
    """Fills the options; a wrong one ends the program with a sentence and the exit code 2."""
    parser = argparse.ArgumentParser(
        prog=f"python -m scripts {name}",
        description=purpose(name),
        epilog="What is not given is what the variable of its name says, as Make has it.",
    )
    for argument in own if TARGETS[name].handed == NOTHING else (*WHICH, *own):
        argument.add_to(parser, os.environ)
    parser.parse_args(words, options)


def _again(name: str, options: argparse.Namespace) -> str:
    """The command, in Make's words."""
    given = vars(options)
    env = " ENV=local" if given.get("env") == "local" else ""
    return f"make {name}{env}" + (f" STACK={given['stack']}" if given.get("stack") else "")


def sentence(error: Exception, name: str, options: argparse.Namespace) -> str:
    if is_full_disk(error):
        return FULL_DISK
    if not _is_aws(error):
        return _unexpected(error, name)
    cause = " ".join(str(error).split())
    if getattr(options, "env", "local") == "local":
        return f"The local stack does not answer: run make up again ({cause})."
    advice = "check your credentials and region"
    if TARGETS[name].goes_on:
        again = f"then run {_again(name, options)} again"
        return f"AWS did not answer as it should ({cause}): {advice}, {again}."
    return f"AWS did not answer as it should: {advice} ({cause})."


def _is_aws(error: Exception) -> bool:
    """Whether botocore raised it; then its module is there."""
    raised = sys.modules.get("botocore.exceptions")
    return raised is not None and isinstance(error, (raised.ClientError, raised.BotoCoreError))


def _unexpected(error: Exception, name: str) -> str:
    try:
        log = subprocesses.log_path(name)
        log.write_text(traceback.format_exc())
    except OSError:
        return f"make {name} failed unexpectedly: {error}."
    return f"make {name} failed unexpectedly ({type(error).__name__}): details are in {log}."


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main())
