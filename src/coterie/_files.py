"""Files that are replaced as a whole or not at all."""

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of the one at `path` when the body has ended well: synced, then renamed.

    Readers see the old file or the new one; a mapped file never shrinks under them. Links are followed, and
    the mode of the old file is kept. Pipes and devices are written directly.
    """
    path = os.fsdecode(path)
    mode = _mode(path)
    if path.endswith(os.sep) or (mode is not None and not stat.S_ISREG(mode)):
        with open(path, "wb") as file:
            yield file
        return
    path = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(path), f".{os.urandom(8).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))  # before there is anything to read
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_folder(os.path.dirname(path))


def replace(path: Path, data: bytes) -> None:
    """Put `data` into the file at `path`, as a whole or not at all."""
    with replacing(path) as file:
        file.write(data)


def _mode(path: str) -> int | None:
    """The type and permissions of a file; None if there is none."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _sync_folder(folder: str) -> None:
    """Make a rename in the folder last, where the system lets folders be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
