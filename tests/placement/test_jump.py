"""What only shards have: numbers instead of nodes, and an order in which they join and leave."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.baselines.hashing.jump import jump as plain_jump
from benchmarks.baselines.keys import mix, splitmix64
from benchmarks.baselines.placement.jump import JumpHash as PlainJump
from coterie import JumpHash, digests
from coterie.hashing import jump
from tests.placement.errors import NO_INTEGERS, called, refuse
from tests.placement.inverse import digest_at

MOST = 2**31 - 1
NUMBERS = sorted({1, 2, 3, MOST, *(2**k + near for k in range(1, 31) for near in (-1, 0, 1))} - {0})
SEEDS = [0, 1, 2**64 - 1]
# Mixed digests at the ends of what the paper's arithmetic meets, and around them.
EXTREMES = np.array([0, 1, 2**31, 2**32, 2**33 - 1, 2**33, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1], np.uint64)
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "jump_placement.json").read_text())


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: f"{case['n']} seed {case['seed']}")
def test_frozen_answers(case, level):
    """Other implementations can rely on them: they never change."""
    shards = JumpHash(case["n"], seed=case["seed"])
    assert shards.assign(case["keys"]).tolist() == case["assign"]
    assert shards.assign_replicas(case["keys"], 3).tolist() == case["assign_replicas"]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_number_of_shards(seed, level):
    keys = [f"user:{i}" for i in range(20)]
    hashed = np.concatenate(
        [digests(keys), digest_at(EXTREMES, splitmix64(seed)), np.arange(40, dtype=np.uint64)]
    )
    for n in NUMBERS:
        shards, plain = JumpHash(n, seed=seed), PlainJump(n, seed)
        want = [plain_jump(mix(int(d), plain.salt), n) for d in hashed]
        assert shards.assign(hashed, hashed=True).tolist() == want
        assert [shards[key] for key in keys[:5]] == want[:5]
        assert max(want) < n


@pytest.mark.parametrize("n", [1, 2, 3, 17, 100, MOST])
def test_replicas(n, level):
    shards, plain = JumpHash(n, seed=3), PlainJump(n, 3)
    for count in (1, 2, 16, 17, 100):
        keys = range(10 if count <= 16 or n < MOST else 1)  # a bit for each shard is a lot of memory to clear
        want = [plain.get_nodes(key, count) for key in keys]
        assert [shards.get_nodes(key, count) for key in keys] == want
        rows = [row + [-1] * (count - len(row)) for row in want]
        assert shards.assign_replicas(keys, count).tolist() == rows


def test_mixes_before_it_jumps():
    """The paper's function is `coterie.hashing.jump`."""
    hashed = digests(range(1000))
    mixed = np.array([mix(int(d), splitmix64(7)) for d in hashed], np.uint64)
    assert np.array_equal(JumpHash(50, seed=7).assign(hashed, hashed=True), jump(mixed, 50))
    assert not np.array_equal(JumpHash(50).assign(hashed, hashed=True), jump(hashed, 50))


def test_one_shard_takes_all():
    shards = JumpHash(1)
    assert set(shards.assign(range(1000)).tolist()) == {0}
    assert shards.get_nodes("a", 3) == [0]
    assert shards.get_nodes("a", 3, exclude=[0]) == []
    assert shards.assign_replicas(["a"], 2).tolist() == [[0, -1]]


def test_all_shards_in_order_of_preference():
    shards = JumpHash(300)
    for key in range(10):
        assert sorted(shards.get_nodes(key, 300)) == list(range(300))
        assert sorted(shards.get_nodes(key, 300, exclude=range(100))) == list(range(100, 300))
        assert shards.get_nodes(key, 5, exclude=[shard for shard in range(300) if shard != 7]) == [7]


def test_numbers_in_and_out():
    shards = JumpHash(np.int64(5), seed=np.uint8(3))
    assert type(shards["a"]) is type(shards.get_node("a")) is type(shards.get_nodes("a", 1)[0]) is int
    assert shards.nodes == range(5)
    assert JumpHash(True) == JumpHash(1)


def test_shards_join_and_leave():
    shards = JumpHash(1)
    keys = range(200)
    for n in range(2, 70):
        shards.add_node(*([], [n - 1], [np.int16(n - 1)], [None])[n % 4])
        assert len(shards) == n
        assert shards == JumpHash(n)
        assert np.array_equal(shards.assign(keys), JumpHash(n).assign(keys))
    for n in range(68, 0, -1):
        shards.remove_node(*([], [n], [np.int16(n)], [None])[n % 4])
        assert shards == JumpHash(n)
        assert np.array_equal(shards.assign(keys), JumpHash(n).assign(keys))


