"""HybridLogicalClock: stamps that sort as time and as causality, whatever the physical clock does."""

import copy
import json
import pickle
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import coterie
from benchmarks.baselines.clocks.hybrid import PlainHybridClock
from coterie import HLC, ClockDriftError, DecodeError
from tests.threads.race import run

KNOWN = json.loads((Path(__file__).parents[1] / "vectors" / "clocks_hlc_cockroach.json").read_text())
MS = 1_000_000  # nanoseconds
MOST = 2**64 - 1


class Source:
    """A physical clock that is set by hand, in ms."""

    def __init__(self, ms=0):
        self.ms, self.asked = ms, 0

    def __call__(self):
        self.asked += 1
        return int(self.ms * MS)


def hlc(ms=0, **options):
    source = Source(ms)
    return HLC(time_ns=source, **options), source


def test_known_history():
    clock, source = hlc()
    for step in KNOWN["history"]:
        source.ms = step["wall"]
        stamp = clock.now() if step["event"] == "send" else clock.recv(HLC.pack(*step["input"]))
        assert list(HLC.unpack(stamp)) == step["expected"]


@pytest.mark.parametrize("known", KNOWN["max_offset"])
def test_known_offsets(known):
    clock, _ = hlc(10_000, max_drift=known["max_offset_ms"])
    stamp = HLC.pack(10_000 + known["remote_ahead_ms"], 0)
    if known["accepted"]:
        assert clock.recv(stamp) == stamp + 1
    else:
        with pytest.raises(ClockDriftError):
            clock.recv(stamp)


def test_it_is_the_class_of_both_names():
    assert HLC is coterie.HybridLogicalClock is coterie.clocks.HLC
    hlc_ = HLC(time_ns=lambda: 7_000_000)
    assert (hlc_.now(), hlc_.recv(HLC.pack(9, 4))) == (7 << 16, 9 << 16 | 5)
    assert HLC(last=hlc_.last, time_ns=lambda: 0).now() > hlc_.last


def test_the_systems_clock():
    before = time.time_ns() // MS
    stamp = HLC().now()
    assert before <= HLC.unpack(stamp)[0] <= time.time_ns() // MS + 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["now", "recv", "merge", "batch"]), st.integers(0, 50), st.integers(0, 2**22)
        )
    )
)
def test_as_the_plain_clock(steps):
    """Under a physical clock that jumps both ways, and every stamp above the one before."""
    clock, source = hlc(max_drift=None)
    plain = PlainHybridClock(source)
    last = -1
    for step, ms, stamp in steps:
        source.ms = ms
        if step == "now":
            stamps = [clock.now()]
            assert stamps == [plain.now()]
        elif step == "recv":
            stamps = [clock.recv(stamp)]
            assert stamps == [plain.recv(stamp)]
            assert stamps[0] > stamp
        elif step == "batch":
            stamps = clock.now_batch(stamp % 5).tolist()
            assert stamps == [plain.now() for _ in stamps]
        else:
            clock.merge(stamp)
            plain.merge(stamp)
            stamps = []
        for given_ in stamps:
            assert given_ > last
            last = given_
        assert clock.last == plain.last
        last = max(last, clock.last)


def test_the_counter_carries_into_the_milliseconds():
    clock, _ = hlc(7, last=HLC.pack(7, 65_535))
    assert HLC.unpack(clock.now()) == (8, 0)
    assert HLC.unpack(clock.now()) == (8, 1)


def test_the_source_is_read_once():
    clock, source = hlc(5)
    for call in (clock.now, lambda: clock.recv(3), lambda: clock.merge(3), lambda: clock.now_batch(9)):
        before = source.asked
        call()
        assert source.asked == before + 1


def test_drift():
    clock, source = hlc(1000, max_drift=10)
    before = clock.now()
    for call in (clock.recv, clock.merge):
        with pytest.raises(ClockDriftError, match="11 ms ahead") as caught:
            call(HLC.pack(1011, 0))
        error = caught.value
        assert (error.remote_ms, error.local_ms, error.max_drift) == (1011, 1000, 10)
        assert isinstance(error, ValueError)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
        assert clock.last == before
    clock.merge(HLC.pack(1010, 65_535))
    assert clock.now() == HLC.pack(1011, 0)  # `now` never refuses
    source.ms = 0
    assert clock.recv(HLC.pack(10, 0)) == HLC.pack(1011, 1)
    assert HLC(max_drift=None).recv(HLC.pack(2**48 - 1, 5)) == HLC.pack(2**48 - 1, 6)
    assert HLC(max_drift=0, time_ns=lambda: 5 * MS).recv(HLC.pack(5, 9)) == HLC.pack(5, 10)


