"""The loops around one-key calls: cases and floors time loops of the same shape over the same keys."""

from types import FunctionType


def subscript(container, keys):
    for k in keys:
        container[k]


def contains(container, keys):
    for k in keys:
        k in container  # noqa: B015


def call(function, keys):
    for k in keys:
        function(k)


def call_with(function, keys, argument):
    for k in keys:
        function(k, argument)


def repeat(function, times):
    for _ in range(times):
        function()


def empty(keys):
    for _ in keys:
        pass


def fresh(function):
    """The function with bytecode of its own: CPython adapts bytecode to the types that it has seen there."""
    return FunctionType(function.__code__.replace(), function.__globals__)
