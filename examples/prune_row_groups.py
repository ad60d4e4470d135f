"""Find rows in a Parquet file and read only the row groups whose Bloom filters say that they may be there.

    python examples/prune_row_groups.py [--rows 2000000] [--out FILE]

It makes the file itself and needs pyarrow 24 or newer, which writes Bloom filters but does not ask them.
Without --out the file is temporary. An editor that knows `# %%` cells shows it as a notebook.
"""

# %%
import argparse
import sys
import tempfile
from inspect import signature
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coterie.filters import ParquetBloomFilter
from coterie.hashing import xxh64

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the file (default: %(default)s)")
parser.add_argument("--out", metavar="FILE", type=Path, help="write this new file and keep it")
options = parser.parse_args([] if "ipykernel" in sys.modules else None)
if options.rows < 20:
    parser.error("--rows: 20 or more")
if options.out and options.out.exists():
    parser.error(f"{options.out} exists; name a new file")
if "bloom_filter_options" not in signature(pq.write_table).parameters:
    parser.error(f"pyarrow {pa.__version__} writes no Bloom filters: 24 does")
temporary = None if options.out else tempfile.TemporaryDirectory()
path = options.out or Path(temporary.name) / "orders.parquet"

# %% [markdown]
# A table of orders in the order of their time, in twenty row groups. Order numbers are random, so that the
# smallest and the largest of each row group, which Parquet keeps too, rule nothing out.

# %%
rows, groups = options.rows, 20
random = np.random.default_rng(7)
numbers = random.integers(36**8, size=rows)
orders = pa.table(
    {
        "order": pa.array([np.base_repr(number, 36).rjust(8, "0") for number in numbers]),
        "time": pa.array(np.arange(rows) * 10, pa.timestamp("ms")),
        "cents": pa.array(random.integers(100, 100_000, rows)),
    }
)
size = -(-rows // groups)
filters_wanted = {"order": {"ndv": size, "fpp": 0.01}}
pq.write_table(orders, path, row_group_size=size, bloom_filter_options=filters_wanted)
file = pq.ParquetFile(path)
groups = file.metadata.num_row_groups
print(f"{rows:,} orders in {groups} row groups, {path.stat().st_size / 1e6:.1f} MB")

# %% [markdown]
# The filters of one column, one for each row group. The footer says where they lie and what the values are.

# %%
column = file.schema_arrow.get_field_index("order")
chunks = [file.metadata.row_group(group).column(column) for group in range(groups)]
start = perf_counter()
with path.open("rb") as opened:
    filters = [
        ParquetBloomFilter.read(
            opened, chunk.bloom_filter_offset, chunk.bloom_filter_length, type=chunk.physical_type
        )
        for chunk in chunks
    ]
took = perf_counter() - start
print(f"{groups} filters of {filters[0].nbytes / 1000:.0f} kB read in {1000 * took:.1f} ms")
print(f"they say yes wrongly in {max(map(ParquetBloomFilter.estimated_fpr, filters)):.1%} of cases or less")

# %% [markdown]
# Which row groups may hold any of these orders? The values are hashed once and asked of each filter. No
# filter of a row group that holds one says no, so nothing is missed.

# %%
wanted = [*orders["order"].take(random.integers(rows, size=2)).to_pylist(), "no such order"]
hashes = xxh64(wanted)
start = perf_counter()
possible = [group for group, filter in enumerate(filters) if filter.contains_many(hashes, hashed=True).any()]
took = perf_counter() - start
print(f"\nlooking for {', '.join(wanted)}")
print(f"row groups to read: {possible} of {groups}, known in {1e6 * took:.0f} us")

# %%
start = perf_counter()
found = file.read_row_groups(possible)
found = found.filter(pc.is_in(found["order"], pa.array(wanted)))
pruned = perf_counter() - start
start = perf_counter()
everything = file.read()
everything = everything.filter(pc.is_in(everything["order"], pa.array(wanted)))
full = perf_counter() - start
assert found.equals(everything)
print(
    f"read in {1000 * pruned:.1f} ms, the whole file in {1000 * full:.1f} ms: the same {found.num_rows} rows"
)

# %% [markdown]
# How many row groups would be read for one order that is nowhere: about the rate of the filters.

# %%
absent = [f"absent {i}" for i in range(10_000)]
hashes = xxh64(absent)
wrong = np.mean([filter.contains_many(hashes, hashed=True).mean() for filter in filters])
print(f"a row group would be read in vain for {wrong:.2%} of {len(absent):,} orders that are nowhere")

# %%
file.close()
if temporary:
    temporary.cleanup()
