"""A value of which the last write stays: all writes that are known, and the greatest of them."""

from time import time_ns

from benchmarks.baselines.crdts.elements import name


def write(register, replica, value):
    """A list of a time, a replica and a value, as programs hold it: the value is written now."""
    register[:] = max(time_ns(), register[0] + 1), replica, value


def merge(register, other):
    """The later write."""
    if (other[0], other[1]) > (register[0], register[1]):
        register[:] = other


class PlainRegister:
    """Writes are (stamp, replica, value)."""

    def __init__(self):
        self.writes = []

    def set(self, stamp, replica, value):
        """A write."""
        self.writes.append((stamp, replica, value))

    @property
    def last(self):
        """The write that stays."""
        return max(self.writes, key=lambda write: (*write[:2], name(write[2])), default=(0, None, None))
