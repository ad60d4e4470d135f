"""The flows of a movement in a picture: bars of the largest, or a matrix where bars would be too many."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from coterie._cli import chart
from coterie._cli.movement import Movement
from coterie._cli.text import showable

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

BARS = 4.5  # inches
FEW_BARS = 40
CELL, SURROUNDINGS = 0.16, 1.2  # inches


class Panel(Protocol):
    """A part of a picture, which knows the inches that it needs."""

    width: float
    height: float

    def draw(self, figure: "FigureBase") -> None: ...


def flow_panel(movement: Movement, height: float) -> Panel:
    """What fits beside something of this height."""
    most_bars = max(FEW_BARS, int((height - chart.SURROUNDINGS) / chart.ROW))
    flows = [flow for flow in movement.flows if flow.amount]
    sources = {flow.source for flow in flows}
    targets = {flow.target for flow in flows}
    shorter, longer = sorted([len(sources), len(targets)])
    if len(flows) > most_bars and shorter >= 2 and longer <= chart.MOST_ROWS:
        names = movement.before.names
        return _Matrix(
            movement, [name for name in names if name in sources], [name for name in names if name in targets]
        )
    return _Bars(movement, most_bars)


class _Bars:
    """A bar for each of the largest flows."""

    def __init__(self, movement: Movement, most: int) -> None:
        self._movement = movement
        self._flows = movement.flows[:most]
        self._labels = [f"{chart.label(flow.source)} → {chart.label(flow.target)}" for flow in self._flows]
        self.width = BARS + chart.room(self._labels)
        self.height = chart.height(len(self._flows))

    def draw(self, figure: "FigureBase") -> None:
        axes = figure.subplots()
        before, number = self._movement.before, self._movement.number_format
        chart.rows(axes, self._labels, [f"{flow.amount:{number}}" for flow in self._flows], before.unit)
        total = before.total or 1
        chart.bars(axes, chart.percent(flow.amount / total for flow in self._flows), chart.AFTER)
        axes.set_title(self._title())

    def _title(self) -> str:
        count = len(self._movement.flows)
        if len(self._flows) == count:
            return "flows"
        part = sum(flow.amount for flow in self._flows) / (self._movement.moved_amount or 1)
        return f"the {len(self._flows)} largest of {count:,} flows: {part:.1%} of what moves"


class _Matrix:
    """A cell for each source and target, the darker the larger the flow. The longer side has the rows."""

    def __init__(self, movement: Movement, sources: Sequence[str], targets: Sequence[str]) -> None:
        self._movement = movement
        self._flows = [flow for flow in movement.flows if flow.amount]
        self._amounts = np.zeros((len(sources), len(targets)))
        row = {name: i for i, name in enumerate(sources)}
        column = {name: i for i, name in enumerate(targets)}
        for flow in self._flows:
            self._amounts[row[flow.source], column[flow.target]] = flow.amount
        self._sides = [("from", _labels(sources)), ("to", _labels(targets))]
        if len(sources) < len(targets):
            self._amounts = self._amounts.T
            self._sides.reverse()
        rooms = [chart.room(labels, chart.SMALL) + SURROUNDINGS for _, labels in self._sides]
        self.height = CELL * len(self._amounts) + rooms[1]
        self.width = CELL * len(self._amounts.T) + rooms[0] + 1  # an inch for the scale

    def draw(self, figure: "FigureBase") -> None:
        axes = figure.subplots()
        cells = np.ma.masked_equal(self._amounts, 0)
        image = axes.imshow(cells, norm="log", cmap="viridis_r", aspect="auto")
        (left, rows), (below, columns) = self._sides
        axes.set_yticks(range(len(rows)), rows, fontsize=chart.SMALL)
        axes.set_xticks(range(len(columns)), columns, fontsize=chart.SMALL, rotation=90)
        axes.set_ylabel(left)
        axes.set_xlabel(below)
        axes.set_title(f"{len(self._flows):,} flows")
        before, number = self._movement.before, self._movement.number_format
        ticks = np.unique(np.geomspace(self._flows[-1].amount, self._flows[0].amount, 6))
        if number == ",.0f":
            ticks = np.unique(ticks.astype(int))
        unit = chart.label(showable(before.unit))
        scale = figure.colorbar(image, ax=axes, ticks=ticks, format=f"{{x:{number}}}", label=unit)
        scale.minorticks_off()


def _labels(names: Sequence[str]) -> list[str]:
    return [chart.label(name) for name in names]
