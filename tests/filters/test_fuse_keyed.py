"""FuseFilter with a key."""

import pickle

import numpy as np
import pytest

from coterie import FuseFilter
from coterie.hashing import siphash13

KEY = bytes(range(16))
KEYS = ["a", b"bytes", 3, -7, "ключ"]


def test_digests_are_made_under_the_key():
    plain = FuseFilter(siphash13(KEYS, KEY), hashed=True)
    keyed = FuseFilter(KEYS, key=KEY)
    assert all(key in keyed for key in KEYS)
    assert keyed.contains_many(KEYS).all()
    words = np.arange(10_000)
    assert (keyed.contains_many(words) == plain.contains_many(siphash13(words, KEY), hashed=True)).all()
    assert keyed != plain
    assert keyed != FuseFilter(KEYS, key=bytes(16))


def test_digests_of_the_caller_are_refused():
    digests = np.arange(5, dtype=np.uint64)
    with pytest.raises(ValueError, match="hashed is True"):
        FuseFilter(digests, key=KEY, hashed=True)
    with pytest.raises(ValueError, match="hashed is True"):
        FuseFilter(KEYS, key=KEY).contains_many(digests, hashed=True)


def test_bytes_need_the_key(tmp_path):
    keyed = FuseFilter(KEYS, key=KEY)
    data = keyed.to_bytes()
    assert KEY not in data
    keyed.save(tmp_path / "f")
    for load in (
        lambda **key: FuseFilter.from_bytes(data, **key),
        lambda **key: FuseFilter.from_buffer(data, **key),
        lambda **key: FuseFilter.open(tmp_path / "f", **key),
    ):
        assert load(key=KEY) == keyed
        with pytest.raises(ValueError, match="with a key"):
            load()
        with pytest.raises(ValueError, match="not the one"):
            load(key=bytes(16))
    with pytest.raises(ValueError, match="without a key"):
        FuseFilter.from_bytes(FuseFilter(KEYS).to_bytes(), key=KEY)
    assert pickle.loads(pickle.dumps(keyed)) == keyed == keyed.copy()


@pytest.mark.parametrize("key", [b"", bytes(15), bytes(17), "0123456789abcdef", 5])
def test_bad_keys(key):
    f = FuseFilter(KEYS)
    with pytest.raises((TypeError, ValueError), match="key"):
        f.__init__(KEYS, key=key)
    assert f == FuseFilter(KEYS)
