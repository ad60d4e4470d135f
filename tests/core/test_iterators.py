"""Iterables that lie about their length, fail, or never tell."""

import itertools

import pytest

from coterie import JumpHash, digest, digests


class Lying:
    """An iterator that promises any number of items."""

    def __init__(self, items, hint):
        self.items, self.hint = iter(items), hint

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.items)

    def __length_hint__(self):
        return self.hint


@pytest.mark.parametrize("hint", [0, 1, 1024, 1025, 10**6, 2**40, 2**62, 2**63 - 1, NotImplemented], ids=str)
@pytest.mark.parametrize("size", [0, 1, 1024, 5000])
def test_hint_is_only_a_hint(hint, size):
    want = digests(list(range(size))).tolist()
    assert digests(Lying(range(size), hint)).tolist() == want
    assert JumpHash(5).assign_replicas(Lying(range(size), hint), 3).shape == (size, 3)


@pytest.mark.parametrize("hint", [-1, "5", 2**63, 1.5], ids=repr)
def test_bad_hint(hint):
    with pytest.raises((TypeError, ValueError, OverflowError)):
        digests(Lying([], hint))


def test_hint_that_fails():
    class Failing(Lying):
        def __length_hint__(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        digests(Failing([], 0))


def test_length_that_lies():
    class Short(list):
        def __len__(self):
            return 2

    assert digests(Short("abcde")).tolist() == [digest(key) for key in "abcde"]


@pytest.mark.parametrize("position", [0, 1, 1023, 1024, 5000])
@pytest.mark.parametrize("error", [ZeroDivisionError, TypeError, MemoryError, KeyboardInterrupt, SystemExit])
def test_iterator_that_fails(position, error):
    def keys():
        yield from range(position)
        raise error("the generator's own")

    with pytest.raises(error, match="the generator's own"):
        digests(keys())


def test_iterator_that_stops_is_asked_no_more():
    class Once:
        stopped = False

        def __iter__(self):
            return self

        def __next__(self):
            assert not self.stopped
            self.stopped = True
            raise StopIteration

    assert digests(Once()).tolist() == []


def test_iterable_without_iterator():
    class Wrong:
        def __iter__(self):
            return 5

    with pytest.raises(TypeError, match="iter"):
        digests(Wrong())


def test_batch_within_a_batch():
    def keys():
        for i in range(3000):
            yield int(digests([i])[0])

    assert digests(keys()).tolist() == digests(digests(list(range(3000)))).tolist()


def test_endless_iterable_in_part():
    assert len(digests(itertools.islice(itertools.count(), 3000))) == 3000


def test_batches_in_batches():
    """Each level of nesting takes little of the stack."""

    def nested(depth):
        if depth:
            assert digests(nested(depth - 1)).tolist() == [digest("a")]
        yield "a"

    assert digests(nested(300)).tolist() == [digest("a")]
