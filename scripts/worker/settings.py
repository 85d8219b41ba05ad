"""The worker's settings, from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.worker.jobs import VISIBILITY_SECONDS

IDLE_SECONDS, SLOTS = 1200, 2
REQUIRED = ("TABLE_NAME", "QUEUE_URL", "AWS_REGION", "WORKER_ID", "UNTIL")


class InvalidSettings(Exception):
    """The text says which variable is missing or wrong."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`idle` and `visibility` in seconds, `lease` in epoch seconds; `key` and `name` belong to a
    model server, which is there if `file` is not."""

    table: str
    queue: str
    region: str
    worker: str
    url: str
    file: Path | None
    key: str | None = field(repr=False)
    name: str | None
    lease: int
    lease_file: Path | None
    idle: float
    slots: int
    visibility: int
    on_ec2: bool

    @classmethod
    def read(cls, env: Mapping[str, str]) -> "WorkerSettings":
        """Raises InvalidSettings."""
        if absent := [name for name in REQUIRED if not env.get(name)]:
            raise InvalidSettings(f"{' and '.join(absent)} must be set.")
        url, file, lease_file = map(env.get, ("MODEL_URL", "MODEL_FILE", "LEASE_FILE"))
        if bool(url) == bool(file):
            raise InvalidSettings("Either MODEL_URL or MODEL_FILE must be set.")
        try:
            return cls(
                table=env["TABLE_NAME"],
                queue=env["QUEUE_URL"],
                region=env["AWS_REGION"],
                worker=env["WORKER_ID"],
                url=url or "",
                file=Path(file) if file else None,
                key=env.get("MODEL_KEY"),
                name=env.get("MODEL_NAME"),
                lease=int(env["UNTIL"]),
                lease_file=Path(lease_file) if lease_file else None,
                idle=float(env.get("IDLE_SECONDS") or IDLE_SECONDS),
                slots=int(env.get("SLOTS") or SLOTS),
                visibility=int(env.get("VISIBILITY_SECONDS") or VISIBILITY_SECONDS),
                on_ec2=env.get("EC2") == "1",
            )
        except ValueError as error:
            raise InvalidSettings(f"A number is not one: {error}.") from error

    @property
    def model(self) -> str:
        """The model's name, as operators see it."""
        return self.file.name if self.file else self.name or "model server"

    def until(self) -> int:
        """The end of the lease. The file, if there is one, may prolong it while the worker runs."""
        try:
            return int(self.lease_file.read_text()) if self.lease_file else self.lease
        except (OSError, ValueError):
            return self.lease
