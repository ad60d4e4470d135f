"""A key has one digest, whatever the column: each form of the same keys gives the same answers."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import digest, digests
from tests.columns.calls import CALLS, DIGESTS, HASHES, JUMP, calls, same
from tests.columns.forms import columns

LENGTHS = [*range(21), 31, 32, 33, 63, 64, 65, 127, 128, 129, 239, 240, 241, 255, 256, 257, 300]
NARROW, WIDE = "abcdefgh", "aé€😀"


def texts(lengths, letters, seed):
    draw = random.Random(seed)
    return ["".join(draw.choices(letters, k=length)) for length in lengths]


SAMPLES = {
    "nothing": [],
    "one text": ["a"],
    "empty texts": [""] * 9,
    "texts": ["a", "", "user:42", "naïve", "€", "😀", "a\0b", "\0", "a\0", "Ω" * 5],
    "texts of all lengths": texts(LENGTHS, NARROW, 1),
    "texts of all lengths, in another order": texts(random.Random(2).sample(LENGTHS, len(LENGTHS)), WIDE, 2),
    "texts about one vector": texts([8, 9, 12, 13, 16, 17] * 12, NARROW, 3),
    "texts of equal length": texts([13] * 70, NARROW, 4),
    "long texts": texts([10_000, 3, 10_000, 0, 9999], WIDE, 5),
    "repeated texts": texts([5, 20], NARROW, 6) * 40,
    "blobs": [b"a", b"", b"\0a", b"\xff" * 17, b"x" * 300, b"\0", b"a\0", b"\xc3"],
    "blobs of all lengths": [random.Random(n).randbytes(n) for n in LENGTHS],
    "blobs of one length": [random.Random(n).randbytes(16) for n in range(70)],
    "long blobs": [random.Random(1).randbytes(10_000)] * 3,
    "no bytes": [b""] * 5,
    "bits": [0, 1, 1, 0, 1, 0, 0, 0, 1] * 9,
    "bytes": [0, 1, -1, 127, -128, 5],
    "unsigned bytes": list(range(256)),
    "16 bits": [-(2**15), 2**15 - 1, 0],
    "32 bits": [-(2**31), 2**31 - 1, 2**30, -(2**30)] * 20,
    "unsigned 32 bits": [2**32 - 1, 0, 2**31],
    "64 bits": [-(2**63), 2**63 - 1, 2**60, -(2**60)],
    "unsigned 64 bits": [2**64 - 1, 2**63, 0],
    "a range": list(range(70)),
    "steps": list(range(100, -100, -7)),
    "kinds mixed": [1, "a", b"b", "é", True, -5, 2**64 - 1, "x" * 300],
}
samples = pytest.mark.parametrize("keys", SAMPLES.values(), ids=SAMPLES)


@samples
def test_digests(forms, keys, level):
    want = [digest(key) for key in keys]
    for name, column in forms(keys):
        got = digests(column)
        assert (type(got), got.dtype, got.ndim) == (np.ndarray, np.uint64, 1), name
        assert got.tolist() == want, name


@calls()
@pytest.mark.parametrize(
    "sample", ["nothing", "texts", "blobs of all lengths", "repeated texts", "bits", "64 bits"]
)
def test_every_call(call, sample, level):
    keys = SAMPLES[sample]
    if call.ints and not {int}.issuperset(map(type, keys or [""])):
        return
    want = call.expected(keys)
    for name, column in columns(keys):
        assert same(call(column), want), name


def lists(of):
    return st.lists(of, max_size=40)


INTS = [st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)]
INTS += [st.integers(0, 2**bits - 1) for bits in (1, 8, 16, 32, 64)]
TEXTS = st.text(max_size=20) | st.text("ab", max_size=20) | st.text("aé€😀", max_size=300)
BLOBS = st.binary(max_size=20) | st.binary(max_size=300)
KEYS = st.one_of(*map(lists, (*INTS, TEXTS, BLOBS, st.binary(min_size=7, max_size=7), st.booleans())))


@given(KEYS)
def test_any_keys(forms, keys):
    want = [digest(key) for key in keys]
    for name, column in forms(keys):
        assert digests(column).tolist() == want, name


@given(KEYS, st.sampled_from([call for call in CALLS if call is not JUMP]))
def test_any_keys_any_call(keys, call):
    want = call.expected(keys)
    for name, column in columns(keys):
        assert same(call(column), want), name


@calls(HASHES)
def test_a_seeded_hash_of_long_columns(call, level):
    pa = pytest.importorskip("pyarrow")
    keys = texts(LENGTHS * 60, NARROW, 7)
    want = call.expected(keys)
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        assert same(call(pa.array(keys, kind)), want)
        assert same(
            call(pa.array(keys, kind).dictionary_encode() if kind != pa.string_view() else keys), want
        )


def test_nested_batches(forms):
    """A column of keys may be read while another batch is being read."""
    keys = SAMPLES["texts"]
    want = digests(keys).tolist()
    for name, column in forms(keys, layouts=False):
        assert digests(key for key in digests(column).tolist()).tolist() == digests(want).tolist(), name


def test_one_column_read_again(forms):
    for name, column in forms(SAMPLES["texts"]):
        if "reader" in name or "stream" in name:
            continue
        assert np.array_equal(DIGESTS(column), DIGESTS(column)), name
