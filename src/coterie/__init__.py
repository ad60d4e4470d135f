"""Data structures for distributed systems: where a key lives, and the same answer everywhere."""

from importlib.metadata import version

from coterie._core import cpu_level, digest, digests
from coterie._errors import DecodeError
from coterie.placement import HashRing, JumpHash

__version__ = version("coterie")
__all__ = ["DecodeError", "HashRing", "JumpHash", "__version__", "cpu_level", "digest", "digests"]
