"""The picture of a load: each node's share beside the one that its weight asks for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coterie._cli import chart
from coterie._cli.load import Load
from coterie._cli.report import max_over_mean, signed_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BARS = 7.0  # inches
NARROWEST = 9.0  # inches, for the title


def draw_load(figure: "Figure", load: Load, scheme: str) -> None:
    """A row for each node; of too many, a curve of all and rows for those farthest from their share."""
    nodes = range(len(load.names))
    title = f"{scheme}: {load.copies:,} keys on {len(nodes):,} {load.noun}s"
    if load.total:
        title += ", " + chart.label(max_over_mean(load), 56)
    figure.suptitle(title, x=0.01, ha="left")

    if len(nodes) <= chart.MOST_ROWS:
        labels = [chart.label(name) for name in load.names]
        figure.set_size_inches(_width(labels), chart.height(len(labels)))
        _rows(figure.subplots(), load, nodes, labels)
        return
    deviations = load.deviations
    farthest = sorted(nodes, key=lambda node: -abs(deviations[node]))[: chart.FEW_ROWS]
    farthest.sort(key=lambda node: -deviations[node])
    labels = [chart.label(load.names[node]) for node in farthest]
    heights = [chart.CURVE, chart.height(len(farthest))]
    figure.set_size_inches(_width(labels), sum(heights))
    upper, lower = figure.subplots(2, 1, height_ratios=heights)
    chart.curve(upper, load, chart.AFTER)
    _rows(lower, load, farthest, labels)
    lower.set_title(f"the {len(farthest)} {load.noun}s farthest from the share that their weight asks for")


def _width(labels: Sequence[str]) -> float:
    return max(BARS + chart.room(labels), NARROWEST)


def _rows(axes: "Axes", load: Load, nodes: Sequence[int], labels: Sequence[str]) -> None:
    shares, expected, deviations = load.shares, load.expected, load.deviations
    any_load = load.total > 0
    notes = [signed_percent(deviations[node]) if any_load else "" for node in nodes]
    chart.rows(axes, labels, notes, load.unit)
    chart.bars(axes, chart.percent(shares[node] for node in nodes), chart.AFTER, "share")
    chart.marks(axes, chart.percent(expected[node] for node in nodes), "expected by weight")
    chart.legend(axes)
