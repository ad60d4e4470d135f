"""pyarrow, which is imported here, and only when a table is to be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from coterie._cli.errors import Refused


def pyarrow() -> Any:
    """The module with the parts that read files. A missing one is refused."""
    try:
        for part in ("pyarrow.csv", "pyarrow.parquet"):
            import_module(part)
        return import_module("pyarrow")
    except ImportError as error:
        raise Refused(_missing(error)) from error


@contextmanager
def refusing_arrow_errors(name: str) -> Iterator[None]:
    """Turn what pyarrow says of a file into a Refused that names the file."""
    try:
        yield
    except MemoryError:
        raise
    except pyarrow().ArrowException as error:
        raise Refused(f"{name}: {error}") from error


def _missing(error: ImportError) -> str:
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "pyarrow":
        return "--column needs pyarrow: pip install 'coterie[arrow]'"
    return f"--column: pyarrow cannot be imported: {error}"