def test_backward_steps():
    clock, source = hlc(1000, max_drift=100)
    steps = [(1000, 0), (990, 0), (980, 0), (969, 1), (1069, 1), (1059, 1), (1048, 2), (0, 3), (2000, 3)]
    for ms, count in steps:
        source.ms = ms
        clock.now()
        assert clock.backward_steps == count, ms
    source.ms = 0
    with pytest.raises(ClockDriftError):
        clock.recv(HLC.pack(500, 0))
    assert clock.backward_steps == 3  # a call that raises leaves it as it was
    clock, source = hlc(1000, max_drift=None)
    for ms in (1000, 999, 998, 1000):
        source.ms = ms
        clock.now()
    assert clock.backward_steps == 2


def test_times_that_overtake_each_other():
    """A reading that was late is no step back, and one that came after is."""
    times = []

    def source():
        """Asks the clock on its way, as a thread that gets its time first."""
        ms, later = times.pop(0)
        if later:
            times.insert(0, later)
            clock.now()
        return ms * MS

    def now(*reading):
        times.append(reading)
        clock.now()
        assert times == []

    clock = HLC(time_ns=source, max_drift=100)
    now(1000, None)
    now(1010, (1200, None))
    assert clock.backward_steps == 0
    now(1195, None)
    assert clock.backward_steps == 0
    now(1150, None)
    assert clock.backward_steps == 1
    now(900, (905, None))  # both after the same step
    assert clock.backward_steps == 2
    now(700, (1300, (1310, None)))
    assert clock.backward_steps == 3
    now(690, None)
    assert clock.backward_steps == 3


def test_batches():
    clock, source = hlc(1000)
    stamps = clock.now_batch(200_000)
    assert stamps.dtype == np.uint64
    assert stamps[0] == HLC.pack(1000, 0)
    assert (np.diff(stamps) == 1).all()
    assert clock.last == stamps[-1]
    assert clock.now() == int(stamps[-1]) + 1
    before = clock.last
    assert clock.now_batch(0).shape == (0,)
    assert clock.last == before
    for bad, error in ((-1, ValueError), (1.0, TypeError), (2**70, OverflowError)):
        with pytest.raises(error):
            clock.now_batch(bad)
    fits = HLC.pack(1500, 65_535) - clock.last
    with pytest.raises(ClockDriftError):
        clock.now_batch(fits + 1)
    with pytest.raises(ClockDriftError):
        clock.now_batch(2**59)
    assert clock.last == before
    assert len(clock.now_batch(fits)) == fits
    # It is as far ahead as it may be: within that millisecond batches still fit.
    source.ms = 0
    clock, source = hlc(0, last=HLC.pack(9000, 5))
    assert clock.now_batch(65_530)[-1] == HLC.pack(9000, 65_535)
    with pytest.raises(ClockDriftError):
        clock.now_batch(1)
    assert clock.now() == HLC.pack(9001, 0)
    with pytest.raises((OverflowError, MemoryError)):
        HLC(max_drift=None, last=MOST - 5).now_batch(6)


def test_the_last_stamp():
    clock = HLC(last=MOST - 1, max_drift=None)
    assert clock.now() == MOST
    for call in (clock.now, lambda: clock.recv(0), lambda: clock.now_batch(1)):
        with pytest.raises(OverflowError):
            call()
    clock.merge(MOST)
    assert clock.last == MOST


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (1.5, TypeError),
        ("1", TypeError),
        (None, TypeError),
        (True, TypeError),
        (False, TypeError),
        (-1, ValueError),
        (-(10**30), ValueError),
        (2**48 * MS, OverflowError),
        (10**40, OverflowError),
        (10**5000, OverflowError),
        (-(10**5000), ValueError),
    ],
    ids=lambda said: hex(said)[:9] if isinstance(said, int) else repr(said),
)
def test_bad_sources(said, error):
    clock = HLC(time_ns=lambda: said, last=5)
    for call in (clock.now, lambda: clock.recv(1), lambda: clock.merge(1), lambda: clock.now_batch(2)):
        with pytest.raises(error, match="time_ns"):
            call()
    assert (clock.last, clock.backward_steps) == (5, 0)


def test_a_source_that_raises():
    def broken():
        raise KeyError("no time")

    clock = HLC(time_ns=broken)
    with pytest.raises(KeyError, match="no time"):
        clock.now()
    assert clock.last == 0


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"last": -1}, ValueError),
        ({"last": 2**64}, OverflowError),
        ({"last": 1.0}, TypeError),
        ({"max_drift": -1}, ValueError),
        ({"max_drift": 1.5}, TypeError),
        ({"max_drift": "1"}, TypeError),
        ({"last": True}, TypeError),
        ({"max_drift": True}, TypeError),
        ({"time_ns": 5}, TypeError),
    ],
)
def test_bad_arguments(options, error):
    with pytest.raises(error):
        HLC(**options)
    clock = HLC(last=5)
    with pytest.raises(error):
        clock.__init__(**options)
    assert clock.last == 5
    with pytest.raises(TypeError):
        HLC(5)
    for bad, kind in ((-1, ValueError), (2**64, OverflowError), (1.0, TypeError), (True, TypeError)):
        for call in (clock.recv, clock.merge):
            with pytest.raises(kind):
                call(bad)


