"""The dashboard's widgets as one page of HTML, each where its body puts it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from scripts.logs.lines import Line, plain
from scripts.logs.picture import formulas, insights
from scripts.logs.picture.chart import COLOURS, Chart, Drawn, amount
from scripts.logs.picture.metrics import Metrics

COLUMNS, UNIT, GAP = 24, 50, 8
CSS = Path(__file__).with_name("page.css")
_SPANS = {"D": 86_400, "H": 3_600, "M": 60}
# A table's cells are cut where CloudWatch's are.
CELL = 90


class Page:
    """Draws widgets from `metrics`, the log's `lines` and the alarms' `states` by ARN; `begin` and `end` in epoch seconds."""

    def __init__(self, metrics: Metrics, lines: Iterable[Line], states: Mapping[str, str], *, begin: float, end: float, width: int):
        self._metrics, self._lines, self._states = metrics, list(lines), states
        self._begin, self._end, self._width = begin, end, width

    def html(self, body: Mapping) -> str:
        """The page. Raises ValueError for a kind of widget or a query that the dashboard does not use."""
        widgets = "".join(self._placed(widget) for widget in body["widgets"])
        return f'<!doctype html><meta charset="utf-8"><style>{CSS.read_text()}</style><main style="width:{self._width}px">{widgets}</main>'

    def _placed(self, widget: Mapping) -> str:
        wide = self._width * widget["width"] // COLUMNS - 2 * GAP
        high = widget["height"] * UNIT - GAP
        drawn = {"text": self._text, "alarm": self._alarms, "log": self._table, "metric": self._metric}[widget["type"]]
        properties = widget["properties"]
        title = f"<h2>{escape(properties['title'])}</h2>" if "title" in properties else ""
        left, top = self._width * widget["x"] // COLUMNS + GAP, widget["y"] * UNIT + GAP
        place = f"left:{left}px;top:{top}px;width:{wide}px;height:{high}px"
        return f'<section style="{place}">{title}{drawn(properties, wide - 24, high - 52)}</section>'

    def _text(self, properties: Mapping, _wide: int, _high: int) -> str:
        return _markdown(properties["markdown"])

    def _alarms(self, properties: Mapping, _wide: int, _high: int) -> str:
        return "".join(_alarm(arn, self._states.get(arn, "INSUFFICIENT_DATA")) for arn in properties["alarms"])

    def _table(self, properties: Mapping, _wide: int, _high: int) -> str:
        rows = insights.answer(properties["query"], self._lines)
        if not rows:
            return '<p class="none">No line in this range</p>'
        names = list(dict.fromkeys(name for row in rows for name in row))
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        cells = ("".join(f"<td>{escape(_cell(row.get(name)))}</td>" for name in names) for row in rows)
        return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

    def _metric(self, properties: Mapping, wide: int, high: int) -> str:
        begin, end = (self._time(properties.get(name), default) for name, default in (("start", self._begin), ("end", self._end)))
        single = properties.get("view") == "singleValue"
        period = max(60, round(end - begin)) if single else properties["period"]
        first = begin if single else begin // period * period
        drawn = self._drawn(properties, period, first, end, whole=single)
        if single:
            return "".join(f'<span class="single"><b>{_last(line.values)}</b>{escape(line.label)}</span>' for line in drawn)
        axis = properties.get("yAxis", {}).get("left", {})
        marks = [(one["label"], one["value"]) for one in properties.get("annotations", {}).get("horizontal", [])]
        bars = properties.get("view") == "bar"
        chart = Chart(wide, high - 12, first, period, drawn, marks, axis.get("min", 0), axis.get("max"), bars)
        return chart.svg() + _legend(drawn)

    def _drawn(self, properties: Mapping, period: int, begin: float, end: float, *, whole: bool) -> list[Drawn]:
        """The visible lines; expressions may use the hidden ones."""
        periods = [begin] if whole else [begin + n * period for n in range(int((end - begin) // period) + 1)]
        by_id: dict[str, list[float | None]] = {}
        visible = []
        for metric in properties["metrics"]:
            words, drawing = [word for word in metric if isinstance(word, str)], metric[-1] if isinstance(metric[-1], dict) else {}
            if words:
                values = self._values(words, drawing.get("stat", properties.get("stat", "Average")), period, periods, end, whole)
            else:
                values = formulas.evaluate(drawing["expression"], by_id, len(periods))
            by_id[drawing.get("id", "")] = values
            if drawing.get("visible", True):
                visible.append(Drawn(drawing.get("label") or words[1], values))
        return visible

    def _values(self, words: Sequence[str], stat: str, period: int, periods: list[float], end: float, whole: bool) -> list[float | None]:
        dimensions = dict(zip(words[2::2], words[3::2], strict=True))
        # One value over the whole range has one period, wherever the clock's hours lie.
        length = 10 * period if whole else period
        found = self._metrics.series(words[0], words[1], dimensions, stat=stat, period=length, begin=periods[0], end=end)
        return [next(iter(found.values()), None)] if whole else [found.get(start) for start in periods]

    def _time(self, told: str | None, default: float) -> float:
        """A widget's own begin or end, such as -P7D, which is so long before the page's end."""
        if told is None:
            return default
        return self._end - int(told.strip("-PT")[:-1]) * _SPANS[told[-1]]


def _markdown(text: str) -> str:
    """What a text widget uses of it: one heading, code, and paragraphs."""
    lines = (re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(line, quote=False)) for line in text.splitlines())
    return "".join(f"<h1>{line[2:]}</h1>" if line.startswith("# ") else f"<p>{line}</p>" for line in lines)


def _alarm(arn: str, state: str) -> str:
    return f'<span class="alarm {state}">{escape(arn.split(":alarm:")[1])}<b>{state.replace("_", " ").capitalize()}</b></span>'


def _legend(drawn: Iterable[Drawn]) -> str:
    entries = (f'<i style="background:{COLOURS[n % 6]}"></i>{escape(line.label)}' for n, line in enumerate(drawn))
    return f'<p class="legend">{" ".join(f"<span>{entry}</span>" for entry in entries)}</p>'


def _last(values: Sequence[float | None]) -> str:
    return "–" if values[-1] is None else amount(values[-1])


def _cell(value: object) -> str:
    text = "" if value is None else f"{value:.6f}".rstrip("0") if isinstance(value, float) else plain(str(value))
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
