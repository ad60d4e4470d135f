"""Data structures for distributed systems: where a key lives, and the same answer everywhere."""

from coterie import clocks, filters, hashing, placement
from coterie._core import cpu_level, digest, digests
from coterie._errors import BufferFullError, CapacityError, CapacityWarning, ClockDriftError, DecodeError
from coterie.clocks import (
    HLC,
    BloomClock,
    CausalBuffer,
    CausalContext,
    ClockMatrix,
    Dot,
    DottedVersionVectorSet,
    HybridLogicalClock,
    IntervalTreeClock,
    LamportClock,
    MatrixClock,
    Message,
    Relation,
    Roster,
    VectorClock,
    VersionVector,
)
from coterie.filters import (
    BloomFilter,
    CountingBloomFilter,
    FuseFilter,
    RotatingBloomFilter,
    ScalableBloomFilter,
)
from coterie.placement import HashRing, JumpHash, Maglev, Rendezvous, diff

__version__ = "0.1.0"
__all__ = [
    "HLC",
    "BloomClock",
    "BloomFilter",
    "BufferFullError",
    "CapacityError",
    "CapacityWarning",
    "CausalBuffer",
    "CausalContext",
    "ClockDriftError",
    "ClockMatrix",
    "CountingBloomFilter",
    "DecodeError",
    "Dot",
    "DottedVersionVectorSet",
    "FuseFilter",
    "HashRing",
    "HybridLogicalClock",
    "IntervalTreeClock",
    "JumpHash",
    "LamportClock",
    "Maglev",
    "MatrixClock",
    "Message",
    "Relation",
    "Rendezvous",
    "Roster",
    "RotatingBloomFilter",
    "ScalableBloomFilter",
    "VectorClock",
    "VersionVector",
    "__version__",
    "clocks",
    "cpu_level",
    "diff",
    "digest",
    "digests",
    "filters",
    "hashing",
    "placement",
]
