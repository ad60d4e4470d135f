"""The hash functions themselves: what other systems compute, bit for bit."""

from coterie.hashing._jump import jump
from coterie.hashing._maglev import maglev
from coterie.hashing._siphash import siphash13
from coterie.hashing._xxh import xxh3_64, xxh3_128, xxh64

__all__ = ["jump", "maglev", "siphash13", "xxh3_64", "xxh3_128", "xxh64"]
