"""Measures what is done to a stack: everything that AWS would bill for it, from before it begins
until nothing of it runs any more."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from handler.ids import new_id
from handler.money import Reservation, SpendingLimits
from handler.values import Usage, day_of
from scripts.bench.guest import MeasuredGuest
from scripts.bench.invocations import HANDLER, PLATFORM_BYTES, Invocations, with_recorder
from scripts.bench.meter import Meter
from scripts.bench.scratch import Scratch
from scripts.bench.table import TableMeter
from scripts.console.progress import Failure
from scripts.costs.operations import Operations
from scripts.workspace import paths

# The services whose calls go through the meter: all that the function calls besides its model.
METERED = ("DYNAMODB", "LAMBDA", "APIGATEWAYMANAGEMENTAPI")
# The recorder's file, in the stack's folder.
RECORD = "invocations.jsonl"
# What the month has behind it when it is measured, besides today and the measured guest.
EARLIER_DAYS, EARLIER_GUESTS = 14, 4


@dataclass(frozen=True, slots=True)
class Measured:
    """The operations, and the table's units by what they were for (scripts/bench/table.py)."""

    operations: Operations
    units: dict[tuple[str, str], float]

    def with_serial(self, cpu_seconds: float) -> "Measured":
        """The same, where no more than that of the processor's work is done while nothing else goes
        on."""
        serial = min(cpu_seconds, self.operations.cpu_seconds)
        return replace(self, operations=replace(self.operations, serial_cpu_seconds=serial))


class Session:
    """A metered stack."""

    def __init__(self, stack: Scratch, meter: Meter):
        self._meter = meter
        self._invocations = Invocations(stack.folder / RECORD)
        self.guest = MeasuredGuest(stack.outputs, stack.token)
        self.memory_mb: int = _configuration(stack)["MemorySize"]

    def measure(self, act: Callable[[], Operations]) -> Measured:
        """Does it, and counts. `act` says what the gateways meter of the guest's side."""
        meter, table, before = self._meter, self._meter.table, self._meter.counted
        units, stored = dict(table.units), table.stored()
        done = act()
        meter.settle()
        expected = done + meter.counted + before * -1
        ran = self._invocations.new(round(expected.invocations))
        meter.settle()
        found = {what: number - units.get(what, 0) for what, number in table.units.items()}
        cpu_seconds = sum(one.cpu_seconds for one in ran)
        took = Operations(
            seconds=sum(one.seconds for one in ran),
            cpu_seconds=cpu_seconds,
            serial_cpu_seconds=cpu_seconds,
            read_units=sum(number for (kind, _), number in found.items() if kind == "read"),
            write_units=sum(number for (kind, _), number in found.items() if kind == "write"),
            log_bytes=sum(one.log_bytes + PLATFORM_BYTES for one in ran),
            stored_bytes=table.stored() - stored,
        )
        used = {what: number for what, number in found.items() if number}
        return Measured(done + meter.counted + before * -1 + took, used)


@contextmanager
def session(stack: Scratch) -> Iterator[Session]:
    """The stack with the meter between its function and the emulator."""
    _write_half_a_month(stack)
    table = TableMeter(stack.client("dynamodb"), stack.outputs["table_name"])
    with Meter(stack.port, table) as meter:
        _reroute(stack, meter.url)
        yield Session(stack, meter)


def _write_half_a_month(stack: Scratch) -> None:
    """Books as a month has them half-way: its item is written with every turn, and grows with the
    days and the guests."""
    ledger, model, now = stack.deployed.store().ledger, stack.outputs["model_id"], time.time()
    today, unlimited = day_of(now), SpendingLimits(10**15, 10**15)
    guests = [new_id(now) for _ in range(EARLIER_GUESTS)]
    days = [f"{today[:8]}{n:02}" for n in range(1, EARLIER_DAYS + 2) if f"{n:02}" != today[8:]]
    for n, day in enumerate(days[:EARLIER_DAYS]):
        spent = Reservation(new_id(now), 0, guests[n % EARLIER_GUESTS], model, day, 240_000)
        then = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
        ledger.reserve(spent, unlimited, now=then)
        ledger.settle(spent, Usage(1_200, 300, cost=spent.cost))


def _reroute(stack: Scratch, url: str) -> None:
    """Leads the function's calls through `url`, and calls of its entry through the recorder."""
    variables = _configuration(stack)["Environment"]["Variables"]
    path = stack.outputs["management_url"].partition(f":{stack.port}")[2]
    if not path:
        raise Failure("The stack posts its replies elsewhere than to its emulator.")
    variables |= {f"AWS_ENDPOINT_URL_{service}": url for service in METERED}
    variables["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] = url + path
    variables["RECORD"] = str(stack.folder / RECORD)
    functions, name = stack.client("lambda"), stack.outputs["function_name"]
    package = stack.folder / paths.BUILD.relative_to(paths.ROOT) / "handler.zip"
    functions.update_function_code(FunctionName=name, ZipFile=with_recorder(package))
    environment = {"Variables": variables}
    functions.update_function_configuration(
        FunctionName=name, Handler=HANDLER, Environment=environment
    )


def _configuration(stack: Scratch) -> dict[str, Any]:
    functions = stack.client("lambda")
    return functions.get_function_configuration(FunctionName=stack.outputs["function_name"])
