"""SipHash-1-3 equals the vectors of Rust, CPython's own hash and the plain baseline, in every container."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.hashing.siphash import siphash
from benchmarks.baselines.keys import key_bytes
from coterie import JumpHash, digests
from coterie.hashing import siphash13
from tests.columns.forms import columns

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "siphash.json").read_text())
KEY = bytes.fromhex(VECTORS["key"])
ZERO = bytes(16)
DATA = np.random.default_rng(1).bytes(5000)


def test_vectors(level):
    texts = [bytes(range(length)) for length in range(64)]
    want = [int(value, 16) for value in VECTORS["siphash13"]]
    assert [siphash13(text, KEY) for text in texts] == want
    assert siphash13(texts, KEY).tolist() == want
    assert [siphash(text, KEY, 2, 4) for text in texts] == [int(v, 16) for v in VECTORS["siphash24"]]


@pytest.mark.skipif(sys.hash_info.algorithm != "siphash13", reason="CPython hashes otherwise")
def test_hash_of_cpython():
    """With PYTHONHASHSEED=0 CPython's key is zero. It has another hash for nothing, and -2 for -1."""
    texts = [DATA.hex().encode()[:length] for length in (*range(1, 70), 255, 256, 257, 4096)]
    program = f"print([hash(text) for text in {texts}])"
    answer = subprocess.run(
        [sys.executable, "-"], input=program, env={"PYTHONHASHSEED": "0"}, capture_output=True, text=True
    )
    assert [siphash13(text, ZERO) for text in texts] == [h % 2**64 for h in json.loads(answer.stdout)]


def test_every_length(level):
    texts = [DATA[:length] for length in range(300)]
    want = [siphash(text, KEY) for text in texts]
    assert [siphash13(text, KEY) for text in texts] == want
    assert siphash13(texts, KEY).tolist() == want
    for start in range(9):
        assert siphash13(memoryview(DATA)[start : start + 100], KEY) == siphash(
            DATA[start : start + 100], KEY
        )


@given(st.binary(max_size=100), st.binary(min_size=16, max_size=16))
def test_anything(data, key):
    assert siphash13(data, key) == siphash13([data], key)[0] == siphash(data, key)


def test_integers(level):
    column = np.random.default_rng(2).integers(0, 2**64, 200, np.uint64)
    want = [siphash(int(key).to_bytes(8, "little"), KEY) for key in column]
    for size in [*range(20), 63, 64, 65, 200]:
        assert siphash13(column[:size], KEY).tolist() == want[:size]
        assert siphash13(column[:size].tolist(), KEY).tolist() == want[:size]
    assert siphash13(column[::-1], KEY).tolist() == want[::-1]


@pytest.mark.parametrize(
    "keys",
    [
        ["a", "", "user:42", "naïve", "€" * 9, "😀", "x" * 300],
        [DATA[:n] for n in (0, 1, 7, 8, 9, 15, 16, 17, 100)],
        [0, -1, 2**63 - 1, -(2**63), 42],
        [True, False, True],
    ],
    ids=["str", "bytes", "int", "bool"],
)
def test_every_container(keys, level):
    want = [siphash(key_bytes(key), KEY) for key in keys]
    assert [siphash13(key, KEY) for key in keys] == want
    assert siphash13(iter(keys), KEY).tolist() == want
    for name, column in columns(keys):
        assert siphash13(column, KEY).tolist() == want, name


def test_as_digests():
    """Who hashes keys with a secret asks every structure with hashed=True."""
    hashes = siphash13(["a", "b", "c"], KEY)
    shards = JumpHash(100)
    assert (
        shards.assign(hashes, hashed=True).tolist()
        != shards.assign(digests(["a", "b", "c"]), hashed=True).tolist()
    )


@pytest.mark.parametrize(
    "key", [bytearray(KEY), memoryview(KEY), memoryview(KEY * 2)[:16]], ids=["bytearray", "view", "part"]
)
def test_secrets_of_other_types(key):
    assert siphash13("a", key) == siphash13("a", KEY)
    assert siphash13(["a"], key).tolist() == [siphash13("a", KEY)]


@pytest.mark.parametrize("length", [0, 1, 8, 15, 17, 32])
def test_secrets_of_other_lengths(length):
    with pytest.raises(ValueError, match=rf"key has {length} bytes: pass 16$"):
        siphash13("a", bytes(length))


@pytest.mark.parametrize("key", ["0123456789abcdef", 5, None, [0] * 16, np.zeros(16, np.uint8)], ids=repr)
def test_no_secrets(key):
    with pytest.raises(TypeError, match=r"key is a .*: pass 16 bytes$"):
        siphash13("a", key)


def test_secrets_are_not_shown():
    with pytest.raises(ValueError, match="key") as caught:
        siphash13("a", b"secret")
    assert "secret" not in str(caught.value)


def test_arguments():
    with pytest.raises(TypeError):
        siphash13("a")
    with pytest.raises(TypeError):
        siphash13("a", key=KEY)
    with pytest.raises(TypeError):
        siphash13(1.5, KEY)
    with pytest.raises(OverflowError):
        siphash13(2**64, KEY)
