"""NumPy arrays in unusual shape."""

import numpy as np
import pytest

from coterie import digest, digests
from coterie.hashing import jump, xxh3_64

TEXTS = ["", "a", "a\0b", "short", "fifteen bytes..", "sixteen bytes...", "é" * 200, "x" * 300, "😀" * 5000]


def law(array):
    return digests(array).tolist() == [digest(key) for key in array.tolist()]


@pytest.mark.parametrize("value", [7, "seven", b"seven", "a text of more than sixteen bytes"])
@pytest.mark.parametrize("size", [1, 5, 5000])
def test_one_item_broadcast(value, size):
    array = np.broadcast_to(np.array([value]), size)
    assert array.strides == (0,) or size == 1
    assert digests(array).tolist() == [digest(value)] * size


@pytest.mark.parametrize("dtype", ["u1", "i2", "<i4", ">i4", "<u8", ">u8", bool, "S5", "U5", ">U5", object])
def test_empty(dtype):
    some = np.empty(5, dtype)
    for array in (np.empty(0, dtype), some[2:2], some[2:2][::-1], np.empty((0, 3), dtype)[:, 1]):
        result = digests(array)
        assert (result.dtype, result.shape) == (np.uint64, (0,))


@pytest.mark.parametrize("kind", ["S0", "U0"])
def test_items_of_no_width(kind):
    array = np.zeros(5, [("key", kind), ("other", "u1")])["key"]
    assert array.dtype.itemsize == 0
    assert digests(array).tolist() == [digest("")] * 5


@pytest.mark.parametrize("width", range(1, 20))
def test_text_of_every_width(width):
    keys = ["x" * length for length in range(width + 1)]
    for dtype in (f"S{width}", f"<U{width}", f">U{width}"):
        assert digests(np.array(keys, dtype)).tolist() == [digest(key) for key in keys]


def test_numpy_drops_nuls_behind():
    assert digests(np.array([b"a\0\0", b"\0"])).tolist() == [digest("a"), digest("")]
    assert digests(np.array(["a\0\0", "\0"])).tolist() == [digest("a"), digest("")]


def test_nuls_before_the_end_count():
    assert law(np.array([b"\0a", b"a\0b", b"\0\0\0x"]))
    assert law(np.array(["\0a", "a\0b", "\0\0\0é"]))


@pytest.mark.parametrize("order", "<>")
def test_code_points_without_text(order):
    """What NumPy stores in a U array need not be text."""
    for code in (0x110000, 0xFFFFFFFF, 0xD800, 0xDFFF):
        array = np.array([ord("a"), code, ord("b")], order + "u4").view(order + "U1")
        with pytest.raises(UnicodeError):
            digests(array)


OPTIONS = [{}, {"coerce": False}, {"na_object": None}, {"na_object": float("nan")}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_variable_width(options):
    array = np.array(TEXTS, np.dtypes.StringDType(**options))
    want = [digest(text) for text in TEXTS]
    assert digests(array).tolist() == want
    assert digests(array[::-1]).tolist() == want[::-1]
    assert digests(array[::2]).tolist() == want[::2]
    array[0], array[-1] = "now it has a text of many characters", "now few"
    assert digests(array).tolist() == [digest(array[0]), *want[1:-1], digest("now few")]


@pytest.mark.parametrize("missing", [None, float("nan"), "NA"], ids=repr)
@pytest.mark.parametrize("position", [0, 3, 1500])
def test_missing_text(missing, position):
    array = np.array(["text"] * 2000, np.dtypes.StringDType(na_object=missing))
    array[position] = missing
    with pytest.raises(ValueError, match=f"key number {position} of the batch, counted from 0, is null"):
        digests(array)
    assert digests(array[position + 1 :]).tolist() == [digest("text")] * (1999 - position)


def test_field_of_a_record():
    fields = {"flag": "u1", "number": "<i8", "text": "<U3", "blob": "S3", "key": object}
    records = np.zeros(5, list(fields.items()))
    records["number"] = range(5)
    records["text"] = records["blob"] = list("abcde")
    records["key"] = ["a", 1, b"b", "é", 2**64 - 1]
    for name in fields:
        assert law(records[name])
        assert law(records.view(np.recarray)[name][::-2])


def test_plain_subclass():
    class Column(np.ndarray):
        def __getitem__(self, at):
            raise AssertionError("called")

    assert digests(np.arange(3).view(Column)).tolist() == [digest(0), digest(1), digest(2)]


def test_mapped_file(tmp_path):
    np.arange(5000, dtype=">i4").tofile(tmp_path / "keys")
    array = np.memmap(tmp_path / "keys", ">i4", "r")
    assert law(array)


def test_machine_ints_of_every_name():
    for kind in "bhilqBHILQ":
        assert law(np.array([0, 1, np.iinfo(kind).max, np.iinfo(kind).min], kind))


def test_bools_stored_as_other_bytes():
    """NumPy counts every byte but 0 as true."""
    assert law(np.array([0, 1, 2, 255], np.uint8).view(bool))


@pytest.mark.parametrize("address", range(1, 8))
def test_addresses(address):
    raw = np.arange(8 * 200 + 16, dtype=np.uint8)
    column = raw[address : address + 8 * 200].view("<u8")
    for function in (digests, lambda keys: xxh3_64(keys, seed=5), lambda keys: jump(keys, 1000)):
        want = function(column.tolist()).tolist()
        assert function(column).tolist() == function(column.copy()).tolist() == want
