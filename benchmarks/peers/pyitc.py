"""pyitc: a C library of interval tree clocks through cffi; stamps that change."""

import pyitc

from benchmarks.peers import adapter


class IntervalTreeClock(adapter.IntervalTreeClock):
    label = "pyitc"
    exact = True
    make = pyitc.Stamp

    @staticmethod
    def fork(stamp):
        left = stamp.clone()
        return left, left.fork()

    @staticmethod
    def event(stamp):
        return stamp.event()

    @staticmethod
    def join(stamp, other):
        return stamp.clone().join(other.peek())

    @staticmethod
    def less(stamp, other):
        return stamp.compare_to(other) == pyitc.StampComparisonResult.LESS_THAN

    @staticmethod
    def text(stamp):
        return str(stamp)

    @classmethod
    def asking(cls, what, stamp, other):
        """An event in place, as this library is used."""
        return stamp.clone().event if what == "event" else super().asking(what, stamp, other)
