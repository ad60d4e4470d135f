"""A chart of one question as SVG: a lane a contender, a mark a size, time on a logarithmic axis.

Positions are per cent of the width and all else is in pixels, so that text is as large on a telephone.
"""

from html import escape
from math import ceil, floor, log10

from benchmarks.report.units import micro, time, unit_for

LANE, TOP, AXIS = 40, 2, 24  # pixels: height of a lane, above the lanes, below them
LEFT, RIGHT = 3, 95  # per cent of the width
SHAPES = ["M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5Z", "M-4.5-4.5h9v9h-9Z", "M0-6 6 0 0 6-6 0Z", "M0-5.5 6 5H-6Z"]


def chart(question):
    """The SVG of a question."""
    axis = Axis(question)
    bottom = TOP + LANE * len(question.labels)
    name = escape(f"Chart: {question.title}{question.per}; the table below has the same figures")
    parts = [f'<svg class="chart" role="img" width="100%" height="{bottom + AXIS}" aria-label="{name}">']
    parts += axis.grid(bottom)
    for i, label in enumerate(question.labels):
        parts += lane(question, label, axis, TOP + LANE * i)
    return "\n".join([*parts, "</svg>"])


def legend(question):
    """Which mark is which size; nothing where there is one size."""
    if len(question.sizes) == 1:
        return ""
    items = [f"<li>{icon(i)}{escape(size)}</li>" for i, size in enumerate(question.sizes)]
    return f'<ul class="legend">{"".join(items)}</ul>'


def icon(i):
    mark = f'<path d="{shape(i)}"/>'
    return f'<svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">{mark}</svg>'


def shape(i):
    return SHAPES[i % len(SHAPES)]


def lane(question, label, axis, top):
    """The contender's name, and under it a mark for each size with a bar from quartile to quartile."""
    role, y = question.roles[label], top + LANE - 11
    figures = [(i, question.get(label, size)) for i, size in enumerate(question.sizes)]
    figures = [(i, figure) for i, figure in figures if figure]
    ends = [axis.at(figure.least) for _, figure in figures]
    yield f'<g class="{role}"><text y="{top + 16}">{escape(label)}</text>'
    yield line("track", 0, 100, y)
    yield line("reach", min(ends), max(ends), y)
    for i, figure in figures:
        yield line("spread", axis.at(figure.q1), axis.at(figure.q3), y)
        yield f'<svg x="{axis.at(figure.least):.2f}%" y="{y}" overflow="visible"><path d="{shape(i)}">'
        yield f"<title>{escape(tip(question, figure))}</title></path></svg>"
    yield "</g>"


def tip(question, figure):
    value = micro(time(figure.least, question.unit))
    return f"{figure.label}{f', {figure.size}' * bool(figure.size)}: {value}, IQR {figure.spread:.1%}"


def line(kind, x1, x2, y):
    return f'<line class="{kind}" x1="{x1:.2f}%" x2="{x2:.2f}%" y1="{y}" y2="{y}"/>'


class Axis:
    """Time to the right on a logarithmic scale; for bytes, throughput."""

    def __init__(self, question):
        self.rate = question.unit == "byte"
        ends = [self.value(t) for figure in question.figures for t in (figure.least, figure.q1, figure.q3)]
        self.low, self.high = log10(min(ends)) - 0.1, log10(max(ends)) + 0.1

    def value(self, seconds):
        return 1e-9 / seconds if self.rate else seconds

    def at(self, seconds):
        """Per cent of the width."""
        return self.place(log10(self.value(seconds)))

    def place(self, logarithm):
        return LEFT + (RIGHT - LEFT) * (logarithm - self.low) / (self.high - self.low)

    def ticks(self):
        """Logarithms of round values: powers of ten, more where those are few, fewer where they are many."""
        decades = range(floor(self.low), ceil(self.high) + 1)
        steps = (1, 2, 5) if self.high - self.low < 2.3 else (1,)
        found = [decade + log10(step) for decade in decades for step in steps]
        found = [tick for tick in found if self.low <= tick <= self.high]
        return found[:: ceil(len(found) / 7)] if found else []

    def grid(self, bottom):
        for tick in self.ticks():
            x = self.place(tick)
            yield f'<line class="grid" x1="{x:.2f}%" x2="{x:.2f}%" y1="{TOP}" y2="{bottom}"/>'
            yield f'<text class="tick" x="{x:.2f}%" y="{bottom + 16}">{self.text(tick)}</text>'

    def text(self, tick):
        if self.rate:
            return f"{10**tick:.3g} GB/s"
        scale, unit = unit_for(10**tick * 1.001)  # powers of ten are not exact
        return f"{10**tick / scale:.3g} {micro(unit)}"
