"""The flows of a movement in a picture: bars of the largest, or a matrix where bars would be too many."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from coterie._cli import chart
from coterie._cli.movement import Movement

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
    sources = {flow.source for flow in movement.flows}
    targets = {flow.target for flow in movement.flows}
    shorter, longer = sorted([len(sources), len(targets)])
    if len(movement.flows) > most_bars and shorter >= 2 and longer <= chart.MOST_ROWS:
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
        chart.rows(axes, self._labels, [f"{flow.keys:,}" for flow in self._flows])
        all_keys = self._movement.before.keys
        chart.bars(axes, chart.percent(flow.keys / all_keys for flow in self._flows), chart.AFTER)
        axes.set_title(self._title())

    def _title(self) -> str:
        count = len(self._movement.flows)
        if len(self._flows) == count:
            return "flows"
        part = sum(flow.keys for flow in self._flows) / self._movement.moved
        return f"the {len(self._flows)} largest of {count:,} flows: {part:.1%} of what moves"


class _Matrix:
    """A cell for each source and target, the darker the larger the flow. The longer side has the rows."""

    def __init__(self, movement: Movement, sources: Sequence[str], targets: Sequence[str]) -> None:
        self._flows = movement.flows
        self._keys = np.zeros((len(sources), len(targets)))
        row = {name: i for i, name in enumerate(sources)}
        column = {name: i for i, name in enumerate(targets)}
        for flow in self._flows:
            self._keys[row[flow.source], column[flow.target]] = flow.keys
        self._sides = [("from", _labels(sources)), ("to", _labels(targets))]
        if len(sources) < len(targets):
            self._keys = self._keys.T
            self._sides.reverse()
        rooms = [chart.room(labels, chart.SMALL) + SURROUNDINGS for _, labels in self._sides]
        self.height = CELL * len(self._keys) + rooms[1]
        self.width = CELL * len(self._keys.T) + rooms[0] + 1  # an inch for the scale

    def draw(self, figure: "FigureBase") -> None:
        axes = figure.subplots()
        cells = np.ma.masked_equal(self._keys, 0)
        image = axes.imshow(cells, norm="log", cmap="viridis_r", aspect="auto")
        (left, rows), (below, columns) = self._sides
        axes.set_yticks(range(len(rows)), rows, fontsize=chart.SMALL)
        axes.set_xticks(range(len(columns)), columns, fontsize=chart.SMALL, rotation=90)
        axes.set_ylabel(left)
        axes.set_xlabel(below)
        axes.set_title(f"{len(self._flows):,} flows")
        ticks = np.unique(np.geomspace(self._flows[-1].keys, self._flows[0].keys, 6).astype(int))
        scale = figure.colorbar(image, ax=axes, ticks=ticks, format="{x:,.0f}", label="keys")
        scale.minorticks_off()


def _labels(names: Sequence[str]) -> list[str]:
    return [chart.label(name) for name in names]
