"""The charts that pictures are made of. Each works on axes of matplotlib; shares are drawn in percent."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from coterie._cli.load import Load
from coterie._cli.picture import FONT_SIZE, drawable
from coterie._cli.text import shortened, showable, width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 120  # more names than that can be written, but not read
FEW_ROWS = 50  # shown where there would be more than MOST_ROWS

LONGEST_LABEL = 40  # columns
SMALL = 7  # points, where many labels stand close

ROW, CURVE, SURROUNDINGS = 0.2, 2.4, 1.2  # inches
BEFORE, AFTER, MARK = "#b4b4b4", "#3274a1", "#f28e2b"


def height(rows: int) -> float:
    """The inches that so many rows need."""
    return max(1.6, rows * ROW) + SURROUNDINGS


def room(labels: Iterable[str], size: int = FONT_SIZE) -> float:
    """The inches that the longest label needs: a character is about 0.62 of its height wide."""
    return max(map(width, labels)) * 0.62 * size / 72


def label(text: str, columns: int = LONGEST_LABEL) -> str:
    """A name as it is written in a picture."""
    return shortened(drawable(text), columns)


def rows(axes: "Axes", labels: Sequence[str], notes: Sequence[str], unit: str) -> None:
    """Make a row for each label, from the top, with a note at its end. Row i is from i - 0.5 to i + 0.5.

    Across is the share of the unit.
    """
    positions = range(len(labels))
    axes.set_yticks(positions, labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    end = axes.secondary_yaxis("right")
    end.set_yticks(positions, notes)
    end.spines["right"].set_visible(False)
    for side in (axes, end):
        side.tick_params(axis="y", length=0)
    axes.set_xlabel(f"share of {label(showable(unit))}, %")
    axes.grid(axis="x", color="#e4e4e4")
    axes.set_axisbelow(True)


def bars(
    axes: "Axes", values: Sequence[float], color: str, name: str = "", start: float = -0.4, stop: float = 0.4
) -> None:
    """A bar for each row, from its top at `start` to its bottom at `stop`."""
    tops = [row + start for row in range(len(values))]
    axes.barh(tops, values, stop - start, align="edge", color=color, label=name)


def marks(axes: "Axes", values: Sequence[float], name: str, start: float = -0.45, stop: float = 0.45) -> None:
    """A line across each row, where its bar should end."""
    tops = [row + start for row in range(len(values))]
    bottoms = [row + stop for row in range(len(values))]
    axes.vlines(values, tops, bottoms, color=MARK, linewidth=2, label=name)


def curve(axes: "Axes", load: Load, color: str, thickness: float = 1.5) -> None:
    """All nodes, the fullest first, by how much they have of the share that their weight asks for."""
    shares = zip(load.shares, load.expected, strict=True)
    ratios = sorted((share / expected for share, expected in shares if expected), reverse=True)
    axes.plot(ratios, color=color, linewidth=thickness)
    axes.axhline(1, color=MARK, linewidth=1)
    axes.set_ylabel("share / expected")
    axes.set_xlabel(f"{load.noun}s, the fullest first")


def legend(axes: "Axes") -> None:
    """Name what is drawn, above the axes at the right."""
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, borderaxespad=0)


def percent(shares: Iterable[float]) -> list[float]:
    """Shares in percent."""
    return [100 * share for share in shares]
