"""Who knew what when: stamps, versions and sets of events, and the order that they give."""

from coterie._errors import BufferFullError, ClockDriftError
from coterie.clocks._bloom import BloomClock
from coterie.clocks._buffer import CausalBuffer
from coterie.clocks._clock_matrix import ClockMatrix
from coterie.clocks._context import CausalContext
from coterie.clocks._dot import Dot
from coterie.clocks._hybrid import HybridLogicalClock
from coterie.clocks._itc import IntervalTreeClock
from coterie.clocks._lamport import LamportClock
from coterie.clocks._matrix_clock import MatrixClock
from coterie.clocks._message import Message
from coterie.clocks._relation import Relation
from coterie.clocks._roster import Roster
from coterie.clocks._siblings import DottedVersionVectorSet
from coterie.clocks._vector import VectorClock

HLC = HybridLogicalClock
VersionVector = VectorClock

__all__ = [
    "HLC",
    "BloomClock",
    "BufferFullError",
    "CausalBuffer",
    "CausalContext",
    "ClockDriftError",
    "ClockMatrix",
    "Dot",
    "DottedVersionVectorSet",
    "HybridLogicalClock",
    "IntervalTreeClock",
    "LamportClock",
    "MatrixClock",
    "Message",
    "Relation",
    "Roster",
    "VectorClock",
    "VersionVector",
]
