"""The floors of the hardware: the C files here at the CPU level that Coterie uses."""

import ctypes
import mmap
from functools import cache, partial
from time import perf_counter

import numpy as np

import coterie
from benchmarks import keys
from benchmarks.floors import caches, compiler
from benchmarks.floors.floor import Floor

TABLES = {"128kib": 128 * 2**10, "512kib": 512 * 2**10, "4mib": 4 * 2**20}
HUGE_PAGE = 2 * 2**20
FEW = 2**13  # keys of the jump floor, whose work per key is long
STEPS = 8  # as in floors.c
SCANNED = 2**16  # keys of the scans
LINE = 64
AHEAD = range(3)  # as in touch.c: nothing is prefetched, or into the first cache, or into the second
TRIES = 5  # of each of those
PLACES = {  # of the touches: which set, on which pages
    "l2": ("L2", "HUGEPAGE"),
    "l3": ("L3", "NOHUGEPAGE"),
    "l3_huge": ("L3", "HUGEPAGE"),
    "dram": ("DRAM", "NOHUGEPAGE"),
    "dram_huge": ("DRAM", "HUGEPAGE"),
}
HOW = ("read", "write")


def floors():
    """Name -> function that makes the floor; empty without a compiler."""
    if compiler.library() is None:
        return {}
    return (
        {"hash_u64_ns_per_key": hash_u64, "jump_step_ns": jump_step}
        | {f"lookup_{name}_ns_per_key": partial(lookup, name) for name in TABLES}
        | {"lookup_128kib_65537_ns": partial(lookup, "128kib", 65537)}
        | {f"jump_{n}_ns_per_key": partial(jump, n) for n in (10, 100, 1000)}
        | {f"scan64_{n}_nodes_ns_per_key": partial(scan, n, 1) for n in (10, 100, 1000)}
        | {f"scan64_{n}_nodes_ns_per_node": partial(scan, n, n) for n in (16, 100, 1000)}
        | {f"touch_{place}_{how}_ns_per_key": partial(touch, place, how) for place in PLACES for how in HOW}
    )


def hash_u64():
    k, out = inputs()
    return Floor("hash 8 bytes", bind("hash", k, out, k.size), k.size)


def lookup(name, times=1):
    """A hash and a load, `times` of them."""
    k, out = inputs()
    table = on_huge_pages(TABLES[name], np.uint32)
    label = "one table load" if times == 1 else "a table load a slot"
    return Floor(label, bind("lookup", k, out, k.size, table, table.size), k.size / times)


def jump_step():
    k, out = inputs()
    return Floor("one jump step", bind("jump", k, out, FEW), FEW * STEPS)


def jump(n):
    """A key takes H_n = 1 + 1/2 + ... + 1/n steps on average."""
    step = jump_step()
    steps = sum(1 / i for i in range(1, n + 1))
    return Floor("jump steps", step.run, step.per / steps)


def scan(nodes, times):
    """A rendezvous scan, per key, or `times` = nodes times for each."""
    k, out = inputs()
    seeds = keys.rng().integers(2**64, size=nodes, dtype=np.uint64)
    return Floor("one scan of scores", bind("scan64", k, out, SCANNED, seeds, nodes), SCANNED * times)


def touch(place, how):
    """A hash and a cache line, read or written; with the prefetch that is best here."""
    k, out = inputs()
    size, pages = PLACES[place]
    lines = memory(pages)[: caches.SETS[size]]
    arguments = [k, out, k.size, lines, lines.size // LINE]
    runs = [bind(f"touch_{how}", *arguments, ahead) for ahead in AHEAD]
    best = min(runs, key=lambda run: min(seconds(run) for _ in range(TRIES)))
    return Floor(f"one cache line {how if how == 'read' else 'written'}", best, k.size)


def seconds(run):
    start = perf_counter()
    run()
    return perf_counter() - start


def bind(name, *arguments):
    """A call of the C function at Coterie's CPU level; it keeps the arrays alive."""
    function = getattr(compiler.library(), f"{name}_{coterie.cpu_level()}")
    function.restype = None
    native = [a.ctypes.data_as(ctypes.c_void_p) if isinstance(a, np.ndarray) else a for a in arguments]
    function.argtypes = [ctypes.c_void_p if isinstance(a, np.ndarray) else ctypes.c_size_t for a in arguments]
    return partial(function, *native)


@cache
def inputs():
    """The keys, and room for 8 bytes of answer each."""
    k = on_huge_pages(8 * keys.ARRAY, np.uint64)
    k[:] = keys.array()
    return k, on_huge_pages(8 * keys.ARRAY, np.uint64)


@cache
def memory(pages):
    """As many bytes as the largest set has, on pages of one kind."""
    return on_pages(pages, max(caches.SETS.values()), np.uint8)


def on_huge_pages(size, dtype):
    """An array of `size` bytes, on 2 MiB pages where the system has them: no page walks in the floor."""
    return on_pages("HUGEPAGE", size, dtype)


def on_pages(pages, size, dtype):
    # Private, because shared memory has no large pages unless the system was told so.
    room = mmap.mmap(-1, size + HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, f"MADV_{pages}"):
        room.madvise(getattr(mmap, f"MADV_{pages}"))
    memory = np.frombuffer(room, np.uint8)
    start = -memory.ctypes.data % HUGE_PAGE
    memory = memory[start : start + size]
    memory[:] = 1
    return memory.view(dtype)
