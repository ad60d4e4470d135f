"""pyfusefilter: the reference library's tables in C, asked through cffi, one key a call."""

import pyfusefilter
import xxhash
from pyfusefilter import pyfusefilter as inside

from benchmarks.peers import static


def repaired(item):
    """Its hash as it was written, for the text of a key: xxhash has not taken str since version 4."""
    return xxhash.xxh64_intdigest(str(item).encode())


inside.hash = repaired


class Fuse(static.Static):
    label, limit = "pyfusefilter, repaired", 200_000

    @staticmethod
    def make(keys, bits):
        return {8: pyfusefilter.Fuse8, 16: pyfusefilter.Fuse16}[bits](keys)
