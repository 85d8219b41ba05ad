"""Why Terraform could not do something, in sentences: what failed, what AWS said, the fix where it
is known."""

import re
import tomllib
from pathlib import Path

from scripts.terraform import cli
from scripts.terraform.events import Error, TerraformReport
from scripts.workspace.target import StackTarget

CAUSES = Path(__file__).with_name("causes.toml")
# What AWS says when a call met another one, or its own answer was lost and the SDK sent it again:
# the next run finds how things are.
TRANSIENT = re.compile(
    "PreconditionFailed|OperationAborted|ConcurrentModification|connection reset|unexpected EOF"
    "|RequestTimeout"
)
LOCKED = "Error acquiring the state lock"
STALE = "Saved plan is stale"
AGAIN = "Then run make {again} again: it goes on where it stopped."
_API = re.compile(r"operation error (?P<service>[\w ]+): (?P<operation>\w+)(?P<rest>.*)", re.DOTALL)
_CODE = re.compile(r"api error (?P<code>[\w.]+): (?P<message>.*)", re.DOTALL)
_TYPED = re.compile(r"RequestID: [^,]*, (?P<code>\w+): (?P<message>.*)", re.DOTALL)
_NOISE = re.compile(
    r"(exceeded maximum number of attempts, \d+, |https response error |StatusCode: \d+, "
    r"|RequestID: [^,]*, |HostID: [^,]*, )"
)


def sentence(report: TerraformReport, log: Path, target: StackTarget, command: str) -> str:
    """All that failed in the Make target `command`: one line each, then the next step."""
    again = command + target.words
    text = "\n".join(f"{error.summary}\n{error.detail}" for error in report.errors)
    if LOCKED in text:
        return _locked(text, target, again)
    if STALE in text:
        return (
            "Somebody else changed the stack meanwhile, so nothing was done: "
            f"run make {again} again for a new plan."
        )
    step = AGAIN.format(again=again)
    if not report.errors:
        return f"Terraform ended without a reason: its words are in {log}. {step}"
    lines = list(dict.fromkeys(_line(error) for error in report.errors))
    return "\n".join([*lines, f"{step} Details are in {log}."])


def is_transient(report: TerraformReport) -> bool:
    """Whether all that failed is worth another run at once."""
    return bool(report.errors) and all(TRANSIENT.search(error.summary) for error in report.errors)


def of_init(said: list[str], plugins: Path | None, log: Path) -> str:
    """Why `terraform init` failed."""
    text = " ".join(" ".join(said).split())
    if plugins and not cli.holds_provider(plugins):
        return (
            f"{plugins} holds no AWS provider: name a folder that holds "
            "registry.terraform.io/hashicorp/aws with TF_PLUGIN_DIR."
        )
    if "provider" in text and re.search("query|registry|retriev|download", text):
        return f"{cli.NO_PROVIDER[:-1]}; details are in {log}."
    return f"Terraform could not prepare the configuration; details are in {log}."


def _line(error: Error) -> str:
    operation, said = _said(f"{error.summary} {error.detail}")
    where = f"{error.address}: " if error.address else ""
    cause = f"{operation} failed: {said}" if operation else error.cause
    # A refusal of the configuration is a sentence that says what to do already.
    fix = _fix(f"{operation} {said}")
    return f"{where}{cause.rstrip('. ')}." + (f" What to do: {fix}." if fix else "")


def _fix(text: str) -> str | None:
    causes = tomllib.loads(CAUSES.read_text())["cause"]
    fits = (one["fix"] for one in causes if re.search(one["says"], text, re.IGNORECASE))
    return next(fits, None)


def _said(text: str) -> tuple[str, str]:
    """AWS's operation and answer in one of the provider's errors; an empty operation when it is
    none."""
    text = " ".join(text.split())
    found = _API.search(text)
    if not found:
        return "", text
    rest = found["rest"].lstrip(", ")
    answer = _CODE.search(rest) or _TYPED.search(rest)
    said = f"{answer['code']}: {answer['message']}" if answer else _NOISE.sub("", rest)
    return found["operation"], said[:300]


def _locked(text: str, target: StackTarget, again: str) -> str:
    """The lock's holder is in Terraform's words, one fact a line."""
    facts = dict(re.findall(r"^\s*(Who|Created|ID):\s+(.+)$", text, re.MULTILINE))
    by = f" by {facts['Who']}" if "Who" in facts else ""
    at = f" since {facts['Created'][:16]} UTC" if "Created" in facts else ""
    killed = ""
    # A file's lock ends with its process; a bucket's stays when that is killed.
    if "ID" in facts and target.in_bucket:
        unlock = f"{cli.binary()} -chdir={target.root} force-unlock {facts['ID']}"
        killed = f" If that run was killed, free the lock first: TF_DATA_DIR={target.data} {unlock}"
    return (
        f"Another run is changing this stack{by}{at}, so nothing was done: wait until it has "
        f"ended, then run make {again} again.{killed}"
    )
