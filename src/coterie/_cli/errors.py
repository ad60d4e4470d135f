"""The one way a command refuses its input, and how an operating system error becomes it."""

from collections.abc import Iterator
from contextlib import contextmanager


class Refused(Exception):
    """Something the user gave cannot be used; the message is the whole explanation, on one line."""


@contextmanager
def refusing_os_errors(name: str) -> Iterator[None]:
    """Turn an OSError of the body into a Refused that names the file. A broken pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused(f"{name or repr('')}: {error.strerror or error}") from error
