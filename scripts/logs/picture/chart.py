"""Series as an SVG drawing, in the manner of CloudWatch's graphs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

COLOURS = ("#1f77b4", "#e07b00", "#2ca02c", "#d62728", "#9467bd", "#8c564b")
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 10, 22
DAY = 86_400


@dataclass(frozen=True)
class Drawn:
    """One line or set of bars: its name in the legend, and a value for each period, None where there is none."""

    label: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """A time series; `begin` (epoch seconds) is its first period's, `marks` are level lines with what they mean."""

    width: int
    height: int
    begin: float
    period: int
    lines: Sequence[Drawn]
    marks: Sequence[tuple[str, float]] = ()
    least: float = 0
    most: float | None = None
    bars: bool = False

    def svg(self) -> str:
        """The drawing; a chart without any value says so, as CloudWatch's does."""
        parts = [*self._grid(), *self._marks()]
        for n, line in enumerate(self.lines):
            parts.append(self._bars(line, COLOURS[n % 6]) if self.bars else self._line(line, COLOURS[n % 6]))
        if not self._values():
            parts.append(f'<text x="{self.width / 2}" y="{self.height / 2}" text-anchor="middle" class="none">No data in this range</text>')
        return f'<svg width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}">{"".join(parts)}</svg>'

    def _values(self) -> list[float]:
        return [value for line in self.lines for value in line.values if value is not None]

    @property
    def _top(self) -> float:
        return self.most or max([*self._values(), *(value for _, value in self.marks)], default=0) * 1.08 or 1

    @property
    def _periods(self) -> int:
        return max((len(line.values) for line in self.lines), default=1)

    def _x(self, period: float) -> float:
        return LEFT + (period + 0.5) / self._periods * (self.width - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        share = (min(value, self._top) - self.least) / (self._top - self.least)
        return self.height - BOTTOM - share * (self.height - TOP - BOTTOM)

    def _grid(self) -> list[str]:
        parts = []
        for n in range(3):
            value = self.least + (self._top - self.least) * n / 2
            y = self._y(value)
            parts.append(self._level(y, "grid"))
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{amount(value)}</text>')
        step = max(1, math.ceil(self._periods / max(2, (self.width - LEFT) // 90)))
        for n in range(self._periods - 1, -1, -step):
            at = datetime.fromtimestamp(self.begin + n * self.period, UTC)
            text = at.strftime("%m-%d" if self.period >= DAY else "%H:%M")
            parts.append(f'<text x="{self._x(n):.1f}" y="{self.height - 6}" text-anchor="middle">{text}</text>')
        return parts

    def _marks(self) -> list[str]:
        parts = []
        for label, value in self.marks:
            y = self._y(value)
            parts.append(f'<line x1="{LEFT}" x2="{self.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="mark"/>')
            parts.append(
                f'<text x="{self.width - RIGHT}" y="{y + 13:.1f}" text-anchor="end" class="mark">{escape(label)} {amount(value)}</text>'
            )
        return parts

    def _level(self, y: float, kind: str) -> str:
        return f'<line x1="{LEFT}" x2="{self.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="{kind}"/>'

    def _line(self, line: Drawn, colour: str) -> str:
        points = [(self._x(n), self._y(value)) for n, value in enumerate(line.values) if value is not None]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{colour}"/>' for x, y in points) if len(points) < 60 else ""
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>{dots}'

    def _bars(self, line: Drawn, colour: str) -> str:
        wide = (self.width - LEFT - RIGHT) / self._periods * 0.5
        ground = self._y(self.least)
        tops = [(self._x(n) - wide / 2, self._y(value)) for n, value in enumerate(line.values) if value is not None]
        return "".join(f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{ground - y:.1f}" fill="{colour}"/>' for x, y in tops)


def amount(value: float) -> str:
    """A number on an axis."""
    if value and abs(value) < 0.01:
        return f"{value:.2g}"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
