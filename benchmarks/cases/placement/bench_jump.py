"""Which shard of a jump hash owns a key? One key, many keys, the cost of a call."""

import pytest

from benchmarks import keys
from benchmarks.cases.placement.shared import LISTS, against, batch, call, list_floor, one_key

PLAIN = "plain.Jump"
SHARDS = [10, 100, 1000]


@against("coterie.Jump", "floor", PLAIN, "jump_consistent_hash.Ints", "jump_consistent_hash.Text")
@pytest.mark.parametrize("n", SHARDS)
@pytest.mark.parametrize("kind", ["int", "str"])
def test_one_key(row, kind, n, who):
    """jump[k] in a Python loop over 1000 keys."""
    row.ask(f"JumpHash[k], one {kind} key", f"{n} shards")
    one_key(row, who, PLAIN, n, kind)


@against("coterie.Jump", "floor", PLAIN, "numpy.Jump", "jump_consistent_hash.Ints")
@pytest.mark.parametrize("n", SHARDS)
def test_array(row, n, who):
    """jump.assign of 2**20 random uint64."""
    row.ask("JumpHash.assign, uint64 array", f"{n} shards")
    batch(row, who, PLAIN, n, keys.array(), f"jump_{n}_ns_per_key")


@against("coterie.Jump", "floor", PLAIN, "jump_consistent_hash.Ints")
def test_list(row, who):
    """jump.assign of a list of a million ints."""
    row.ask(f"JumpHash.assign, {LISTS['int']}", "100 shards")
    batch(row, who, PLAIN, 100, keys.many("int"), list_floor("int"))


@against("coterie.Jump", "floor")
def test_call(row, who):
    """What a batch call costs before it sees the first key."""
    row.ask("JumpHash.assign of a one-element array", "100 shards", unit="call")
    call(row, who, PLAIN, 100)
