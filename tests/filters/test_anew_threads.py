"""Filters that begin anew, by `__init__`, while other threads use them: no crash, no hang, no mixture.

Each case runs in a process of its own, which ends by itself if it hangs.
"""

import subprocess
import sys

import pytest

from coterie import filters

RACE = """
import faulthandler, pickle, threading, time, warnings
import numpy as np
from coterie import *
from coterie.filters import *
faulthandler.dump_traceback_later(60, exit=True)
warnings.simplefilter("ignore")
KEYS = np.arange(5000)
seen, done, failures = MAKE, [], []
def again(work):
    turn = 0
    try:
        while not done:
            work(turn)
            turn += 1
    except BaseException as failure:
        failures.append(repr(failure))
        done.append(True)
threads = [threading.Thread(target=again, args=(work,)) for work in [WORKS]]
for thread in threads: thread.start()
time.sleep(SECONDS)
done.append(True)
for thread in threads: thread.join()
print(*failures or ["alive"])
"""
MAKES = {
    "bloom": "BloomFilter(100)",
    "strict": "BloomFilter(10**5, strict=True)",
    "counting": "CountingBloomFilter(10**5)",
    "scalable": "ScalableBloomFilter(10)",
    "rotating": "RotatingBloomFilter(100, window=5, clock=lambda: 5.0)",
    "fuse": "FuseFilter([1])",
    "guava": "GuavaBloomFilter(100)",
    "parquet": "ParquetBloomFilter(100, type='INT64')",
}
READS = ("nbytes", "fpr", "fill_ratio", "bits_per_key")
CALLS = ("copy", "to_bytes", "verify", "estimated_fpr", "approx_len", "__repr__")


def race(make, *works, seconds=0.5):
    """What threads that do this again and again say in the end."""
    code = RACE.replace("MAKE", make).replace("SECONDS", str(seconds))
    code = code.replace("WORKS", ", ".join(f"lambda turn: ({work})" for work in works))
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout.strip()


@pytest.mark.parametrize("name", MAKES)
def test_readers(name):
    """All that a filter has at once: which of them crashes is a matter of chance."""
    kind, _, arguments = MAKES[name].partition("(")
    reads = [f"seen.{name}" for name in READS if hasattr(getattr(filters, kind), name)]
    calls = [f"seen.{name}()" for name in CALLS if hasattr(getattr(filters, kind), name)]
    works = [", ".join(reads), ", ".join(calls), "seen == seen.copy(), seen.__reduce_ex__(5)"]
    assert race(MAKES[name], f"seen.__init__({arguments}", *works) == "alive"


@pytest.mark.parametrize("name", ["bloom", "strict", "counting", "scalable", "rotating", "guava"])
def test_writers(name):
    make = MAKES[name]
    arguments = make.partition("(")[2]
    some = "seen.update(KEYS)" if name != "guava" else "seen.update(KEYS.tolist())"
    assert race(make, f"seen.__init__({arguments}", some, "seen.add(turn % 5000)", seconds=1.5) == "alive"


def test_pickles_have_the_key_of_their_bytes():
    change = "seen.__init__(2_000_000 if turn % 2 else 100, key=bytes([turn % 2]) * 16), time.sleep(0.0005)"
    make = "BloomFilter(2_000_000, key=bytes(16))"
    assert race(make, change, "pickle.loads(pickle.dumps(seen, protocol=5))", seconds=2) == "alive"


@pytest.mark.parametrize("more", ["", ", clock=time.monotonic"])
def test_generations_come_in_the_order_of_time(more):
    """What a filter writes while others add and rotate, it reads."""
    again = f"type(seen).from_bytes(seen.to_bytes(){more})"
    works = ("seen.update(KEYS)", "seen.add(turn)", "seen.rotate(), seen.clear()", again)
    assert race(f"RotatingBloomFilter(3000, window=0.01{more})", *works, seconds=2) == "alive"
