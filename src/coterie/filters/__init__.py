"""Whether a key was seen: sets in a few bits a key, which may say yes wrongly and never no."""

from coterie._errors import CapacityError, CapacityWarning
from coterie.filters._bloom import BloomFilter
from coterie.filters._counting import CountingBloomFilter
from coterie.filters._fuse import FuseFilter
from coterie.filters._guava import GuavaBloomFilter
from coterie.filters._parquet import ParquetBloomFilter
from coterie.filters._rotating import RotatingBloomFilter
from coterie.filters._scalable import ScalableBloomFilter

__all__ = [
    "BloomFilter",
    "CapacityError",
    "CapacityWarning",
    "CountingBloomFilter",
    "FuseFilter",
    "GuavaBloomFilter",
    "ParquetBloomFilter",
    "RotatingBloomFilter",
    "ScalableBloomFilter",
]
