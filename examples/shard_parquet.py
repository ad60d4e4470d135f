"""Shard a table of events into Parquet files, one folder for each node of a hash ring.

    python examples/shard_parquet.py [--rows 3000000] [--out DIR]

It makes the table itself and needs polars. Without --out it works in a temporary folder, which it removes.
An editor that knows `# %%` cells shows it as a notebook.
"""

# %%
import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl

from coterie import HashRing

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--rows", type=int, default=3_000_000, help="rows of the table (default: %(default)s)")
parser.add_argument("--out", metavar="DIR", type=Path, help="write to this new folder and keep it")
options = parser.parse_args([] if "ipykernel" in sys.modules else None)
if options.rows < 1:
    parser.error("--rows: a positive number")
if options.out and options.out.exists():
    parser.error(f"{options.out} exists; name a new folder")

# %% [markdown]
# A table of events: who did it, when, and how many bytes it took. A user has eight events on average.

# %%
rows = options.rows
users = max(1, rows // 8)
rng = np.random.default_rng(7)
seconds = np.sort(rng.integers(86_400, size=rows))
events = pl.DataFrame(
    {
        "user": rng.integers(users, size=rows),
        "timestamp": np.datetime64("2026-01-01", "ms") + seconds * np.timedelta64(1, "s"),
        "bytes": rng.lognormal(8, 1.5, size=rows).astype(np.int64),
    }
).select(
    pl.format("user:{}", pl.col("user").cast(pl.String).str.zfill(8)).alias("user_id"), "timestamp", "bytes"
)
print(f"{rows:,} events of up to {users:,} users, {events.estimated_size('mb'):,.0f} MB\n")

# %% [markdown]
# Four nodes, one with twice the disk of the others. `assign` takes the column as it is, and answers with a
# position in `ring.nodes` for each row.

# %%
ring = HashRing({"store-a": 1, "store-b": 1, "store-c": 1, "store-d": 2})
user_id = events["user_id"]
positions = ring.assign(user_id)

# %% [markdown]
# What that costs, beside ways through Python's objects: the conversion of the column alone, and a loop.


# %%
def time(call, repeats=3):
    """The least time of some calls, in seconds."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return min(times)


placing = time(lambda: ring.assign(user_id))
print(f"{'':34}{'ms':>8}{'ns/row':>9}")
for name, taken in {
    "ring.assign(user_id)": placing,
    "user_id.to_list() alone": time(user_id.to_list),
    "[ring[key] for key in to_list()]": time(lambda: [ring[key] for key in user_id.to_list()]),
}.items():
    print(f"{name:34}{taken * 1e3:8.1f}{taken / rows * 1e9:9.1f}{taken / placing:8.1f}x")

# %% [markdown]
# A folder for each node, named as Hive and most engines expect it.

# %%
temporary = None if options.out else tempfile.TemporaryDirectory(prefix="shard_parquet-")
folder = options.out or Path(temporary.name)
start = perf_counter()
nodes = pl.Series("node", ring.nodes, dtype=pl.Enum(ring.nodes)).gather(positions)
for (node,), part in events.with_columns(nodes).partition_by("node", as_dict=True, include_key=False).items():
    file = folder / f"node={node}" / "events.parquet"
    file.parent.mkdir(parents=True)
    part.write_parquet(file)
print(f"\nwritten to {folder} in {perf_counter() - start:.1f} s")

# %% [markdown]
# How even it is. With more points on the ring (`vnodes`) the shares would be nearer to the weights.

# %%
print(f"\n{'node':10}{'rows':>11}{'share':>8}{'wanted':>8}{'MB':>7}")
total = sum(ring.weights.values())
written = 0
for node, weight in ring.weights.items():
    file = folder / f"node={node}" / "events.parquet"
    count = pl.scan_parquet(file).select(pl.len()).collect().item() if file.exists() else 0
    size = file.stat().st_size / 1e6 if file.exists() else 0
    print(f"{node:10}{count:11,}{count / rows:8.1%}{weight / total:8.1%}{size:7.1f}")
    written += count
assert written == rows

# %% [markdown]
# Read one node's part back. Whoever knows the nodes and their weights finds the same owners, on any machine:
# all rows of the part belong to that node, and no row of its users is anywhere else.

# %%
node = ring[user_id[0]]
part = pl.read_parquet(folder / f"node={node}" / "events.parquet")
same = HashRing(dict(ring.weights))
assert (same.assign(part["user_id"]) == same.nodes.index(node)).all()
assert all(same[key] == node for key in part["user_id"].head(1000).to_list())
assert part.height == events.join(part, on="user_id", how="semi").height
print(f"\nread back {node}: all its {part.height:,} rows belong to it")

# %%
if temporary:
    temporary.cleanup()
