"""A line of the log for a person: a row, and beneath it why it went wrong."""

from collections.abc import Iterator

from scripts.console.formats import Paint, clock, seconds, usd
from scripts.logs.lines import LogLine, printable

CODE_WIDTH = 17  # the longest code's


def shown(line: LogLine, paint: Paint) -> Iterator[str]:
    """The row, and the trace if there is one. Only these fields are ever shown, whatever else a
    line may hold."""
    code, error = line.text("code"), str(line.fields.get("error") or "")
    took = line.number("ms")
    parts = [
        clock(line.at),
        f"{line.event:<7}",
        paint("bad" if code or error else "", f"{_outcome(line):<{CODE_WIDTH}}"),
        f"{'' if took is None else seconds(took):>7}",
        f"{', '.join(_details(line))}  {paint('faint', _id(line))}".strip(),
    ]
    yield "  ".join(parts).rstrip()
    *trace, last = error.rstrip().splitlines() or [""]
    yield from (paint("faint", f"    {printable(step)}") for step in trace)
    if last:
        yield paint("bad", f"    {printable(last)}")


def _outcome(line: LogLine) -> str:
    if code := line.text("code"):
        return code
    match line.event:
        case "http" | "report":
            return line.text("status")
        case "probe":
            return "answered" if line.fields.get("available") else "no answer"
    return line.text("outcome")


def _details(line: LogLine) -> Iterator[str]:
    code = line.text("code")
    if line.event == "http":
        yield line.text("route", "status") if code else line.text("route")
    if line.event == "turn" and code:
        yield line.text("outcome")
    if (first := line.number("first_delta_ms")) is not None:
        yield f"first words {seconds(first)}"
    read, written = line.number("input_tokens"), line.number("output_tokens")
    if read is not None and written is not None:
        yield f"{read:,} in, {written:,} out"
    if (cost := line.number("cost_usd")) is not None:
        yield usd(cost)
    names = dict.fromkeys(line.text(name) for name in ("backend", "model"))
    if any(names):
        yield " ".join(filter(None, names))
    for other, why in line.fallbacks():
        yield f"instead of {other} ({why})"


def _id(line: LogLine) -> str:
    """What `make trace` finds the line by."""
    for kind in ("reply", "request"):
        if found := line.text(f"{kind}_id"):
            return f"{kind} {found}"
    return ""
