"""Lookups refuse bad input of every kind with the documented error, and nothing has changed."""

import numpy as np
import pytest

from tests.placement.errors import BAD_KEYS, NO_INTEGERS, ONE_KEY, called, refuse
from tests.placement.schemes import schemes, state


@schemes()
@pytest.mark.parametrize(("key", "error"), BAD_KEYS, ids=called)
def test_bad_key(scheme, key, error):
    placement = scheme.make(5)
    refuse(placement, error, None, placement.get_node, key)
    refuse(placement, error, None, placement.__getitem__, key)
    refuse(placement, error, None, placement.get_nodes, key, 2)
    in_array = np.empty(2, object)
    in_array[:] = "a", key
    for batch in (["a", key], ("a", key), iter(["a", key]), in_array):
        refuse(placement, error, None, placement.assign, batch)
    for batch in (["a", key], iter(["a", key]), in_array):
        refuse(placement, error, None, placement.tokens, batch)
    for batch in (["a", key], iter(["a", key]), in_array):
        refuse(placement, error, None, placement.assign_replicas, batch, 2)


@schemes()
def test_bad_key_in_a_batch_is_pointed_out(scheme):
    placement = scheme.make(5)
    for batch in ([*range(70), 1.5], iter([*range(70), 1.5]), np.array([*range(70), 1.5], object)):
        for call in (placement.assign, placement.tokens, lambda keys: placement.assign_replicas(keys, 3)):
            with pytest.raises(TypeError) as info:
                call(batch if not hasattr(batch, "__next__") else iter([*range(70), 1.5]))
            assert "number 70 " in "".join(info.value.__notes__)


NO_COLUMN = [
    {"a": 1},
    np.zeros((2, 2), int),
    np.array(5),
    np.array("abc"),
    np.zeros(3),
    np.zeros(3, np.float16),
    np.zeros(3, complex),
    np.zeros(3, "M8[s]"),
    np.zeros(3, "m8[s]"),
    np.zeros(3, "V4"),
    np.zeros(3, [("a", int)]),
    np.ma.masked_array([1, 2], [True, False]),
    None,
    1.5,
    object(),
]


@schemes()
@pytest.mark.parametrize("keys", ONE_KEY + NO_COLUMN, ids=called)
@pytest.mark.parametrize("hashed", [False, True])
def test_bad_batch(scheme, keys, hashed):
    placement = scheme.make(5)
    refuse(placement, TypeError, None, placement.assign, keys, hashed=hashed)
    refuse(placement, TypeError, None, placement.tokens, keys, hashed=hashed)
    refuse(placement, TypeError, None, placement.assign_replicas, keys, 2, hashed=hashed)


@schemes()
@pytest.mark.parametrize("keys", ONE_KEY, ids=called)
def test_one_key_belongs_in_a_list(scheme, keys):
    placement = scheme.make(5)
    for call in (placement.assign, placement.tokens):
        refuse(placement, TypeError, f"one {type(keys).__name__}.*list", call, keys)


@schemes()
@pytest.mark.parametrize(
    "digests",
    [
        [1, 2],
        (1, 2),
        iter([1, 2]),
        range(3),
        "abc",
        np.arange(3),
        np.zeros(3, np.uint32),
        np.zeros(3, np.float64),
        np.zeros(3, object),
        np.zeros((2, 2), np.uint64),
        np.array(5, np.uint64),
        np.uint64(5),
        memoryview(np.zeros(3, np.uint64)),
    ],
    ids=called,
)
def test_digests_are_arrays_of_uint64(scheme, digests):
    placement = scheme.make(5)

    def replicas(keys, hashed):
        return placement.assign_replicas(keys, 2, hashed=hashed)

    for call in (placement.assign, placement.tokens, replicas):
        refuse(placement, TypeError, "hashed=True.*uint64", call, digests, hashed=True)


@schemes()
@pytest.mark.parametrize("n", [-1, -2, -(2**63), -(10**30)])
def test_negative_count(scheme, n):
    placement = scheme.make(5)
    refuse(placement, ValueError, rf"\bn\b.*{n}", placement.get_nodes, "a", n)
    refuse(placement, ValueError, rf"\bn\b.*{n}", placement.assign_replicas, ["a"], n)


