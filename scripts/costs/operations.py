"""What something makes AWS bill, counted, and what that costs by service."""

from dataclasses import asdict, dataclass, fields

from scripts.costs import prices

# Memory at which Lambda gives a function one whole vCPU (Lambda Developer Guide, "Configure Lambda
# function memory"); below, a share.
WHOLE_CPU_MB = 1_769


@dataclass(frozen=True, slots=True)
class Operations:
    """`seconds` is how long the invocations took where a whole core was theirs, `cpu_seconds` what
    they used of it, and `serial_cpu_seconds` what of that is not done while the function waits for
    its model."""

    invocations: float = 0
    seconds: float = 0
    cpu_seconds: float = 0
    serial_cpu_seconds: float = 0
    http_requests: float = 0
    socket_messages: float = 0
    socket_minutes: float = 0
    read_units: float = 0
    write_units: float = 0
    log_bytes: float = 0
    out_bytes: float = 0
    stored_bytes: float = 0

    @classmethod
    def mean(cls, several: "list[Operations]") -> "Operations":
        names = [field.name for field in fields(cls)]
        sums = {name: sum(getattr(one, name) for one in several) for name in names}
        return cls(**{name: round(total / len(several), 4) for name, total in sums.items()})

    def __add__(self, other: "Operations") -> "Operations":
        mine, others = asdict(self), asdict(other)
        return Operations(**{name: value + others[name] for name, value in mine.items()})

    def __mul__(self, times: float) -> "Operations":
        return Operations(**{name: value * times for name, value in asdict(self).items()})

    def gb_seconds(self, memory_mb: float) -> float:
        """What Lambda bills. With a share of a core the processor's work takes that much longer.
        What is done as the words come has room between them, as long as the share suffices; all
        else makes the invocation longer."""
        share = min(1.0, memory_mb / WHOLE_CPU_MB)
        between = (self.cpu_seconds - self.serial_cpu_seconds) / share
        late = max(0.0, between - (self.seconds - self.serial_cpu_seconds))
        return (self.seconds + self.serial_cpu_seconds * (1 / share - 1) + late) * memory_mb / 1024

    def gb_seconds_at_most(self, memory_mb: float) -> float:
        """What Lambda would bill if the processor never worked while the function waits."""
        share = min(1.0, memory_mb / WHOLE_CPU_MB)
        return (self.seconds + self.cpu_seconds * (1 / share - 1)) * memory_mb / 1024


def bill(used: Operations, memory_mb: float) -> dict[str, float]:
    """USD by service, storage left out: that is billed by the month."""
    gb_seconds = prices.LAMBDA_GB_SECOND.of(used.gb_seconds(memory_mb))
    messages = prices.SOCKET_MESSAGE.of(used.socket_messages)
    return {
        "Lambda": prices.LAMBDA_REQUEST.of(used.invocations) + gb_seconds,
        "API Gateway, WebSocket": messages + prices.SOCKET_MINUTE.of(used.socket_minutes),
        "API Gateway, HTTP": prices.HTTP_REQUEST.of(used.http_requests),
        "DynamoDB": prices.TABLE_READ.of(used.read_units) + prices.TABLE_WRITE.of(used.write_units),
        "CloudWatch Logs": prices.LOG_BYTE.of(used.log_bytes),
        "data out": prices.OUT_BYTE.of(used.out_bytes),
    }


def usd(used: Operations, memory_mb: float) -> float:
    """The whole bill."""
    return sum(bill(used, memory_mb).values())
