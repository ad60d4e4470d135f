"""Constructors refuse bad arguments, and say which, what it was and what is allowed."""

import numpy as np
import pytest

from tests.placement.errors import NO_INTEGERS, called
from tests.placement.schemes import schemes, state


@schemes()
@pytest.mark.parametrize("seed", [-1, 2**64, -(2**70), 10**30])
def test_seed_out_of_range(scheme, seed):
    with pytest.raises(ValueError, match=rf"seed.*{seed}.*0 \.\. 2\*\*64-1"):
        scheme.make(5, seed)


@schemes()
@pytest.mark.parametrize("seed", NO_INTEGERS, ids=called)
def test_seed_that_is_no_integer(scheme, seed):
    with pytest.raises(TypeError, match=f"seed.*{type(seed).__name__}"):
        scheme.make(5, seed)


@schemes()
def test_seeds_of_every_kind_of_integer(scheme):
    class Index:
        def __index__(self):
            return 7

    assert (
        scheme.make(5, Index())
        == scheme.make(5, np.int8(7))
        == scheme.make(5, np.uint64(7))
        == scheme.make(5, 7)
    )
    assert scheme.make(5, True).seed == 1
    assert type(scheme.make(5, True).seed) is int


@schemes()
def test_failing_init_leaves_what_was_there(scheme):
    placement = scheme.make(5, seed=9)
    bad = [(0, {"seed": 3}), (2**31, {"seed": 3})] if scheme.numbered else []
    bad += [(scheme.members(3), {**options, "seed": 3}) for options in scheme.bad]
    bad += [
        (scheme.members(3), {"seed": -1}),
        (scheme.members(3), {"seed": "x"}),
        (None, {"seed": 3}),
        (1.5, {}),
    ]
    if not scheme.numbered:
        bad += [(["a", "a"], {"seed": 3}), (["a", None], {"seed": 3}), ("abc", {}), ({"a": 0}, {"seed": 3})]
    for first, options in bad:
        before = state(placement)
        with pytest.raises((TypeError, ValueError)):
            placement.__init__(first, **options)
        assert state(placement) == before


@schemes()
def test_init_again(scheme):
    placement = scheme.make(5, seed=9)
    kept = placement.copy()
    fresh = scheme.cls(scheme.members(7), seed=3)
    placement.__init__(scheme.members(7), seed=3)
    assert placement == fresh
    assert state(placement) == state(fresh)
    assert state(kept) == state(scheme.make(5, seed=9))


@schemes()
def test_constructor_arguments(scheme):
    members, name = scheme.members(3), "n" if scheme.numbered else "nodes"
    assert scheme.cls(**{name: members}) == scheme.cls(members)
    for option, value in scheme.options.items():
        assert getattr(scheme.cls(members, **{option: value}), option) == value
    with pytest.raises(TypeError):
        scheme.cls(members, 101)
    for option in {"vnodes", "table_size", "weights", "other"} - scheme.options.keys():
        with pytest.raises(TypeError):
            scheme.cls(members, **{option: 101})
    if scheme.numbered:
        with pytest.raises(TypeError):
            scheme.cls()
    else:
        assert scheme.cls() == scheme.cls([]) == scheme.cls({})
