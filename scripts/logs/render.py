"""A line of the log as a person reads it. Only these fields are ever shown, whatever else it may
hold."""

from collections.abc import Iterator

from scripts.console.formats import Paint, clock, seconds, usd
from scripts.logs.lines import LogLine, plain

# As long as the longest code.
CODE = 17


def shown(line: LogLine, paint: Paint) -> Iterator[str]:
    """The line, and the trace if it has one."""
    code, error = line.text("code"), str(line.fields.get("error") or "")
    took = line.number("ms")
    parts = [
        clock(line.at),
        f"{line.event:<7}",
        paint("bad" if code or error else "", f"{_outcome(line):<{CODE}}"),
        f"{'' if took is None else seconds(took):>7}",
        f"{', '.join(_details(line))}  {paint('faint', _id(line))}".strip(),
    ]
    yield "  ".join(parts).rstrip()
    *trace, last = error.rstrip().splitlines() or [""]
    yield from (paint("faint", f"    {plain(step)}") for step in trace)
    if last:
        yield paint("bad", f"    {plain(last)}")


def fallbacks(line: LogLine) -> Iterator[tuple[str, str]]:
    """The models that failed before the one that answered, each with why."""
    failed = line.fields.get("fallbacks")
    for one in failed if isinstance(failed, list) else []:
        if isinstance(one, list) and len(one) == 2:
            yield plain(str(one[0])), plain(str(one[1]))


def _outcome(line: LogLine) -> str:
    """In a word: the code of a refusal or failure, else what came of it."""
    if code := line.text("code"):
        return code
    if line.event == "probe":
        return "answered" if line.fields.get("available") else "no answer"
    return line.text("status" if line.event in ("http", "report") else "outcome")


def _details(line: LogLine) -> Iterator[str]:
    code = line.text("code")
    if line.event == "http":
        yield " ".join(filter(None, (line.text("route"), line.text("status") if code else "")))
    if line.event == "turn" and code:
        yield line.text("outcome")
    if (first := line.number("first_delta_ms")) is not None:
        yield f"first words {seconds(first)}"
    given, taken = line.number("input_tokens"), line.number("output_tokens")
    if given is not None and taken is not None:
        yield f"{given:,} in, {taken:,} out"
    if (cost := line.number("cost_usd")) is not None:
        yield usd(cost)
    if words := [word for word in (line.text("backend"), line.text("model")) if word]:
        yield " ".join(dict.fromkeys(words))
    for model, why in fallbacks(line):
        yield f"instead of {model} ({why})"


def _id(line: LogLine) -> str:
    """What `make trace` finds it by."""
    ids = ((word, line.text(f"{word}_id")) for word in ("reply", "request"))
    return next((f"{word} {value}" for word, value in ids if value), "")