@schemes()
@pytest.mark.parametrize("n", NO_INTEGERS, ids=called)
def test_count_that_is_no_integer(scheme, n):
    placement = scheme.make(5)
    refuse(placement, TypeError, rf"\bn\b.*{type(n).__name__}", placement.get_nodes, "a", n)
    refuse(placement, TypeError, rf"\bn\b.*{type(n).__name__}", placement.assign_replicas, ["a"], n)


@schemes()
@pytest.mark.parametrize("n", [2**40, 2**62, 2**63 - 1, 2**64, 10**30])
def test_rows_too_wide_for_any_memory(scheme, n):
    placement = scheme.make(5)
    before = state(placement)
    with pytest.raises((ValueError, MemoryError)):
        placement.assign_replicas(range(1000), n)
    assert state(placement) == before


@schemes()
@pytest.mark.parametrize("exclude", [*ONE_KEY, None, 1.5], ids=called)
def test_exclude_that_is_no_iterable(scheme, exclude):
    placement = scheme.make(5)
    match = f"exclude.*{type(exclude).__name__}"
    refuse(placement, TypeError, match, placement.get_nodes, "a", 2, exclude=exclude)


@schemes(numbered=False)
@pytest.mark.parametrize(("node", "error"), BAD_KEYS, ids=called)
def test_exclude_of_bad_nodes(scheme, node, error):
    placement = scheme.make(5)
    refuse(placement, error, None, placement.get_nodes, "a", 2, exclude=["a", node])


@schemes(numbered=True)
@pytest.mark.parametrize("shard", NO_INTEGERS, ids=called)
def test_exclude_of_bad_shards(scheme, shard):
    placement = scheme.make(5)
    refuse(placement, TypeError, None, placement.get_nodes, "a", 2, exclude=[1, shard])


@schemes()
def test_exclude_that_fails(scheme):
    placement = scheme.make(5)

    def failing():
        yield scheme.leavers(placement)[0]
        raise ZeroDivisionError

    refuse(placement, ZeroDivisionError, None, placement.get_nodes, "a", 2, exclude=failing())


@schemes()
def test_keys_that_fail(scheme):
    placement = scheme.make(5)

    def failing():
        yield from range(2000)
        raise ZeroDivisionError("the caller's own")

    refuse(placement, ZeroDivisionError, "the caller's own", placement.assign, failing())
    refuse(placement, ZeroDivisionError, "the caller's own", placement.tokens, failing())
    refuse(placement, ZeroDivisionError, "the caller's own", placement.assign_replicas, failing(), 2)


@schemes()
def test_wrong_number_of_arguments(scheme):
    placement = scheme.make(5)
    for call in (
        lambda: placement.get_node(),
        lambda: placement.get_node("a", "b"),
        lambda: placement.get_node(key="a"),
        lambda: placement.get_nodes("a"),
        lambda: placement.get_nodes("a", n=1),
        lambda: placement.get_nodes("a", 1, ["b"]),
        lambda: placement.get_nodes("a", 1, without=["b"]),
        lambda: placement.assign(),
        lambda: placement.assign(keys=["a"]),
        lambda: placement.assign(["a"], True),
        lambda: placement.assign_replicas(["a"]),
        lambda: placement.assign_replicas(["a"], n=1),
        lambda: placement.assign_replicas(["a"], 1, True),
        lambda: placement.tokens(),
        lambda: placement.tokens(keys=["a"]),
        lambda: placement.tokens(["a"], True),
        lambda: placement.add_node(node="x"),
        lambda: placement.remove_node(node="x"),
        lambda: placement.copy(1),
        lambda: placement.to_bytes(1),
        lambda: placement.save(),
        lambda: placement.save(path="x"),
    ):
        refuse(placement, TypeError, None, call)


@schemes()
def test_attributes_are_read_only(scheme):
    placement = scheme.make(5)
    for name in ("nodes", "seed", "weights", "vnodes", "table_size", "nbytes", "get_node", "other"):
        refuse(placement, AttributeError, None, setattr, placement, name, 1)
        refuse(placement, AttributeError, None, delattr, placement, name)
    for change in (lambda: placement.__setitem__("a", 1), lambda: placement.__delitem__("a")):
        refuse(placement, AttributeError, None, change)
