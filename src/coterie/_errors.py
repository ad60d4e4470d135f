"""Errors of their own kind."""


class DecodeError(ValueError):
    """Bytes that are not what they should be: cut short, altered, of another kind or of a newer version."""


class CapacityError(ValueError):
    """More keys than a strict filter was made for."""


class CapacityWarning(UserWarning):
    """A filter holds more keys than it was made for, and says yes wrongly more often than it promised."""


for kind in (DecodeError, CapacityError, CapacityWarning):
    kind.__module__ = "coterie"
