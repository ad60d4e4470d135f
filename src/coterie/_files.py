"""Files that are replaced as a whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from typing import BinaryIO

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of the one at `path` when the body has ended well: synced, then renamed.

    Readers see the old file or the new one; a mapped file never shrinks under them.
    """
    path = os.fsdecode(path)
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, f".{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_folder(folder or ".")


def replace(path: Path, data: bytes) -> None:
    """Put `data` into the file at `path`, as a whole or not at all."""
    with replacing(path) as file:
        file.write(data)


def _sync_folder(folder: str) -> None:
    """Make a rename in the folder last, where the system lets folders be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
