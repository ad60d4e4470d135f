"""A movement as text for people."""

from collections.abc import Sequence

from coterie._cli.columns import aligned
from coterie._cli.load import Load
from coterie._cli.movement import Movement
from coterie._cli.text import showable

MOST_FLOWS = 20  # rows of the second table, unless all are asked for


def as_text(movement: Movement, most_flows: int | None = MOST_FLOWS) -> str:
    """A row for each node, a row for each of the largest flows, and what it comes to."""
    blocks = [_nodes(movement)]
    if movement.before.sums is not None:
        blocks.append(_sums(movement))
    if movement.flows:
        blocks.append(_flows(movement, most_flows))
    blocks.append(_summary(movement))
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


def _nodes(movement: Movement) -> list[str]:
    """Keys before and after. Weights are left out if all of them are 1."""
    before, after = movement.before, movement.after
    columns = [[before.noun, *before.names, "total"]]
    if any(weight not in (0, 1) for weight in [*before.weights, *after.weights]):
        columns.append(["weight", *map(_weight, before.weights, after.weights), ""])
    columns += _change(movement, before.counts, after.counts, f"{before.keys:,}", ",.0f")
    if before.sums is None:
        columns += _shares(after)
    return aligned(list(zip(*columns, strict=True)))


def _sums(movement: Movement) -> list[str]:
    """What the keys weigh, before and after."""
    before, after = movement.before, movement.after
    number = movement.number_format
    columns = [[showable(before.unit), *before.names, "total"]]
    columns += _change(movement, before.amounts, after.amounts, f"{before.total:{number}}", number)
    columns += _shares(after)
    return aligned(list(zip(*columns, strict=True)))


def _change(
    movement: Movement, before: Sequence[float], after: Sequence[float], total: str, number: str
) -> list[list[str]]:
    """The columns of what is there before and after, and of the differences."""
    changes = [f"{new - old:+{number}}" for old, new in zip(before, after, strict=True)]
    return [
        ["before", *map(_cell, movement.before.weights, (f"{amount:{number}}" for amount in before)), total],
        ["after", *map(_cell, movement.after.weights, (f"{amount:{number}}" for amount in after)), total],
        ["change", *changes, ""],
    ]


def _shares(after: Load) -> list[list[str]]:
    return [
        ["share", *map(_cell, after.weights, map(_percent, after.shares)), ""],
        ["expected", *map(_cell, after.weights, map(_percent, after.expected)), ""],
    ]


def _weight(before: float, after: float) -> str:
    return f"{before:g} -> {after:g}" if before and after and before != after else f"{before or after:g}"


def _cell(weight: float, text: str) -> str:
    """The text, or a dash for a node that is not there."""
    return text if weight else "-"


def _percent(share: float) -> str:
    return f"{share:.2%}"


def _flows(movement: Movement, most: int | None) -> list[str]:
    before, number = movement.before, movement.number_format
    weighed = before.sums is not None
    header = ["from", "to", "keys", *[showable(before.unit)] * weighed, "share"]
    rows = [
        [
            *(flow.source, flow.target, f"{flow.keys:,}"),
            *[f"{flow.amount:{number}}"] * weighed,
            _percent(flow.amount / (before.total or 1)),
        ]
        for flow in movement.flows[:most]
    ]
    lines = aligned([header, *rows], left=2)
    rest = movement.flows[len(rows) :]
    if rest:
        keys = sum(flow.keys for flow in rest)
        lines.append(f"and {len(rest):,} more pairs, {keys:,} keys in all; --all-flows prints them")
    return lines


def _summary(movement: Movement) -> list[str]:
    before, number = movement.before, movement.number_format
    keys = f"{movement.moved:,} of {before.keys:,} keys move"
    moved, least = movement.moved_amount, movement.least_amount
    share, ratio = _percent(movement.moved_share), f", moved/least {moved / least:.3f}" if least else ""
    lines = [f"{keys} ({share})"]
    if before.sums is not None:
        lines = [keys, f"{showable(before.unit)}: {moved:{number}} of {before.total:{number}} move ({share})"]
    lines.append(f"the least by weights is {least:{number}} ({_percent(movement.least_share)}){ratio}")
    return lines + before.skipped
