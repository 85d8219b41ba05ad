"""What a run found, for people."""

from collections.abc import Iterable

from scripts.costs.measured import TARGET_USD, Run

COLUMNS = {
    "reply": "reply",
    "first reply": "first of its conversation",
    "list": "the list",
    "visit": "visit",
}
COUNTED = {
    "invocations": ("Lambda requests", 1),
    "seconds": ("ms they took", 1_000),
    "cpu_seconds": ("ms of a core in them", 1_000),
    "serial_cpu_seconds": ("of these not while waiting", 1_000),
    "socket_messages": ("WebSocket messages", 1),
    "socket_minutes": ("WebSocket minutes", 1),
    "http_requests": ("HTTP requests", 1),
    "read_units": ("table read units", 1),
    "write_units": ("table write units", 1),
    "log_bytes": ("log bytes", 1),
    "out_bytes": ("bytes out", 1),
    "stored_bytes": ("bytes stored", 1),
}


def text(run: Run) -> str:
    """Operations, money by service, and the verdict."""
    parts = [run.parts[part] for part in COLUMNS]
    memory = run.memory_mb
    size = f" ({run.prompt_bytes:,} bytes)" if run.prompt_bytes else ""
    tokens = f"{run.input_tokens:,} tokens in{size} and {run.output_tokens} out"
    lines = [f"A reply: {tokens}, mean of {run.turns}, warm.", "", _row("", COLUMNS.values())]
    for name, (label, times) in COUNTED.items():
        lines.append(_row(label, (f"{getattr(part, name) * times:,.1f}" for part in parts)))
    gb_seconds = (f"{part.gb_seconds(memory):.3f}" for part in parts)
    most = (f"{part.gb_seconds_at_most(memory):.3f}" for part in parts)
    lines += [_row(f"GB-s at {memory} MB", gb_seconds), _row("GB-s at the very most", most)]
    lines += ["", "USD for 1,000"]
    bills = [run.bill(part) for part in COLUMNS]
    lines += [_row(service, (f"{bill[service]:.4f}" for bill in bills)) for service in bills[0]]
    lines.append(_row("all but the model", (f"{run.usd(part):.4f}" for part in COLUMNS)))
    lines += [_row("the model", [f"{run.model_usd():.4f}"]), "", "The reply's table units"]
    lines += [f"  {number:>5.1f}  {what}" for what, number in run.units.items()]
    return "\n".join([*lines, "", verdict(run)])


def verdict(run: Run) -> str:
    """One sentence."""
    share = run.usd() / run.model_usd()
    found = f"1,000 replies cost {run.usd():.4f} USD besides the model, {share:.1%} of it"
    if not run.is_reference:
        return f"{found}; the target of {TARGET_USD} USD is the reference model's."
    return f"{found}: {'within' if met(run) else 'above'} the target of {TARGET_USD} USD."


def met(run: Run) -> bool:
    """Whether a reply is as cheap as it should be; the target is for the reference model's length
    and pace."""
    return not run.is_reference or run.usd() <= TARGET_USD


def _row(label: str, values: Iterable[str]) -> str:
    cells = zip(values, COLUMNS.values(), strict=False)
    return f"{label:<26}" + "".join(f"{value:>{max(10, len(title)) + 2}}" for value, title in cells)
