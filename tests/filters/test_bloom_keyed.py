"""Filters with a secret key: SipHash-1-3 of the keys' bytes, and nothing that shows the secret."""

import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.filters.bloom import BloomFilter as PlainBloom
from benchmarks.baselines.hashing.siphash import siphash
from benchmarks.baselines.keys import key_bytes
from coterie import BloomFilter, digests
from tests.containers import forms
from tests.filters.blooms import KEY, aligned, bits, filled, layouts, refuse
from tests.filters.test_bloom_model import ANY_KEY
from tests.placement.errors import called

OTHER = KEY[::-1]
KEYS = [f"user:{i}" for i in range(300)] + [b"\xff%d" % i for i in range(100)] + list(range(-50, 50))


# ---- the model ----


@layouts
@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("secret", [KEY, bytes(16), b"\xff" * 16], ids=bytes.hex)
def test_bits_and_answers(layout, seed, secret, level):
    bloom, plain = (
        BloomFilter(500, 0.1, seed=seed, layout=layout, key=secret),
        PlainBloom(500, 0.1, seed, layout),
    )
    many = bloom.copy()
    for key in KEYS[::2]:
        bloom.add(key)
        plain.add_digest(siphash(key_bytes(key), secret))
    many.update(KEYS[::2])
    assert bits(bloom) == bits(many) == plain.to_bits()
    want = [plain.has_digest(siphash(key_bytes(key), secret)) for key in KEYS]
    assert [key in bloom for key in KEYS] == want
    assert bloom.contains_many(KEYS).tolist() == want


@given(st.binary(min_size=16, max_size=16), st.lists(ANY_KEY, max_size=20))
def test_anything(secret, keys):
    bloom, plain = BloomFilter(100, 0.1, key=secret), PlainBloom(100, 0.1)
    want = [plain.add_digest(siphash(key_bytes(key), secret)) for key in keys]
    one_by_one = bloom.copy()
    assert bloom.add_new_many(keys).tolist() == want
    assert [one_by_one.add_new(key) for key in keys] == want
    assert bits(bloom) == bits(one_by_one) == plain.to_bits()


@pytest.mark.parametrize(
    "keys",
    [["a", "é" * 40, "", "b"], [b"a", b"", b"x" * 300], [0, 1, 100], [2**64 - 1], [-5], ["a", b"b", 3]],
)
def test_every_container(keys, level):
    want = BloomFilter(100, key=KEY)
    for key in keys:
        want.add(key)
    for name, container in forms(keys):
        assert filled(container, key=KEY) == want, name
    for name, container in forms(keys):
        assert want.contains_many(container).all(), name


def test_keys_of_every_kind():
    for make in (bytes, bytearray, memoryview):
        assert filled(KEYS[:50], key=make(KEY)) == filled(KEYS[:50], key=KEY)


def test_secrets_make_other_filters():
    """Keys that one wrongly has, the other has not: 0.1 * 0.1 of 20,000, with a standard deviation of 14."""
    found = [
        filled(range(2000), 2000, 0.1, key=key).contains_many(range(2000, 22_000))
        for key in (None, KEY, OTHER)
    ]
    for i, a in enumerate(found):
        for b in found[:i]:
            assert (a & b).sum() < 200 + 6 * 14


# ---- errors ----


@pytest.mark.parametrize("key", [b"", b"a", KEY[:15], KEY + b"\0", bytes(32)], ids=len)
def test_key_of_another_length(key):
    with pytest.raises(ValueError, match="key") as info:
        BloomFilter(100, key=key)
    assert not key or repr(key) not in str(info.value)  # a secret with a slip is a secret


@pytest.mark.parametrize("key", ["0123456789abcdef", 16, 1.5, [0] * 16, object()], ids=called)
def test_key_of_another_kind(key):
    with pytest.raises(TypeError, match="key"):
        BloomFilter(100, key=key)


def test_digests_know_nothing_of_it():
    bloom = filled(["a"], key=KEY)
    for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
        refuse(bloom, ValueError, "hashed", call, digests(["b"]), hashed=True)


@pytest.mark.parametrize("combine", [operator.or_, operator.ior, operator.and_, operator.le, operator.gt])
@pytest.mark.parametrize("key", [None, OTHER])
def test_filters_of_two_secrets(combine, key):
    a, b = filled(["a"], key=KEY), filled(["a"], key=key)
    refuse(a, ValueError, "key", combine, a, b)
    refuse(b, ValueError, "key", combine, b, a)
    assert a != b
    assert a == filled(["a"], key=KEY)


# ---- bytes, files, copies ----


def doors(bloom, path):
    """Every way back from bytes."""
    bloom.save(path)
    yield lambda **key: BloomFilter.from_bytes(bloom.to_bytes(), **key)
    yield lambda **key: BloomFilter.from_buffer(aligned(bloom.to_bytes()), **key)
    for mode in ("r", "r+", "c"):
        yield lambda mode=mode, **key: BloomFilter.open(path, mode, **key)


def test_there_and_back(tmp_path):
    bloom = filled(KEYS, 1000, key=KEY)
    for door in doors(bloom, tmp_path / "bloom"):
        assert door(key=KEY) == bloom
        assert door(key=KEY).contains_many(KEYS).all()
        for key in (None, bytes(16), OTHER):
            with pytest.raises(ValueError, match="key"):
                door(key=key)
        with pytest.raises(ValueError, match="key"):
            door()
    for door in doors(filled(KEYS, 1000), tmp_path / "bloom"):
        with pytest.raises(ValueError, match="key"):
            door(key=KEY)


def test_it_is_nowhere_to_be_seen(tmp_path):
    bloom = filled(["a"], key=KEY)
    for half in (KEY, KEY[:8], KEY[8:]):
        assert half not in bloom.to_bytes()
        assert half[::-1] not in bloom.to_bytes()
    assert KEY.hex() not in repr(bloom)
    assert repr(KEY) not in repr(bloom)
    assert not any(value == KEY for value in (getattr(bloom, name, None) for name in dir(bloom)))


def test_the_check_of_a_key_does_not_give_answers_away():
    """It is a number of its own: not the digest of a key, of no bytes, say."""
    check = filled([], key=KEY).to_bytes()[64 + 24 : 64 + 32]
    assert check != bytes(8)
    for data in (b"", bytes(8), KEY, bytes(16)):
        assert int.from_bytes(check, "little") != siphash(data, KEY)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol):
    """A pickle goes wherever it goes: either it holds no secret, or the filter comes back whole."""
    bloom = filled(KEYS, 1000, key=KEY)
    try:
        data = pickle.dumps(bloom, protocol)
    except (TypeError, ValueError, pickle.PicklingError):
        return
    read = pickle.loads(data)
    assert read == bloom
    assert read.contains_many(KEYS).all()


def test_copies():
    bloom = filled(KEYS, 1000, key=KEY)
    for copied in (bloom.copy(), copy.copy(bloom), copy.deepcopy(bloom), bloom | bloom, bloom & bloom):
        assert copied == bloom
        assert copied.contains_many(np.array(KEYS, object)).all()
        copied.add("new")
        assert "new" in copied
