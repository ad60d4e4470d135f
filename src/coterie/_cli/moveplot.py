"""The picture of a movement: loads before and after, and beside them the flows between nodes."""

import math
from typing import TYPE_CHECKING

from coterie._cli import chart
from coterie._cli.flowplot import flow_panel
from coterie._cli.movement import Movement
from coterie._cli.text import showable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase, SubFigure

BARS = 6.0  # inches
NARROWEST = 9.0  # inches, for the title


def draw_movement(figure: "Figure", movement: Movement, scheme: str) -> None:
    """Loads at the left, flows at the right if there are any."""
    figure.suptitle(_title(movement, scheme), x=0.005, ha="left")
    loads = _Loads(movement)
    if not movement.moved_amount:
        figure.set_size_inches(max(loads.width, NARROWEST), loads.height)
        loads.draw(figure)
        return
    flows = flow_panel(movement, loads.height)
    height = max(loads.height, flows.height)
    figure.set_size_inches(loads.width + flows.width, height)
    sides = figure.add_gridspec(1, 2, width_ratios=[loads.width, flows.width])
    loads.draw(_upper(figure.add_subfigure(sides[0, 0]), loads.height, height))
    flows.draw(_upper(figure.add_subfigure(sides[0, 1]), flows.height, height))


def _title(movement: Movement, scheme: str) -> str:
    moved, all_of_it, least = movement.moved_amount, movement.before.total, movement.least_amount
    unit = chart.label(showable(movement.before.unit))
    number = movement.number_format
    return (
        f"{scheme}: {moved:{number}} of {all_of_it:{number}} {unit} move ({movement.moved_share:.2%}), "
        f"the least by weights is {least:{number}} ({movement.least_share:.2%})"
    )


def _upper(figure: "SubFigure", part: float, whole: float) -> "SubFigure":
    """The upper part of a figure, so that what needs less height than its neighbour is not stretched."""
    if part == whole:
        return figure
    return figure.add_subfigure(figure.add_gridspec(2, 1, height_ratios=[part, whole - part])[0, 0])


class _Loads:
    """A row for each node; of too many, curves of all and rows for those that change most."""

    def __init__(self, movement: Movement) -> None:
        self._before, self._after = movement.before, movement.after
        pairs = zip(self._before.amounts, self._after.amounts, strict=True)
        self._changes = [after - before for before, after in pairs]
        self._number = movement.number_format
        nodes = list(range(len(movement.before.names)))
        self._cut = len(nodes) > chart.MOST_ROWS
        if self._cut:
            nodes = sorted(sorted(nodes, key=lambda node: -abs(self._changes[node]))[: chart.FEW_ROWS])
        self._nodes = nodes
        self._labels = [chart.label(movement.before.names[node]) for node in nodes]
        self._rows_height = chart.height(len(nodes))
        self.width = BARS + chart.room(self._labels)
        self.height = self._rows_height + chart.CURVE * self._cut

    def draw(self, figure: "FigureBase") -> None:
        if not self._cut:
            self._draw_rows(figure.subplots())
            return
        upper, lower = figure.subplots(2, 1, height_ratios=[chart.CURVE, self._rows_height])
        chart.curve(upper, self._before, chart.BEFORE, thickness=4)
        chart.curve(upper, self._after, chart.AFTER)
        self._draw_rows(lower)
        lower.set_title(f"the {len(self._nodes)} {self._before.noun}s that change most")

    def _draw_rows(self, axes: "Axes") -> None:
        notes = [f"{self._changes[node]:+{self._number}}" for node in self._nodes]
        chart.rows(axes, self._labels, notes, self._before.unit)
        for load, color, name, mark, start, stop in (
            (self._before, chart.BEFORE, "before", "", -0.4, 0.0),
            (self._after, chart.AFTER, "after", "expected by weight", 0.0, 0.4),
        ):
            shares, expected = load.shares, load.expected
            chart.bars(axes, chart.percent(shares[node] for node in self._nodes), color, name, start, stop)
            marks = chart.percent(expected[node] or math.nan for node in self._nodes)
            chart.marks(axes, marks, mark, start, stop)
        chart.legend(axes)
