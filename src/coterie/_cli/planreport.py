"""A movement as text for people, and as JSON."""

import json

from coterie._cli.columns import aligned
from coterie._cli.load import Load
from coterie._cli.movement import Movement

MOST_FLOWS = 20  # rows of the second table, unless all are asked for

JSON_HELP = """\
One object with these fields. A share is a part of 1.
  scheme                      as given
  keys, empty_lines           how many were read
  moved, moved_share          the keys that move
  least, least_share          the least that have to move, by weights
  nodes, a list of objects    first those there before, as given
    name
    weight_before, _after     null if the node is not there
    keys_before, _after
    share_before, _after
    expected_before, _after   the share that the weight asks for
  flows, a list of objects    all of them, largest first
    source, target            names of nodes
    keys, share"""


def as_text(movement: Movement, most_flows: int | None = MOST_FLOWS) -> str:
    """A row for each node, a row for each of the largest flows, and what it comes to."""
    blocks = [_nodes(movement.before, movement.after)]
    if movement.flows:
        blocks.append(_flows(movement, most_flows))
    blocks.append(_summary(movement))
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


def as_json(movement: Movement, scheme: str) -> str:
    """The document that JSON_HELP describes."""
    before, after = movement.before, movement.after
    columns = {
        "name": before.names,
        "weight_before": [weight or None for weight in before.weights],
        "weight_after": [weight or None for weight in after.weights],
        "keys_before": before.counts,
        "keys_after": after.counts,
        "share_before": before.shares,
        "share_after": after.shares,
        "expected_before": before.expected,
        "expected_after": after.expected,
    }
    document = {
        "scheme": scheme,
        "keys": before.keys,
        "empty_lines": before.empty_lines,
        "moved": movement.moved,
        "moved_share": movement.moved_share,
        "least": movement.least,
        "least_share": movement.least_share,
        "nodes": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
        "flows": [
            {"source": source, "target": target, "keys": keys, "share": keys / before.keys}
            for source, target, keys in movement.flows
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _nodes(before: Load, after: Load) -> list[str]:
    """Weights are left out if all of them are 1."""
    weighted = any(weight not in (0, 1) for weight in [*before.weights, *after.weights])
    all_keys = f"{before.keys:,}"
    columns = [
        [before.noun, *before.names, "total"],
        ["weight", *map(_weight, before.weights, after.weights), ""],
        ["before", *map(_cell, before.weights, (f"{count:,}" for count in before.counts)), all_keys],
        ["after", *map(_cell, after.weights, (f"{count:,}" for count in after.counts)), all_keys],
        ["change", *(f"{new - old:+,}" for old, new in zip(before.counts, after.counts, strict=True)), ""],
        ["share", *map(_cell, after.weights, map(_percent, after.shares)), ""],
        ["expected", *map(_cell, after.weights, map(_percent, after.expected)), ""],
    ]
    if not weighted:
        del columns[1]
    return aligned(list(zip(*columns, strict=True)))


def _weight(before: float, after: float) -> str:
    return f"{before:g} -> {after:g}" if before and after and before != after else f"{before or after:g}"


def _cell(weight: float, text: str) -> str:
    """The text, or a dash for a node that is not there."""
    return text if weight else "-"


def _percent(share: float) -> str:
    return f"{share:.2%}"


def _flows(movement: Movement, most: int | None) -> list[str]:
    rows = [
        (source, target, f"{keys:,}", _percent(keys / movement.before.keys))
        for source, target, keys in movement.flows[:most]
    ]
    lines = aligned([("from", "to", "keys", "share"), *rows], left=2)
    rest = movement.flows[len(rows) :]
    if rest:
        keys = sum(flow.keys for flow in rest)
        lines.append(f"and {len(rest):,} more pairs, {keys:,} keys in all; --all-flows prints them")
    return lines


def _summary(movement: Movement) -> list[str]:
    moved, least = movement.moved, movement.least
    ratio = f", moved/least {moved / least:.3f}" if least else ""
    lines = [
        f"{moved:,} of {movement.before.keys:,} keys move ({_percent(movement.moved_share)})",
        f"the least by weights is {least:,.0f} ({_percent(movement.least_share)}){ratio}",
    ]
    if movement.before.empty_lines:
        lines.append(f"{movement.before.empty_lines:,} empty lines skipped")
    return lines
