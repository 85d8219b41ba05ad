"""What a run found, for people."""

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
    counts = [
        _row(label, [f"{getattr(run.parts[p], name) * times:,.1f}" for p in COLUMNS])
        for name, (label, times) in COUNTED.items()
    ]
    billed = _row(
        f"GB-s at {run.memory_mb} MB",
        [f"{run.parts[part].gb_seconds(run.memory_mb):.3f}" for part in COLUMNS],
    )
    most = _row(
        "GB-s at the very most",
        [f"{run.parts[part].gb_seconds_at_most(run.memory_mb):.3f}" for part in COLUMNS],
    )
    bills = {part: run.bill(part) for part in COLUMNS}
    money = [
        _row(service, [f"{bills[part][service]:.4f}" for part in COLUMNS])
        for service in bills["reply"]
    ]
    every = _row("all but the model", [f"{run.usd(part):.4f}" for part in COLUMNS])
    model = _row("the model", [f"{run.model_usd():.4f}"])
    head = _row("", list(COLUMNS.values()))
    size = f" ({run.prompt_bytes:,} bytes)" if run.prompt_bytes else ""
    tokens = (
        f"{run.input_tokens:,} tokens in{size} and {run.output_tokens} out, mean of {run.turns}"
    )
    units = [f"  {number:>5.1f}  {what}" for what, number in run.units.items()]
    parts = [
        f"A reply: {tokens}, warm.",
        "",
        head,
        *counts,
        billed,
        most,
        "",
        "USD for 1,000",
        *money,
        every,
        model,
    ]
    return "\n".join([*parts, "", "The reply's table units", *units, "", verdict(run)])


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


def _row(label: str, values: list[str]) -> str:
    return f"{label:<26}" + "".join(
        f"{value:>{len(title) + 2}}" for value, title in zip(values, _titles(), strict=False)
    )


def _titles() -> list[str]:
    return [title.rjust(10) for title in COLUMNS.values()]
