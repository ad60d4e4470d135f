"""Containers that change while they are read: an error or an answer, never a crash."""

import gc
import signal
import subprocess
import sys
import threading

import pytest

from coterie import digest, digests

# The worst key: a NumPy integer whose __index__, if it were called, would change the container that holds it.
WORST_KEY = """
import gc
import numpy as np
import coterie

class Worst(np.int64):
    def __index__(self):
        change()
        gc.collect()
        junk.append([bytes(8 * 1024 + i) for i in range(100)])
        return 5

junk = []
texts = ["text %d" % i for i in range(1000)]
"""
CHANGES = {
    "cleared list": """
keys = [Worst(1), *texts]
change = keys.clear
""",
    "grown list": """
keys = [Worst(1), *texts]
def change():
    keys.extend(texts * 50)
""",
    "item of a list replaced": """
keys = [Worst(1), *texts]
def change():
    keys[0] = None
""",
    "item of an array replaced": """
keys = np.empty(1001, object)
keys[:] = [Worst(1), *texts]
def change():
    keys[:] = None
""",
    "moved array": """
keys = np.empty(1001, object)
keys[:] = [Worst(1), *texts]
def change():
    keys.resize(5, refcheck=False)
""",
}


def run(code, **options):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_key_that_changes_its_container(change):
    end = "\ntry:\n    coterie.digests(keys)\nexcept (RuntimeError, TypeError):\n    pass\nprint('alive')\n"
    result = run(WORST_KEY + change + end)
    assert (result.returncode, result.stdout) == (0, "alive\n"), result.stderr


def interrupted(keys, change):
    """Run digests(keys) while a signal handler changes the keys."""
    before = signal.signal(signal.SIGALRM, lambda number, frame: change())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.002)
        return digests(keys)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers that send signals")
def test_list_that_becomes_shorter():
    for _ in range(50):
        keys = ["x" * 300] * 2**19
        try:
            result = interrupted(keys, keys.clear)
        except RuntimeError as error:
            message = str(error)
            break
        assert len(result) in (0, 2**19)  # the signal came too early or too late
    assert message == "the list of keys became shorter while it was read"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers that send signals")
def test_list_that_becomes_longer():
    keys = ["x" * 300] * 2**18
    result = interrupted(keys, lambda: keys.extend(["y"] * 2**18))
    assert result.tolist()[: 2**18] == [digest("x" * 300)] * 2**18


@pytest.mark.parametrize("make", [set, dict.fromkeys], ids=["set", "dict keys"])
def test_set_that_changes(make):
    keys = make(range(5000))

    def growing():
        for key in keys:
            if key == 3000:
                keys.update({"new": 1})
            yield key

    with pytest.raises(RuntimeError, match="changed size during iteration"):
        digests(growing())


def test_threads_that_change_a_list():
    """Each answer is that of a key that was in the list, or the batch is refused."""
    allowed = {digest("a"), digest("b"), digest(5)}
    keys, stop, failed = ["a"] * 5000, threading.Event(), []

    def read():
        while not stop.is_set():
            try:
                answers = set(digests(keys).tolist())
            except RuntimeError:
                continue
            if not answers <= allowed:
                failed.append(answers - allowed)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for round in range(300):
        keys[round::7] = ["b"] * len(keys[round::7])
        keys.extend([5] * 5000)
        del keys[1000:]
        keys.extend(["a"] * 4000)
        if round % 100 == 0:
            gc.collect()
    stop.set()
    for reader in readers:
        reader.join()
    assert not failed
