"""What other code does while a column is read, or calls itself."""

import subprocess
import sys
from unittest import mock

import numpy as np
import pytest

from coterie import HashRing, diff, digests

RESIZED = """
import signal, sys
import numpy as np
import coterie
rows = 3_000_000
out = np.zeros(rows, np.uint64)
signal.signal(signal.SIGALRM, lambda *_: out.resize(0, refcheck=False))
if sys.argv[1] == "arrow":
    import pyarrow
    keys = pyarrow.array(np.arange(rows))
else:
    kinds = {"list": list, "tuple": tuple, "array": np.array, "objects": lambda x: np.array(x, object)}
    keys = kinds[sys.argv[1]](range(rows))
signal.setitimer(signal.ITIMER_REAL, 0.0005)
try:
    while True:
        coterie.digests(keys, out=out)
except (RuntimeError, ValueError) as error:
    print(error)
"""


@pytest.mark.parametrize("kind", ["list", "tuple", "array", "objects", "arrow"])
def test_out_that_shrinks(kind):
    if kind == "arrow":
        pytest.importorskip("pyarrow")
    done = subprocess.run(
        [sys.executable, "-c", RESIZED, kind], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "out " in done.stdout


COMPUTED = """
import faulthandler
import numpy as np
import pyarrow as pa, pyarrow.acero as ac, pyarrow.compute as pc
import coterie

faulthandler.dump_traceback_later(30, exit=True)
signature = {"summary": "", "description": ""}, {"x": pa.int64()}, pa.int64()
pc.register_scalar_function(lambda context, x: pc.add(x, 1), "add_one", *signature)


class Computed:
    def __arrow_c_stream__(self, requested_schema=None):
        table = pa.table({"x": pa.chunked_array([np.arange(1000)] * 400)})
        call = pc.Expression._call("add_one", [pc.field("x")])
        steps = [
            ac.Declaration("table_source", ac.TableSourceNodeOptions(table)),
            ac.Declaration("project", ac.ProjectNodeOptions([call], ["k"])),
        ]
        return ac.Declaration.from_sequence(steps).to_reader().__arrow_c_stream__()


assert len(coterie.digests(Computed())) == 400_000
try:
    coterie.digests(Computed(), out=np.zeros(3, np.uint64))
except ValueError:
    print("refused")
"""


def test_a_stream_of_python_functions_that_is_left_early():
    pytest.importorskip("pyarrow.acero")
    done = subprocess.run(
        [sys.executable, "-c", COMPUTED], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "refused\n", done.stderr


@pytest.mark.parametrize(
    "name", ["num_rows", "num_chunks", "n_chunks", "schema", "columns", "dtype", "mask", "ndim"]
)
def test_columns_by_the_names_of_attributes(name):
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.connect().sql(f"select 'x' as {name} from range(3)")
    assert (digests(relation) == digests(["x"] * 3)).all()


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_of_other_names(library):
    frame = pytest.importorskip(library).DataFrame

    class Frame(frame):
        pass

    with pytest.raises(TypeError, match="Frame: pass one column"):
        digests(Frame({"a": ["x"]}))


def test_structs_of_one_field():
    na = pytest.importorskip("nanoarrow")
    pa = pytest.importorskip("pyarrow")
    structs = pa.array([{"a": "x"}, None])
    for column in (structs, na.Array(structs)):
        with pytest.raises(TypeError, match="struct"):
            digests(column)


def test_a_mock_of_pandas():
    with mock.patch.dict(sys.modules, pandas=mock.MagicMock()):
        assert (digests(key for key in ["a", "b"]) == digests(["a", "b"])).all()


def test_categories_that_do_not_occur():
    pd = pytest.importorskip("pandas")
    dtype = pd.CategoricalDtype(["a", 1.5, 2**70])
    for rows in (1, 2, 5, 500):
        series = pd.Series(["a"] * rows + [None], dtype=dtype)
        assert digests(series, nulls=7).tolist() == [*digests(["a"] * rows).tolist(), 7]
    with pytest.raises(OverflowError) as caught:
        digests(pd.Series(["a", 2**70], dtype=dtype))
    assert any("categories" in note for note in caught.value.__notes__)
    for categories in ([], ["a"]):
        nothing = pd.Series([None, None], dtype=pd.CategoricalDtype(categories))
        assert digests(nothing, nulls=7).tolist() == [7, 7]


def test_parts_of_one_buffer():
    """They overlap only where they do."""
    pa = pytest.importorskip("pyarrow")
    buffer = np.arange(8, dtype=np.uint64)
    want = digests(buffer[4:].copy())
    column = pa.Array.from_buffers(pa.uint64(), 8, [None, pa.py_buffer(buffer)])
    with pytest.raises(ValueError, match="overlaps"):
        digests(column[3:7], out=buffer[:4])
    assert (digests(column[4:], out=buffer[:4]) == want).all()


@pytest.mark.parametrize("nulls", ["drop", None, 1.5, mock.ANY, np.array(["raise"] * 2)], ids=repr)
def test_nulls_are_looked_at_first(nulls):
    change = diff(HashRing(["a"]), HashRing(["a", "b"]))
    keys = iter(["a", "b"])
    with pytest.raises((TypeError, ValueError), match="nulls"):
        change.moved(keys, nulls=nulls)
    assert next(keys) == "a"


def test_nulls_of_numpy():
    change = diff(HashRing(["a"]), HashRing(["a", "b"]))
    assert change.moved([None], nulls=np.True_).tolist() == [True]
    assert digests([None], nulls=np.uint64(2**64 - 1)).tolist() == [2**64 - 1]


def test_interrupted_streams():
    """The interface has only numbers and texts for errors."""
    pa = pytest.importorskip("pyarrow")

    def batches():
        yield pa.record_batch({"a": ["x"]})
        raise RuntimeError("no more")

    with pytest.raises(OSError, match="no more"):
        digests(pa.RecordBatchReader.from_batches(pa.schema([("a", pa.string())]), batches()))