def test_the_last_shard_of_all():
    shards = JumpHash(MOST - 1)
    shards.add_node()
    assert shards == JumpHash(MOST)
    assert MOST - 1 in shards
    assert MOST not in shards
    shards.remove_node(MOST - 1)
    assert len(shards) == MOST - 1


def test_membership_is_a_matter_of_numbers():
    """Also among more shards than could be looked through."""
    shards = JumpHash(MOST)
    for shard in (0, 5, MOST - 1, np.int64(5), np.uint32(MOST - 1), True, np.int8(0)):
        assert shard in shards
    for other in (
        -1,
        MOST,
        2**64,
        -(2**64),
        np.int64(-1),
        np.uint64(2**63),
        "a",
        b"",
        None,
        0.5,
        float("nan"),
        [0],
    ):
        assert other not in shards


class Fickle:
    """A number that is another one each time."""

    def __init__(self, *numbers):
        self.numbers = iter(numbers)

    def __index__(self):
        return next(self.numbers)


@pytest.mark.parametrize(
    "numbers", [(0, 10**9), (0, -1), (4, 10**9, 5), (1, 2**40), (0, 0, 10**9, 10**9)], ids=str
)
def test_a_number_is_asked_for_once(numbers):
    """It would be written beside the memory that the first answer allowed for."""
    shards = JumpHash(5)
    want = shards.get_nodes("a", 5, exclude=[numbers[0]])
    assert shards.get_nodes("a", 5, exclude=[Fickle(*numbers)]) == want
    with pytest.raises((KeyError, ValueError)):
        shards.remove_node(Fickle(2, 4, 4))
    with pytest.raises(ValueError, match="cannot join"):
        shards.add_node(Fickle(2, 5))
    assert shards == JumpHash(5)


def test_a_number_that_changes_the_shards():
    shards = JumpHash(5)

    class Growing:
        def __index__(self):
            shards.add_node()
            return 5

    try:
        shards.add_node(Growing())
    except ValueError:
        assert shards == JumpHash(6)
    else:
        assert shards == JumpHash(7)  # as if the number had been 5 after its own change


@pytest.mark.parametrize("node", [0, 4, 6, -1, 2**31, 2**64])
def test_only_the_next_shard_joins(node):
    shards = JumpHash(5)
    refuse(shards, ValueError, rf"shard {node} cannot join.* 5", shards.add_node, node)


@pytest.mark.parametrize("node", [0, 1, 3])
def test_only_the_last_shard_leaves(node):
    shards = JumpHash(5)
    refuse(shards, ValueError, rf"shard {node} cannot leave.* 4", shards.remove_node, node)


@pytest.mark.parametrize("node", [5, 6, -1, -5, 2**31, 2**64, -(2**64)])
def test_unknown_shard(node):
    shards = JumpHash(5)
    refuse(shards, KeyError, str(node), shards.remove_node, node)


def test_neither_the_only_shard_leaves_nor_one_too_many_joins():
    shards = JumpHash(1)
    refuse(shards, ValueError, "only shard", shards.remove_node)
    refuse(shards, ValueError, "only shard", shards.remove_node, 0)
    shards = JumpHash(2**31 - 1)
    for arguments in ((), (2**31 - 1,)):
        with pytest.raises(ValueError, match=r"2\*\*31-1"):
            shards.add_node(*arguments)
    assert len(shards) == 2**31 - 1


@pytest.mark.parametrize("node", [node for node in NO_INTEGERS if node is not None], ids=called)
def test_shard_that_is_no_integer(node):
    shards = JumpHash(5)
    refuse(
        shards, TypeError, f"node.*{type(node).__name__}|shard.*{type(node).__name__}", shards.add_node, node
    )
    refuse(
        shards,
        TypeError,
        f"node.*{type(node).__name__}|shard.*{type(node).__name__}",
        shards.remove_node,
        node,
    )


@pytest.mark.parametrize("n", [0, -1, 2**31, 2**32 + 5, 2**64, -(10**30)])
def test_shards_out_of_range(n):
    with pytest.raises(ValueError, match=rf"\bn\b.*{n}.*1 \.\. 2\*\*31-1"):
        JumpHash(n)


@pytest.mark.parametrize("n", NO_INTEGERS, ids=called)
def test_shards_that_are_no_integer(n):
    with pytest.raises(TypeError, match=rf"\bn\b.*{type(n).__name__}"):
        JumpHash(n)
