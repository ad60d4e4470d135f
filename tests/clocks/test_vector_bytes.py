"""VectorClock as bytes and JSON: one form for each clock, and nothing else is accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import DecodeError, Roster, VectorClock
from tests.clocks.vectors import IDS, MOST, entries, flips, grown, many_entries

FROZEN = [
    ({}, "010400"),
    ({"a": 1}, "0105010161" + "01"),
    ({"a": 1, "ab": 300, "b": MOST}, "01050301610101016201" + "ac020001" + "62" + "ffffffffffffffff7f"),
    ({b"\xff": 1}, "01060101ff01"),
    ({0: 1, 1: 2, 300: 3}, "010703" + "0001" + "0002" + "aa0203"),
    ({2**64 - 1: 5}, "010701" + "ffffffffffffffffff01" + "05"),
]


@pytest.mark.parametrize(("start", "frozen"), FROZEN)
def test_frozen(start, frozen):
    if start == FROZEN[2][0]:
        frozen = "010503" + "016101" + "010162ac02" + "000162" + "ffffffffffffffff7f"
    clock = VectorClock(start)
    assert clock.to_bytes().hex() == frozen
    assert grown(start).to_bytes().hex() == frozen
    for data in (bytes.fromhex(frozen), bytearray.fromhex(frozen), memoryview(bytes.fromhex(frozen))):
        assert VectorClock.from_bytes(data) == clock


@pytest.mark.parametrize(
    ("n", "alone", "rostered"), [(3, 25, 16), (16, 91, 42), (128, 664, 267), (1024, 5244, 2059)]
)
def test_sizes(n, alone, rostered):
    ids = [f"node-{i:04d}" for i in range(n)]
    clock = VectorClock({id: 1000 + i * 5000 // n for i, id in enumerate(ids)})
    roster = Roster(reversed(ids))
    assert len(clock.to_bytes()) <= alone
    assert len(clock.to_bytes(roster=roster)) <= rostered
    assert VectorClock.from_bytes(clock.to_bytes()) == clock
    assert VectorClock.from_bytes(clock.to_bytes(roster=roster), roster=roster) == clock


@given(
    st.one_of(
        entries,
        many_entries,
        *(st.dictionaries(st.sampled_from(ids), st.integers(0, MOST)) for ids in IDS.values()),
    )
)
def test_there_and_back(start):
    clock = VectorClock(start)
    data = clock.to_bytes()
    assert VectorClock.from_bytes(data) == clock
    assert VectorClock.from_bytes(data).to_bytes() == data
    assert VectorClock.from_json(clock.to_json()) == clock
    assert VectorClock.from_json(clock.to_json().encode()).to_json() == clock.to_json()
    roster = Roster(start)
    assert VectorClock.from_bytes(clock.to_bytes(roster=roster), roster=roster) == clock


def accepted(data, **options):
    """Whether bytes are accepted; if so, they are what the clock writes."""
    try:
        clock = VectorClock.from_bytes(data, **options)
    except DecodeError:
        return False
    assert clock.to_bytes(**options) == data
    return True


SMALL = [start for start, _ in FROZEN] + [{id: i for i, id in enumerate(ids, 1)} for ids in IDS.values()]


@pytest.mark.parametrize("start", SMALL, ids=repr)
def test_every_truncation_and_flip(start):
    roster = Roster(start)
    for data, options in (
        (VectorClock(start).to_bytes(), {}),
        (VectorClock(start).to_bytes(roster=roster), {"roster": roster}),
    ):
        assert accepted(data, **options)
        for size in range(len(data)):
            assert not accepted(data[:size], **options)
        for more in (b"\0", b"\1", data):
            assert not accepted(data + more, **options)
        for flipped in flips(data):
            accepted(flipped, **options)


@given(st.binary(max_size=40), st.sampled_from([b"", b"\1\5", b"\1\6", b"\1\7", b"\1\5\2\1a", b"\1\7\3"]))
def test_any_bytes(rest, head):
    accepted(head + rest)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "00",
        "020400",
        "010500",
        "010401",
        "0105016101",
        "01050101610100",
        "0105020162010001" + "6101",
        "01050201610100016101",
        "010502016101" + "0101" + "6100",
        "0105010161" + "00",
        "0105010161" + "8100",
        "0105010161" + "80808080808080808001",
        "010501" + "8101" + "6101",
        "010502" + "026161" + "01" + "000261" + "6201",
        "01050102c3" + "2801",
        "010501" + "03eda08001",
        "010701" + "ffffffffffffffffff02" + "01",
        "010702" + "ffffffffffffffffff0101" + "0001",
        "0105ffffffffffffffffff01" + "016101",
    ],
)
def test_bad_bytes(bad):
    with pytest.raises(DecodeError, match="not a VectorClock"):
        VectorClock.from_bytes(bytes.fromhex(bad))


def test_limits():
    clock = VectorClock(dict.fromkeys(range(70_000), 1))
    data, text = clock.to_bytes(), clock.to_json()
    with pytest.raises(DecodeError, match="max_entries"):
        VectorClock.from_bytes(data)
    with pytest.raises(DecodeError, match="max_entries"):
        VectorClock.from_json(text)
    assert VectorClock.from_bytes(data, max_entries=70_000) == clock
    assert VectorClock.from_json(text, max_entries=70_000) == clock
    with pytest.raises(DecodeError):
        VectorClock.from_bytes(data, max_entries=69_999)
    for bad in (None, 5, "010400", ["a"]):
        with pytest.raises(TypeError):
            VectorClock.from_bytes(bad)
    with pytest.raises(DecodeError, match="too early"):
        VectorClock.from_bytes(b"\1\5\xff\xff\3")


def test_rosters():
    roster, other = Roster(["a", "b", "c"]), Roster(["a", "b", "d"])
    assert roster == Roster(list("cab")) != other
    assert hash(roster) == hash(Roster(list("cab")))
    assert (len(roster), "a" in roster, "d" in roster, b"a" in roster, None in roster) == (
        3,
        True,
        False,
        False,
        False,
    )
    assert (roster.ids, list(roster), len(roster.digest)) == (("a", "b", "c"), ["a", "b", "c"], 8)
    assert roster.digest == Roster(list("bca")).digest != other.digest != Roster([b"a", b"b", b"d"]).digest
    clock = VectorClock({"c": 5})
    data = clock.to_bytes(roster=roster)
    assert data == bytes([1, 8]) + roster.digest + bytes([0, 0, 5])
    assert VectorClock.from_bytes(data, roster=roster) == clock
    for bad in ({}, {"roster": other}, {"roster": Roster([])}):
        with pytest.raises(DecodeError):
            VectorClock.from_bytes(data, **bad)
    with pytest.raises(DecodeError):
        VectorClock.from_bytes(clock.to_bytes(), roster=roster)
    for outside in (VectorClock({"d": 1}), VectorClock({b"a": 1})):
        with pytest.raises(ValueError, match="roster"):
            outside.to_bytes(roster=roster)
    with pytest.raises(TypeError):
        clock.to_bytes(roster=["a", "b", "c"])
    with pytest.raises(ValueError, match="twice"):
        Roster(["a", "a"])
    with pytest.raises(TypeError):
        Roster(["a", 1])


def test_json():
    assert VectorClock().to_json() == '{"v":1,"c":{}}'
    assert VectorClock({"a": 3}).to_json() == '{"v":1,"k":"str","c":{"a":3}}'
    assert VectorClock({b"\xff": 2**53 - 1}).to_json() == '{"v":1,"k":"bytes","c":{"ff":9007199254740991}}'
    assert VectorClock({10: 2**53, 9: 1}).to_json() == '{"v":1,"k":"int","c":{"9":1,"10":"9007199254740992"}}'
    assert VectorClock.from_json('{"c":{"a":"3"},"k":"str","v":1}') == VectorClock({"a": 3})


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "[]",
        "{}",
        '{"v":1}',
        '{"v":1,"c":[]}',
        '{"v":1,"k":"str","c":{}}',
        '{"v":1,"k":null,"c":{}}',
        '{"v":1,"c":{"a":1}}',
        '{"v":1,"k":null,"c":{"a":1}}',
        '{"v":1,"k":"text","c":{"a":1}}',
        '{"v":1,"k":["str"],"c":{"a":1}}',
        '{"v":2,"c":{}}',
        '{"v":"1","c":{}}',
        '{"v":1,"c":{},"x":1}',
        '{"v":1,"k":"str","c":{"a":0}}',
        '{"v":1,"k":"str","c":{"a":-1}}',
        '{"v":1,"k":"str","c":{"a":1.0}}',
        '{"v":1,"k":"str","c":{"a":1e3}}',
        '{"v":1,"k":"str","c":{"a":true}}',
        '{"v":1,"k":"str","c":{"a":"01"}}',
        '{"v":1,"k":"str","c":{"a":"-1"}}',
        '{"v":1,"k":"str","c":{"a":"\\u0661"}}',
        f'{{"v":1,"k":"str","c":{{"a":{MOST + 1}}}}}',
        '{"v":1,"k":"str","c":{"a":1,"a":1}}',
        '{"v":1,"k":"str","c":{"":1}}',
        '{"v":1,"k":"str","c":{"\\ud800":1}}',
        '{"v":1,"k":"str","c":{"' + "x" * 1025 + '":1}}',
        '{"v":1,"k":"int","c":{"01":1}}',
        '{"v":1,"k":"int","c":{"-1":1}}',
        '{"v":1,"k":"int","c":{"18446744073709551616":1}}',
        '{"v":1,"k":"int","c":{"a":1}}',
        '{"v":1,"k":"bytes","c":{"FF":1}}',
        '{"v":1,"k":"bytes","c":{"f":1}}',
        '{"v":1,"k":"bytes","c":{"":1}}',
        '{"v":1,"k":"bytes","c":{"0 ":1}}',
        b"\xff\xfe",
        None,
    ],
)
def test_bad_json(bad):
    with pytest.raises(DecodeError, match="not a VectorClock"):
        VectorClock.from_json(bad)
