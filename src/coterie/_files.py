"""Files that are replaced as a whole or not at all."""

import os
import tempfile


def replace(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to the file at `path`: under another name first, synced, then renamed.

    Readers see the old file or the new one; a mapped file never shrinks under them.
    """
    path = os.fspath(path)
    folder = os.path.dirname(path) or "."
    file, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=folder)
    try:
        with open(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~current_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_folder(folder)


def current_umask() -> int:
    """The file mode bits that new files do not get."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def sync_folder(folder: str) -> None:
    """Make a rename in the folder last, where the system lets folders be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
