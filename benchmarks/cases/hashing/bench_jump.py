"""What does the paper's jump function cost on integers, without a mix?"""

import pytest

from benchmarks import keys
from benchmarks.cases.placement.shared import against, batch, one_key

PLAIN = "plain.RawJump"
BUCKETS = [10, 100, 1000]


@against("coterie.RawJump", "floor", PLAIN, "jump_consistent_hash.Raw")
@pytest.mark.parametrize("n", BUCKETS)
def test_one_key(row, n, who):
    """jump(k, n) in a Python loop over 1000 ints."""
    row.ask("hashing.jump(k, n), one int", f"{n} buckets")
    one_key(row, who, PLAIN, n, "int")


@against("coterie.RawJump", "floor", PLAIN, "numpy.RawJump", "jump_consistent_hash.Raw")
@pytest.mark.parametrize("n", BUCKETS)
def test_array(row, n, who):
    """jump(2**20 random uint64, n)."""
    row.ask("hashing.jump, uint64 array", f"{n} buckets")
    batch(row, who, PLAIN, n, keys.array(), f"jump_{n}_ns_per_key")
