"""Batches answer as one key does, from every container, and return plain arrays."""

import numpy as np
import pytest

from benchmarks.baselines.keys import digest, mix, splitmix64
from tests.containers import forms
from tests.placement.schemes import schemes

KEYS = {
    "texts": [f"user:{i}" for i in range(70)],
    "texts of all widths": ["", "a", "é", "€uro", "😀", "a\0b", "x" * 300] * 3,
    "blobs": [b"\xff%d" % i for i in range(70)],
    "small ints": list(range(70)),
    "ints": [-(2**63), -1, 0, 1, 2**31, 2**63 - 1],
    "large ints": [2**64 - 1, 2**63, 0],
    "flags": [0, 1, 1, 0, 1],
    "mixed": ["a", b"a", 5, "é", b"", -1, "x" * 100],
    "one": ["a"],
    "none": [],
}


@schemes()
@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_every_container(scheme, keys, level):
    placement = scheme.make(11, seed=5)
    want = [placement.nodes.index(placement[key]) for key in keys]
    rows = [[placement.nodes.index(node) for node in placement.get_nodes(key, 3)] for key in keys]
    for name, container in forms(keys):
        assert placement.assign(container).tolist() == want, name
    for name, container in forms(keys):
        assert placement.assign_replicas(container, 3).tolist() == rows, name
    tokens = [mix(digest(key), splitmix64(placement.seed)) for key in keys]
    for name, container in forms(keys):
        assert placement.tokens(container).tolist() == tokens, name


@schemes()
@pytest.mark.parametrize("make", [list, tuple, iter, np.array], ids=lambda make: make.__name__)
@pytest.mark.parametrize("size", [0, 1, 5000])
def test_answers_are_plain_arrays(scheme, make, size):
    placement = scheme.make(5)

    def keys():
        return np.arange(size) if make is np.array else make(range(size))

    answers = [(placement.assign(keys()), np.int32, (size,)), (placement.tokens(keys()), np.uint64, (size,))]
    answers += [(placement.assign_replicas(keys(), n), np.int32, (size, n)) for n in (0, 1, 3, 9)]
    for answer, dtype, shape in answers:
        assert type(answer) is np.ndarray
        assert answer.dtype == np.dtype(dtype)
        assert answer.shape == shape
        assert answer.dtype.isnative
        assert answer.flags.c_contiguous
        assert answer.flags.owndata
        assert answer.flags.writeable
        assert answer.base is None


@schemes()
def test_answers_are_new_ones(scheme):
    placement = scheme.make(5)
    first = placement.assign(range(100))
    kept = first.copy()
    first[:] = -7
    assert np.array_equal(placement.assign(range(100)), kept)


@schemes()
def test_keys_are_left_alone(scheme):
    placement = scheme.make(5)
    keys = np.arange(100, dtype=np.uint64)
    placement.assign(keys)
    placement.assign(keys, hashed=True)
    placement.assign_replicas(keys, 3, hashed=True)
    placement.tokens(keys, hashed=True)
    assert np.array_equal(keys, np.arange(100))


@schemes()
@pytest.mark.parametrize("form", ["strided", "reversed", "read-only", "big-endian", "unaligned", "subclass"])
def test_digests_of_every_layout(scheme, form, level):
    placement = scheme.make(13)
    plain = np.random.default_rng(1).integers(0, 2**64, 3000, np.uint64, endpoint=False)
    packed = np.zeros(3000, [("x", "u1"), ("d", "u8")])
    packed["d"] = plain
    read_only = plain.copy()
    read_only.flags.writeable = False
    hashed = {
        "strided": np.repeat(plain, 3)[::3],
        "reversed": plain[::-1].copy()[::-1],
        "read-only": read_only,
        "big-endian": plain.astype(">u8"),
        "unaligned": packed["d"],
        "subclass": plain.view(np.recarray),
    }[form]
    assert np.array_equal(placement.assign(hashed, hashed=True), placement.assign(plain, hashed=True))
    assert np.array_equal(
        placement.assign_replicas(hashed, 20, hashed=True), placement.assign_replicas(plain, 20, hashed=True)
    )
    assert np.array_equal(placement.tokens(hashed, hashed=True), placement.tokens(plain, hashed=True))


@schemes()
def test_hashed_is_a_truth_value(scheme):
    placement = scheme.make(5)
    keys = np.arange(50, dtype=np.uint64)
    assert np.array_equal(placement.assign(keys, hashed=1), placement.assign(keys, hashed=True))
    assert np.array_equal(placement.assign(keys, hashed=None), placement.assign(keys))
    assert np.array_equal(placement.tokens(keys, hashed=1), placement.tokens(keys, hashed=True))


@schemes()
def test_keys_that_change_the_placement(scheme):
    """A batch sees one state: that at its start."""

    def changing(placement):
        for key in range(5000):
            if key % 1000 == 500:
                placement.remove_node(scheme.leavers(placement)[-1])
            if key == 4200:
                placement.__init__(scheme.members(2), seed=77)
            yield key

    def replicas(placement, keys):
        return placement.assign_replicas(keys, 3)

    for call in (scheme.cls.assign, scheme.cls.tokens, replicas):
        placement = scheme.make(12)
        want = call(placement, list(range(5000)))
        assert np.array_equal(call(placement, changing(placement)), want)
        assert len(placement) == 1


@schemes()
def test_batches_within_a_batch(scheme):
    placement = scheme.make(9)
    want = placement.assign(placement.assign(range(3000)))

    def keys():
        for key in range(3000):
            yield int(placement.assign([key])[0])

    assert np.array_equal(placement.assign(keys()), want)


@schemes()
def test_large(scheme, level):
    """Several turns of a column, with the GIL released."""
    placement = scheme.make(30)
    keys = np.arange(2**20 + 77)
    got = placement.assign(keys)
    assert np.array_equal(
        got[::5003], [placement.nodes.index(placement[key]) for key in keys[::5003].tolist()]
    )
    assert np.array_equal(got[-2000:], placement.assign(keys[-2000:]))
    assert np.array_equal(placement.assign_replicas(keys[:300_000], 2)[:, 0], got[:300_000])
