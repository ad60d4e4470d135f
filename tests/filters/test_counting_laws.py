"""What the counting filter promises: nothing that is there is denied, and what has left leaves no trace."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import BloomFilter, CountingBloomFilter, digests
from tests.containers import forms
from tests.filters.countings import RATES, SEEDS, filled, lines, rates, refuse, state
from tests.filters.test_counting import ANY_KEY

KEYS = [f"user:{i}" for i in range(3000)]
SAMPLES = {
    "texts": ["a", "é" * 40, "", "user:17", "twelve bytes", "thirteen byte", "a"],
    "blobs": [b"a", b"", b"x" * 300, b"\xff\xfe"],
    "small": [0, 1, 1, 0],
    "ints": [0, 5, 127, 5],
    "mixed": ["a", b"b", 5],
}
SHAPES = st.tuples(st.integers(100, 300), st.sampled_from([0.9, *RATES]), st.sampled_from(SEEDS))
SOME = st.lists(ANY_KEY, max_size=25)


def of(shape, keys):
    """A filter of a shape with these keys."""
    return filled(keys, shape[0], shape[1], seed=shape[2])


# ---- one filter ----


@given(SHAPES, SOME)
def test_nothing_is_denied(shape, keys):
    counting = of(shape, keys)
    assert counting.contains_many(keys).all()
    for key, times in Counter(key if isinstance(key, str) else digests([key])[0] for key in keys).items():
        if isinstance(key, str):
            assert counting.count(key) >= min(times, 15)


@given(SHAPES, SOME, SOME, st.randoms())
def test_what_has_left_leaves_no_trace(shape, stay, leave, random):
    counting = of(shape, stay + leave)
    random.shuffle(leave)
    if max(Counter(digests(stay + leave).tolist()).values(), default=0) < 10:
        counting.remove_many(leave)
        if counting.fill_ratio < 0.5:
            assert counting == of(shape, stay)
    else:
        counting.discard_many(leave)
    assert counting.contains_many(stay).all()


@given(SHAPES, SOME, st.randoms())
def test_order_does_not_matter(shape, keys, random):
    other = list(keys)
    random.shuffle(other)
    assert lines(of(shape, keys)) == lines(of(shape, other))


@given(SHAPES, SOME, st.integers(0, 30))
def test_counters_at_their_most_stay(shape, keys, times):
    """Also when a key was added far more often than that."""
    counting = of(shape, keys)
    for _ in range(times):
        counting.update(["often"])
    for removed in range(times):
        assert counting.count("often") >= min(times, 15) - (removed if times < 15 else 0)
        counting.remove("often")
    assert counting.contains_many(keys).all()
    assert "often" in counting or times < 15


@rates
def test_window(fpr):
    """A filter through which keys pass stays as it is: its numbers do not drift."""
    counting = CountingBloomFilter(1000, fpr, strict=True)
    counting.update(range(1000))
    for first in range(0, 20_000, 500):
        counting.remove_many(range(first, first + 500))
        counting.update(range(first + 1000, first + 1500))
    assert counting.contains_many(range(20_000, 21_000)).all()
    assert counting == filled(range(20_000, 21_000), 1000, fpr)
    assert counting.to_bytes() == filled(range(20_000, 21_000), 1000, fpr, strict=True).to_bytes()


@rates
def test_remove_is_all_or_nothing(fpr):
    counting = filled(KEYS[:1000], 2000, fpr)
    for batch in (KEYS, ["no"], KEYS[:500] * 2, [*KEYS[:999], KEYS[998]]):
        trial = counting.copy()
        missing = trial.discard_many(batch).tolist().index(False)
        assert missing >= min(500, len(batch) - 1)
        message = f"key number {missing} of the batch"
        for make in (list, tuple, iter, np.array, lambda keys: np.array(keys, object)):
            refuse(counting, KeyError, message, counting.remove_many, make(batch))
        refuse(counting, KeyError, message, counting.remove_many, digests(batch), hashed=True)
    assert counting.remove_many(KEYS[:1000]) is None
    assert counting == CountingBloomFilter(2000, fpr)
    assert not counting
    counting.remove_many([])


def test_remove_and_discard():
    counting = filled(["a", "a", "b"])
    assert counting.count("a") == 2
    assert counting.remove("a") is None
    assert counting.discard("b") is None
    assert counting.discard("b") is None
    assert counting.discard("never") is None
    assert counting == filled(["a"])
    with pytest.raises(KeyError) as info:
        counting.remove("b")
    assert info.value.args == ("b",)
    assert counting.discard_many(["b", "a", "a"]).tolist() == [False, True, False]
    assert not counting


@pytest.mark.parametrize("name", SAMPLES)
@rates
def test_every_container(name, fpr):
    keys = SAMPLES[name]
    want = filled(keys, fpr=fpr)
    for form, container in forms(keys):
        counting = CountingBloomFilter(100, fpr)
        counting.update(container)
        assert counting == want, form
    for form, container in forms(keys):
        assert want.contains_many(container).all(), form
    for form, container in forms(keys):
        counting = want.copy()
        counting.remove_many(container)
        assert not counting, form
    for form, container in forms(keys):
        counting = want.copy()
        assert counting.discard_many(container).all(), form
        assert not counting, form


class Once:
    """Keys that can be read only once."""

    def __init__(self, keys):
        self.keys = iter(keys)

    def __iter__(self):
        return self.keys


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "make", [Once, iter, lambda keys: pyarrow_stream(keys)], ids=["once", "iter", "stream"]
)
def test_what_can_be_read_once(make, strict):
    counting = CountingBloomFilter(100, strict=strict)
    keys = ["a", "b", "a"]
    assert counting.add_new_many(make(keys)).tolist() == [True, True, False]
    counting.update(make(keys))
    assert counting.count_many(make(keys)).tolist() == [4, 2, 4]
    with pytest.raises(KeyError, match="number 4 "):
        counting.remove_many(make(["a", "a", "b", "b", "b"]))
    counting.remove_many(make(keys))
    assert counting.discard_many(make(keys)).tolist() == [True, True, True]
    assert not counting


def pyarrow_stream(keys):
    pyarrow = pytest.importorskip("pyarrow")
    batch = pyarrow.record_batch({"key": keys})
    return pyarrow.RecordBatchReader.from_batches(batch.schema, [batch])


def test_a_subclass_may_have_its_own_update():
    class Loud(CountingBloomFilter):
        def update(self, keys):
            self.calls = getattr(self, "calls", 0) + 1
            super().update(keys)

    loud = Loud(100)
    loud.update(iter(["a", "b"]))
    assert loud.calls == 1
    assert loud == filled(["a", "b"])


@rates
def test_digests_are_keys(fpr):
    hashed = digests(KEYS)
    counting = CountingBloomFilter(30_000, fpr, seed=5)
    assert counting.update(hashed, hashed=True) is None
    assert counting == filled(KEYS, 30_000, fpr, seed=5)
    assert counting.contains_many(hashed, hashed=True).all()
    assert not counting.add_new_many(hashed, hashed=True).any()
    counting.remove_many(hashed, hashed=True)
    assert counting.discard_many(hashed, hashed=True).all()
    assert not counting


def test_nulls():
    keys = np.array(["a", None, "b", None, "a"], object)
    counting = CountingBloomFilter(10)
    counting.update(keys, nulls="skip")
    assert counting == filled(["a", "b", "a"], 10)
    assert counting.contains_many(keys, nulls="skip").tolist() == [True, False, True, False, True]
    assert counting.contains_many(keys, nulls=True).all()
    missing = np.array(["b", None, "a", "c"], object)
    refuse(counting, KeyError, "key number 3 ", counting.remove_many, missing, nulls="skip")
    assert counting.discard_many(keys, nulls="skip").tolist() == [True, False, True, False, True]
    assert not counting
    assert counting.add_new_many(keys, nulls="skip").tolist() == [True, False, True, False, False]
    counting.remove_many(keys, nulls="skip")
    assert not counting


def test_out():
    counting = filled(["a", "b"])
    out = np.empty(3, bool)
    counts = np.empty(3, np.int32)
    assert counting.count_many(["a", "no", "b"], out=counts) is counts
    assert counts.tolist() == [1, 0, 1]
    assert counting.count_many(["a", None], nulls="skip").tolist() == [1, -1]
    for call in (counting.contains_many, counting.add_new_many, counting.discard_many):
        out[:] = True
        answers = call(["a", "no", "b"], out=out)
        assert answers is out
        assert out[[0, 2]].tolist() == ([False] * 2 if call == counting.add_new_many else [True] * 2)


# ---- two filters ----


@given(SHAPES, SOME, SOME, SOME)
def test_sum_is_adding_all(shape, a, b, c):
    one, two, three = (of(shape, keys) for keys in (a, b, c))
    assert one + two == two + one == of(shape, a + b)
    assert (one + two) + three == one + (two + three)
    assert one + of(shape, []) == one
    assert one == of(shape, a)
    assert (one + two).contains_many(a + b).all()
    same = one
    same += two
    assert same is one
    assert one == of(shape, a + b)
    one += one
    assert one == of(shape, (a + b) * 2)


@given(SHAPES, SOME, SOME)
def test_equality(shape, a, b):
    one, two = of(shape, a), of(shape, b)
    assert (one == two) == (lines(one) == lines(two))
    assert (one != two) != (one == two)
    assert one == one.copy()


def test_of_other_shapes():
    counting = filled(["a"])
    for other in (
        filled(["a"], 1000),
        filled(["a"], 100, 1e-3),
        filled(["a"], seed=1),
    ):
        before = state(other)
        refuse(counting, ValueError, "", counting.__add__, other)
        refuse(counting, ValueError, "", counting.__iadd__, other)
        assert state(other) == before
        assert (counting == other) is False
        assert (counting != other) is True
    for other in (None, 5, "a", {"a"}, ["a"], BloomFilter(100)):
        for combine in (lambda a, b: a + b, lambda a, b: b + a, lambda a, b: a.__iadd__(b) + None):
            refuse(counting, TypeError, "", combine, counting, other)
        assert counting != other


@rates
def test_copies_are_independent(fpr):
    a = filled(KEYS[:100], 1000, fpr)
    b = a.copy()
    b.add("new")
    assert a == filled(KEYS[:100], 1000, fpr)
    a.remove_many(KEYS[:50])
    assert b == filled([*KEYS[:100], "new"], 1000, fpr)
    a.clear()
    assert not a
    assert a == CountingBloomFilter(1000, fpr)
    assert b.contains_many(KEYS[:100]).all()


def test_not_hashable():
    with pytest.raises(TypeError):
        hash(filled(["a"]))


def test_shows_what_it_is():
    assert repr(CountingBloomFilter(100, 0.25)) == "<CountingBloomFilter for 100 keys at 0.25>"
