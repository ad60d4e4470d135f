"""Errors of their own kind."""


class DecodeError(ValueError):
    """Bytes that are not what they should be: cut short, altered, of another kind or of a newer version."""


class CapacityError(ValueError):
    """More keys than a strict filter was made for."""


class CapacityWarning(UserWarning):
    """A filter holds more keys than it was made for, and says yes wrongly more often than it promised."""


class ClockDriftError(ValueError):
    """A stamp lies further in the future than a hybrid clock allows."""

    def __init__(self, remote_ms: int, local_ms: int, max_drift: int) -> None:
        super().__init__(remote_ms, local_ms, max_drift)
        self.remote_ms = remote_ms
        """The milliseconds of the stamp."""
        self.local_ms = local_ms
        """What the clock here says."""
        self.max_drift = max_drift
        """How many milliseconds a stamp may be ahead."""

    def __str__(self) -> str:
        ahead = self.remote_ms - self.local_ms
        return (
            f"the stamp lies {ahead} ms ahead ({self.remote_ms} ms, here it is {self.local_ms} ms), and at "
            f"most {self.max_drift} are allowed: set the clocks right, or pass a larger max_drift"
        )


class BufferFullError(RuntimeError):
    """A causal buffer holds as many messages as it may, and one more cannot be delivered yet."""


class ReplicaError(ValueError):
    """Two living objects write under one replica id, or a child process would under that of its parent."""


class InsufficientRights(ValueError):
    """A replica of a bounded counter would take away more than it has rights to."""


KINDS = (DecodeError, CapacityError, CapacityWarning, ClockDriftError, BufferFullError, ReplicaError)
for kind in (*KINDS, InsufficientRights):
    kind.__module__ = "coterie"
