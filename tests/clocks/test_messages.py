"""What is wrong is refused in the words of the clocks: no message of Python's own comes through."""

import inspect
import itertools
import re

import numpy as np
import pytest

import coterie.clocks
from coterie import (
    HLC,
    BloomClock,
    CausalBuffer,
    CausalContext,
    ClockMatrix,
    Dot,
    DottedVersionVectorSet,
    IntervalTreeClock,
    LamportClock,
    MatrixClock,
    Message,
    Roster,
    VectorClock,
)

CLOCK = VectorClock({"a": 1})
MADE = [
    (LamportClock, 3),
    (HLC,),
    (VectorClock, {"a": 1}),
    (Dot, "a", 1),
    (CausalContext, CLOCK),
    (DottedVersionVectorSet,),
    (IntervalTreeClock,),
    (MatrixClock, ["a", "b"]),
    (CausalBuffer, "a"),
    (Message, "a", CLOCK),
    (BloomClock, 8, 2),
    (ClockMatrix, np.ones((1, 2), np.uint64), ["a", "b"]),
    (Roster, ["a"]),
]
WRONG = [None, 5, -1, True, 2**70, 10**5000, "x", "", "xyz", b"x", b"xyz", object(), 1.5, float("nan"), 1j]
WRONG += [(), [1], ["x"], ["xyz"], [[1]], [None], [("a", 1, 5)], [("a", "b")], {"a": 1.5}, {"a": None}]
GOOD = ["a", None, CLOCK]
PYTHONS = re.compile(
    r"' object (is|cannot|has|does)|need more than|values? to unpack|not supported between"
    r"|unsupported operand|integer is required|must be|positional argument|keyword"
    r"|Exceeds the limit|too large to convert"
)


def refused(call, *args, **options):
    """The message with which it is, if it is."""
    try:
        call(*args, **options)
    except (TypeError, ValueError, OverflowError, LookupError) as error:
        return str(error)
    return ""


def messages(call, sample):
    """With something wrong in each place."""
    parameters = inspect.signature(call).parameters.values()
    named = [parameter.name for parameter in parameters if parameter.kind == parameter.KEYWORD_ONLY]
    places = len(parameters) - len(named)
    for at, wrong in itertools.product(range(places), WRONG):
        for others in itertools.product(GOOD, repeat=places - 1):
            yield refused(call, *others[:at], wrong, *others[at:])
    for name, wrong in itertools.product(named, WRONG):
        yield refused(call, *sample[:places], **{name: wrong})


def methods(kind, *args):
    """Each with good arguments, if it has options. `save` and `open` take any path."""
    samples = {"prune": ({}, 5), "from_clocks": ([CLOCK],), "from_encoded": ([CLOCK.to_bytes()],)}
    samples["happened_before"] = ([0],)
    for name in dir(kind):
        made = kind(*args)
        method = getattr(made, name)
        if name in ("from_bytes", "from_json"):
            samples[name] = (getattr(made, name.replace("from", "to"))(),)
        if not name.startswith("_") and callable(method) and name not in ("save", "open"):
            yield method, samples.get(name, ())


def test_all_classes_are_here():
    public = {getattr(coterie.clocks, name) for name in coterie.clocks.__all__}
    assert {kind for kind in public if not issubclass(kind, int | Exception)} == {kind for kind, *_ in MADE}


@pytest.mark.parametrize("made", MADE, ids=lambda made: made[0].__name__)
def test_messages(made):
    kind, *args = made
    said = 0
    for call, sample in ((kind, args), *methods(kind, *args)):
        for message in messages(call, sample):
            assert not PYTHONS.search(message), call
            said += message != ""
    assert said > 0