def test_pack_and_unpack():
    assert HLC.pack(2**48 - 1, 65_535) == MOST
    assert HLC.unpack(MOST) == (2**48 - 1, 65_535)
    assert HLC.unpack(np.uint64(65_536)) == (1, 0)
    for bad in ((-1, 0), (2**48, 0), (0, -1), (0, 65_536)):
        with pytest.raises(OverflowError):
            HLC.pack(*bad)
    for bad in (-1, 2**64, 10**5000):
        with pytest.raises(OverflowError, match="pass an int"):
            HLC.unpack(bad)
    for bad in (1.0, "1", None, True):
        for call, args in ((HLC.pack, (bad, 0)), (HLC.pack, (0, bad)), (HLC.unpack, (bad,))):
            with pytest.raises(TypeError, match=r"(ms|counter|stamp) is a .*: pass an int"):
                call(*args)


def a_time():
    return 9 * MS


def test_copies_and_pickles():
    clock = HLC(last=HLC.pack(5, 1), max_drift=7, time_ns=a_time)
    for again in (clock.copy(), copy.copy(clock), copy.deepcopy(clock), pickle.loads(pickle.dumps(clock))):
        assert (again.last, again.max_drift, again.now()) == (clock.last, 7, 9 << 16)
    assert clock.last == HLC.pack(5, 1)
    local = HLC(last=5, max_drift=None, time_ns=lambda: 0)
    again = pickle.loads(pickle.dumps(local))
    assert (again.last, again.max_drift) == (5, None)
    assert HLC.unpack(again.now())[0] > 10**12  # by the system's clock
    assert clock != clock.copy()
    assert len({clock, clock.copy()}) == 2
    assert repr(local) == "HybridLogicalClock(last=5, max_drift=None)"


class Ticker:
    """A physical clock that cannot be copied, which counts how often it was asked."""

    def __init__(self):
        self.asked = 0

    def time(self):
        self.asked += 1
        return self.asked * MS

    __call__ = time

    def __deepcopy__(self, memo):
        raise TypeError("there is only one")


def test_copies_ask_the_same_source():
    for as_method in (False, True):
        ticker = Ticker()
        clock = HLC(time_ns=ticker.time if as_method else ticker)
        copies = [clock, clock.copy(), copy.copy(clock), copy.deepcopy(clock), *copy.deepcopy([clock])]
        assert [HLC.unpack(each.now()) for each in copies] == [(ms, 0) for ms in range(1, 6)]
        assert ticker.asked == 5


def test_bytes_and_json():
    clock = HLC(last=HLC.pack(7, 1))
    assert clock.to_bytes() == bytes([0, 0, 0, 0, 0, 7, 0, 1])
    assert clock.to_json() == '{"v":1,"k":"hlc","c":458753}'
    assert HLC(last=MOST).to_json() == f'{{"v":1,"k":"hlc","c":"{MOST}"}}'
    for again in (
        HLC.from_bytes(memoryview(clock.to_bytes()), max_drift=3, time_ns=a_time),
        HLC.from_json(clock.to_json(), max_drift=3, time_ns=a_time),
    ):
        assert (again.last, again.max_drift, again.now()) == (clock.last, 3, 9 << 16)
    for bad in (b"", b"1234567", b"123456789"):
        with pytest.raises(DecodeError):
            HLC.from_bytes(bad)
    for bad in ("{}", '{"v":1,"k":"lamport","c":1}', f'{{"v":1,"k":"hlc","c":{2**64}}}'):
        with pytest.raises(DecodeError):
            HLC.from_json(bad)
    stamps = [HLC(last=last).to_bytes() for last in (0, 1, 255, 256, 2**40, MOST)]
    assert stamps == sorted(stamps)


def test_threads_get_stamps_of_their_own():
    clock, stamps = HLC(), []
    run(
        *[lambda: stamps.append([clock.now() for _ in range(5000)])] * 2,
        lambda: stamps.append([clock.recv(clock.last) for _ in range(5000)]),
        lambda: stamps.append([stamp for _ in range(500) for stamp in clock.now_batch(10).tolist()]),
    )
    assert all(some == sorted(some) for some in stamps)
    assert len({stamp for some in stamps for stamp in some}) == 20_000
