"""A str is its UTF-8."""

from enum import StrEnum

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from coterie import digest, digests

# The three widths in which Python keeps characters, and the ends of what UTF-8 writes in 1 to 4 bytes.
TEXTS = [
    "",
    "a",
    "user:42",
    "\0",
    "a\0b",
    "trailing\0",
    "\x7f",
    "\x80",
    "é",
    "\u07ff",
    "\u0800",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "€uro",
    "\U00010000",
    "😀 and text",
    "\U0010ffff",
    "x" * 10_000,
    "é" * 10_000,
    "€" * 10_000,
    "😀" * 10_000,
]
SURROGATES = ["\ud800", "\udfff", "a\udc80", "\ud83d\ude00", "é\ud800"]


class Colour(StrEnum):
    RED = "red"
    LONG = "a text that is longer than sixteen bytes"


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_text(text):
    assert digest(text) == xxhash.xxh3_64_intdigest(text.encode())
    assert digest(text) == digest(text.encode())


@pytest.mark.parametrize("length", range(0, 260))
def test_every_short_length(length):
    for character in "aé€😀":
        assert digest(character * length) == xxhash.xxh3_64_intdigest((character * length).encode())


@given(st.text())
def test_any_text(text):
    assert digest(text) == xxhash.xxh3_64_intdigest(text.encode())


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("subclass", [Text, np.str_])
def test_subclasses(subclass, text):
    assert digest(subclass(text)) == digest(text)
    assert digests([subclass(text)]).tolist() == [digest(text)]


def test_enum():
    assert digest(Colour.RED) == digest("red")
    assert digests(list(Colour)).tolist() == [digest("red"), digest(Colour.LONG.value)]


@pytest.mark.parametrize("text", SURROGATES, ids=ascii)
def test_surrogate(text):
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        digest(text)


@pytest.mark.parametrize("text", SURROGATES, ids=ascii)
def test_surrogate_in_every_container(text):
    keys = ["good", text]
    batches = [keys, tuple(keys), iter(keys), dict.fromkeys(keys), np.array(keys, object)]
    batches[3] = batches[3].keys()
    batches += [np.array(keys, order + "U5") for order in "<>"]
    batches += [np.array(keys, order + "U5")[::-1].copy()[::-1] for order in "<>"]
    for batch in batches:
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
            digests(batch)
