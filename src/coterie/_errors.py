"""Errors of their own kind."""


class DecodeError(ValueError):
    """Bytes that are not what they should be: cut short, altered, of another kind or of a newer version."""


DecodeError.__module__ = "coterie"
