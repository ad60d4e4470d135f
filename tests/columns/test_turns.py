"""While a column is read other threads run, and Ctrl-C stops it."""

import sys
import threading
import time

import pytest

from coterie import HashRing, digests
from tests.interrupt import assert_stops

pa = pytest.importorskip("pyarrow")

MEGABYTE = 10**6


def heavy(rows):
    """A column of views of one million bytes: it takes little memory, and long."""
    view = MEGABYTE.to_bytes(4, "little") + b"xxxx" + bytes(8)
    return pa.Array.from_buffers(
        pa.binary_view(), rows, [None, pa.py_buffer(view * rows), pa.py_buffer(b"x" * MEGABYTE)]
    )


COLUMNS = {
    "views": lambda: heavy(15_000),
    "dictionary": lambda: pa.DictionaryArray.from_arrays(pa.array(range(15_000)), heavy(15_000)),
    "chunks": lambda: pa.chunked_array([heavy(500)] * 30),
    "small chunks": lambda: pa.chunked_array([heavy(10)] * 1500),
    "table": lambda: pa.table({"key": heavy(15_000)}),
}


@pytest.mark.parametrize("make", COLUMNS.values(), ids=COLUMNS)
def test_other_threads_run(make):
    """Again and again, not only at the start. A busy machine may wake one too late, but not every time."""
    column = make()
    assert any(turns_meanwhile(column) > 5 for _ in range(10))


def turns_meanwhile(column):
    """How many times another thread gets its turn while the column is read."""
    ended, turns = threading.Event(), 0

    def reading():
        digests(column)
        ended.set()

    thread = threading.Thread(target=reading)
    thread.start()
    while not ended.is_set():
        time.sleep(0.001)
        turns += 1
    thread.join()
    return turns


def test_threads_over_one_column():
    column = pa.array(
        [f"user:{i % 1000}" for i in range(300_000)], mask=[i % 10 == 0 for i in range(300_000)]
    )
    ring = HashRing(["a", "b", "c"])
    want, got = ring.assign(column, nulls="skip"), []
    threads = [
        threading.Thread(target=lambda: got.append(ring.assign(column, nulls="skip").tobytes()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [want.tobytes()] * 4


# Each would take minutes or have no end.
BATCHES = {
    "views": "coterie.digests(heavy(10**6))",
    "nulls": "coterie.digests(heavy(10**6, True), nulls=5)",
    "dictionary": "coterie.digests(pa.DictionaryArray.from_arrays(pa.array(range(10**6)), heavy(10**6)))",
    "table": "coterie.HashRing(['a']).assign(pa.table({'key': heavy(10**6)}))",
    "chunks": "coterie.digests(pa.chunked_array([heavy(10)] * 10**5))",
    "rows of shards": "coterie.JumpHash(1000).assign_replicas(pa.array(range(10**6)), 1000)",
    "rows of a dictionary": "coterie.JumpHash(1000).assign_replicas(coded(10**6), 1000)",
    "rows of a ring": "coterie.HashRing(range(1000)).assign_replicas(pa.array(range(10**6)), 900)",
}
PROGRAM = """
import numpy as np
import pyarrow as pa
import coterie

def heavy(rows, nulls=False):
    view = (10**6).to_bytes(4, "little") + b"xxxx" + bytes(8)
    valid = pa.py_buffer(b"\\xfe" * (rows // 8 + 1)) if nulls else None
    buffers = [valid, pa.py_buffer(view * rows), pa.py_buffer(b"x" * 10**6)]
    return pa.Array.from_buffers(pa.binary_view(), rows, buffers)

def coded(rows):
    return pa.array(range(rows)).dictionary_encode()

print("ready", flush=True)
try:
    {batch}
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_interrupt(batch):
    assert_stops(PROGRAM.replace("{batch}", batch))


def test_interrupt_of_a_query():
    """An endless stream."""
    pytest.importorskip("duckdb")
    query = "select md5(i::varchar) from range(1000000000000) r(i)"
    test_interrupt(f'import duckdb; coterie.digests(duckdb.sql("{query}"))')
