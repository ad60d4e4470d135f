"""LamportClock: stamps that grow along every chain of events."""

import copy
import pickle

import numpy as np
import pytest

from coterie import DecodeError, LamportClock
from tests.threads.race import run

MOST = 2**63 - 1


def test_ticks_and_arrivals():
    clock = LamportClock()
    assert (clock.value, int(clock), clock.tick(), clock.tick()) == (0, 0, 1, 2)
    assert clock.recv(10) == 11
    assert clock.recv(3) == 12
    assert clock.merge(20) is None
    assert clock.value == 20
    clock.merge(5)
    assert clock.tick() == 21
    assert clock.recv(np.uint64(40)) == 41
    assert repr(clock) == "LamportClock(41)"


def test_the_last_stamp():
    clock = LamportClock(MOST - 1)
    assert clock.tick() == MOST
    for call in (clock.tick, lambda: clock.recv(1), lambda: clock.recv(MOST)):
        with pytest.raises(OverflowError, match="2\\*\\*63-1"):
            call()
    clock.merge(MOST)
    assert clock.value == MOST


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (-1, ValueError),
        (MOST + 1, OverflowError),
        (10**30, OverflowError),
        (1.0, TypeError),
        ("1", TypeError),
        (True, TypeError),
    ],
)
def test_bad_stamps(bad, error):
    clock = LamportClock(7)
    for call in (LamportClock, clock.recv, clock.merge, clock.__init__):
        with pytest.raises(error):
            call(bad)
    assert clock.value == 7


def test_identity_copies_and_bytes():
    clock = LamportClock(258)
    assert clock == clock
    assert clock != LamportClock(258)
    assert len({clock, LamportClock(258)}) == 2
    assert clock.to_bytes() == bytes([0, 0, 0, 0, 0, 0, 1, 2])
    assert clock.to_json() == '{"v":1,"k":"lamport","c":258}'
    assert LamportClock(2**60).to_json() == f'{{"v":1,"k":"lamport","c":"{2**60}"}}'
    for again in (
        clock.copy(),
        copy.copy(clock),
        copy.deepcopy(clock),
        pickle.loads(pickle.dumps(clock)),
        LamportClock.from_bytes(bytearray(clock.to_bytes())),
        LamportClock.from_json(clock.to_json().encode()),
        LamportClock.from_json('{"c": "258", "k": "lamport", "v": 1}'),
    ):
        assert again.tick() == 259
    assert clock.value == 258


@pytest.mark.parametrize("bad", [b"", b"1234567", b"123456789", b"\xff" * 8])
def test_bad_bytes(bad):
    with pytest.raises(DecodeError, match="not a LamportClock"):
        LamportClock.from_bytes(bad)
    with pytest.raises(TypeError):
        LamportClock.from_bytes("12345678")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "5",
        "{}",
        '{"v":1,"k":"lamport"}',
        '{"v":1,"k":"hlc","c":5}',
        '{"v":2,"k":"lamport","c":5}',
        '{"v":true,"k":"lamport","c":5}',
        '{"v":1,"k":"lamport","c":5.0}',
        '{"v":1,"k":"lamport","c":-5}',
        '{"v":1,"k":"lamport","c":"05"}',
        '{"v":1,"k":"lamport","c":"+5"}',
        '{"v":1,"k":"lamport","c":""}',
        '{"v":1,"k":"lamport","c":true}',
        '{"v":1,"k":"lamport","c":null}',
        '{"v":1,"k":"lamport","c":NaN}',
        '{"v":1,"k":"lamport","c":5,"c":5}',
        '{"v":1,"k":"lamport","c":5,"x":1}',
        f'{{"v":1,"k":"lamport","c":{2**63}}}',
        f'{{"v":1,"k":"lamport","c":"{2**63}"}}',
        '{"v":1,"k":"lamport","c":' + "9" * 5000 + "}",
        "[" * 100_000,
        b"\xff",
        5,
        None,
    ],
)
def test_bad_json(bad):
    with pytest.raises(DecodeError, match="not a LamportClock"):
        LamportClock.from_json(bad)


def test_threads_get_stamps_of_their_own():
    clock, stamps = LamportClock(), []
    run(*[lambda: stamps.append([clock.tick() for _ in range(5000)])] * 3)
    assert sorted(stamp for some in stamps for stamp in some) == list(range(1, 15_001))
