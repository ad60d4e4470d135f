"""A movement as JSON for programs."""

import json
from collections.abc import Sequence

from coterie._cli.movement import Flow, Movement

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
    keys, share
With --column there is also
  nulls                       the rows without a key
With --weight-column shares are of the sums of weights, and there are also
  weight_column               as given
  sum, moved_sum, least_sum   as keys, moved and least
  nodes: sum_before, _after
  flows: sum"""


def as_json(movement: Movement, scheme: str) -> str:
    """The document that JSON_HELP describes."""
    before, after = movement.before, movement.after
    columns: dict[str, Sequence[object]] = {
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
    document: dict[str, object] = {"scheme": scheme, "keys": before.keys, "empty_lines": before.empty_lines}
    if before.nulls is not None:
        document["nulls"] = before.nulls
    document |= {
        "moved": movement.moved,
        "moved_share": movement.moved_share,
        "least": movement.least,
        "least_share": movement.least_share,
    }
    if before.sums is not None and after.sums is not None:
        columns |= {"sum_before": before.sums.values, "sum_after": after.sums.values}
        document |= {
            "weight_column": before.sums.column,
            "sum": before.total,
            "moved_sum": movement.moved_amount,
            "least_sum": movement.least_amount,
        }
    document["nodes"] = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    document["flows"] = [_flow(flow, before.total) for flow in movement.flows]
    return json.dumps(document, indent=2) + "\n"


def _flow(flow: Flow, total: float) -> dict[str, object]:
    """A flow as an object of the document."""
    share = flow.amount / total if total else 0.0
    fields = {"source": flow.source, "target": flow.target, "keys": flow.keys, "share": share}
    return fields if flow.sum is None else fields | {"sum": flow.sum}
