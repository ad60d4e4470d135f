"""Made-up runs in the shape of pytest-benchmark's JSON."""

MACHINE = {
    "cpu": "A CPU",
    "cpu_level": "avx2",
    "compiler": "gcc 12",
    "python": "CPython 3.11.7",
    "numpy": "2.4.0",
    "coterie": "0.1.0",
    "peers": {"uhashring": "2.5"},
    "pytest-benchmark": "5.3.1",
}
LABELS = {"coterie": "coterie", "floor": "floor: d[k] of a dict", "plain": "plain Python", "peer": "a < peer"}


def row(ns, role="coterie", size="100 nodes", case="one_key", spread=0.01, unit="key", per=1000, **info):
    """A row whose least time is `ns`, with the quartiles just above it."""
    stats = {
        "min": ns,
        "q1": ns * 1.01,
        "median": ns * 1.01 / (1 - spread / 2),
        "q3": ns * 1.01 * (1 + spread / 2) / (1 - spread / 2),
    }
    stats = {name: value * 1e-9 * per for name, value in stats.items()} | {"rounds": 50}
    extra = {"question": "ring[k], one str key", "size": size, "unit": unit, "role": role, "per": per}
    extra |= {
        "label": LABELS[role],
        "about": "ring[k] in a loop.",
        "topic": "Which node?",
        "facts": {},
    } | info
    fullname = f"cases/placement/bench_ring.py::test_{case}[{size.partition(' ')[0]}-{role}.Ring]"
    return {"fullname": fullname, "extra_info": extra, "stats": stats}


def run(*rows, **machine):
    return {
        "machine_info": {"system": "Linux", "coterie": MACHINE | machine},
        "commit_info": {"id": "0123456789abcdef", "dirty": True},
        "datetime": "2026-01-31T12:00:59.123456+00:00",
        "benchmarks": list(rows),
    }
