"""Keys that many threads hash at once."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from coterie import digest, digests
from coterie.hashing import jump, xxh3_64

THREADS = 4


def at_once(work):
    """The results of `work` in some threads that start together."""
    barrier = Barrier(THREADS)

    def start():
        barrier.wait()
        return work()

    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(start) for _ in range(THREADS)]]


def test_new_texts():
    """Nobody has asked for the UTF-8 of these before."""
    for round in range(20):
        keys = [f"ключ {round} {i}" for i in range(500)]
        want = [xxh3_64(key.encode()) for key in keys]
        assert at_once(lambda keys=keys: [digest(key) for key in keys]) == [want] * THREADS
        keys = [f"ключ {round} {i} again" for i in range(500)]
        want = [xxh3_64(key.encode()) for key in keys]
        assert at_once(lambda keys=keys: digests(keys).tolist()) == [want] * THREADS


@pytest.mark.parametrize(
    "keys",
    [
        [("text", b"blob", bytearray(b"blob"), 5, "é", 2**64 - 1)[i % 6] for i in range(20_000)],
        tuple(range(20_000)),
        np.arange(300_000, dtype=np.uint64),
        np.array([f"text {i}" for i in range(20_000)]),
        np.array([f"long text of many bytes {i}" for i in range(20_000)], "T"),
        np.array(["text", 5, b"blob"] * 5000, object),
    ],
    ids=["list", "tuple", "ints", "texts", "variable texts", "objects"],
)
def test_one_container(keys):
    want = digests(keys).tolist()
    assert at_once(lambda: digests(keys).tolist()) == [want] * THREADS


def test_jump():
    keys = np.arange(300_000, dtype=np.uint64)
    want = jump(keys, 1000).tolist()
    assert at_once(lambda: jump(keys, 1000).tolist()) == [want] * THREADS


@pytest.mark.free_threaded
def test_the_gil_stays_off():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    code = "import sys, coterie.hashing, coterie.placement; print(sys._is_gil_enabled())"
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (result.stdout, result.stderr) == ("False\n", "")
