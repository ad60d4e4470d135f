"""Any sequence of changes, right and wrong, leaves the slices of the plain model, also in copies."""

import copy
import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from tests.filters.slices import rotating, scalable, slices
from tests.filters.test_bloom_state import BAD_KEY_ERRORS, BAD_KEYS, KEYS, a_container, a_key, some_keys

COPIES = {
    "copy": lambda bloom: bloom.copy(),
    "deepcopy": copy.deepcopy,
    "pickle": lambda bloom: pickle.loads(pickle.dumps(bloom)),
    "bytes": lambda bloom: type(bloom).from_bytes(bloom.to_bytes()),
}


class Filters(RuleBasedStateMachine):
    """Filters, each beside its plain model."""

    pairs = Bundle("pairs")

    def __init__(self):
        super().__init__()
        self.all = []

    def keep(self, bloom, plain):
        self.all.append([bloom, plain])
        return self.all[-1]

    @initialize(
        target=pairs,
        grows=st.booleans(),
        capacity=st.integers(1, 12),
        fpr=st.sampled_from([0.9, 0.3, 1e-4]),
        parts=st.integers(1, 3),
    )
    def start(self, grows, capacity, fpr, parts):
        return self.keep(
            *(
                scalable(capacity, fpr, growth=1 + parts)
                if grows
                else rotating(capacity, fpr, generations=parts)
            )
        )

    @rule(pair=pairs, key=a_key)
    def add(self, pair, key):
        bloom, plain = pair
        assert bloom.add(key) is None
        plain.add(key)

    @rule(pair=pairs, key=a_key)
    def add_new(self, pair, key):
        bloom, plain = pair
        assert bloom.add_new(key) is plain.add_new(key)

    @rule(pair=pairs, keys=some_keys, container=a_container)
    def update(self, pair, keys, container):
        bloom, plain = pair
        bloom.update(container(keys))
        for key in container(keys):
            plain.add(key)

    @rule(pair=pairs, keys=some_keys)
    def add_new_many(self, pair, keys):
        bloom, plain = pair
        assert bloom.add_new_many(keys).tolist() == [plain.add_new(key) for key in keys]

    @rule(pair=pairs, bad=BAD_KEYS, key=a_key)
    def bad_key(self, pair, bad, key):
        bloom, _ = pair
        for call in (bloom.add, bloom.add_new, bloom.contains):
            with pytest.raises(BAD_KEY_ERRORS):
                call(bad)
        for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
            with pytest.raises(BAD_KEY_ERRORS):
                call([key, bad])

    @rule(target=pairs, pair=pairs, how=st.sampled_from(sorted(COPIES)))
    def copy(self, pair, how):
        return self.keep(COPIES[how](pair[0]), copy.deepcopy(pair[1]))

    @rule(pair=pairs)
    def clear(self, pair):
        pair[0].clear()
        fresh = copy.deepcopy(pair[1])
        if hasattr(fresh, "kept"):
            fresh.kept = []
            fresh.begin()
        else:
            fresh.slices, fresh.keys = [], []
            fresh.grow()
        pair[1] = fresh

    @rule(pair=pairs)
    def rotate(self, pair):
        if hasattr(pair[0], "rotate"):
            pair[0].rotate()
            pair[1].rotate()

    @invariant()
    def as_the_model(self):
        for bloom, plain in self.all:
            blooms = [kept.bloom for kept in plain.kept] if hasattr(plain, "kept") else plain.slices
            keys = [kept.keys for kept in plain.kept] if hasattr(plain, "kept") else plain.keys
            rows = slices(bloom.to_bytes())
            assert [bits for _, bits in rows] == [one.to_bits() for one in blooms]
            assert [row[5] for row, _ in rows] == keys
            assert bool(bloom) == any(keys)
        for bloom, plain in self.all[-2:]:
            want = [key in plain for key in KEYS]
            assert [key in bloom for key in KEYS] == want
            assert bloom.contains_many(KEYS).tolist() == want


TestFilters = Filters.TestCase
TestFilters.settings = settings(stateful_step_count=25)
