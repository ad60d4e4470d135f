"""Any sequence of changes, right and wrong, leaves the bits of the plain model."""

import copy
import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from coterie import BloomFilter
from tests.filters.blooms import LAYOUTS, SEEDS, bits, both

# Fewer than the capacity, so that nothing is ever too full; many for so small a filter.
KEYS = [f"user:{i}" for i in range(15)] + [b"\xff%d" % i for i in range(10)] + list(range(-8, 7))
CAPACITY, FPR = 50, 0.6
BAD_KEYS = st.sampled_from([None, 1.5, 2**64, "\ud800", ["a"]])
BAD_KEY_ERRORS = (TypeError, OverflowError, UnicodeEncodeError)
COPIES = {
    "copy": lambda bloom: bloom.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda bloom: pickle.loads(pickle.dumps(bloom)),
    "pickle 2": lambda bloom: pickle.loads(pickle.dumps(bloom, 2)),
    "bytes": lambda bloom: BloomFilter.from_bytes(bloom.to_bytes()),
}
a_key = st.sampled_from(KEYS)
some_keys = st.lists(a_key, max_size=12)
a_container = st.sampled_from([list, tuple, iter, set])


class Blooms(RuleBasedStateMachine):
    """Filters of one shape, each beside its plain model."""

    pairs = Bundle("pairs")

    def __init__(self):
        super().__init__()
        self.all = []

    def keep(self, bloom, plain):
        self.all.append([bloom, plain])
        return self.all[-1]

    @initialize(target=pairs, layout=st.sampled_from(LAYOUTS), seed=st.sampled_from(SEEDS))
    def start(self, layout, seed):
        return self.keep(*both(CAPACITY, FPR, seed, layout))

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
        for key in keys:
            plain.add(key)

    @rule(pair=pairs, keys=some_keys)
    def add_new_many(self, pair, keys):
        bloom, plain = pair
        assert bloom.add_new_many(keys).tolist() == [plain.add_new(key) for key in keys]

    @rule(pair=pairs, bad=BAD_KEYS, key=a_key)
    def bad_key(self, pair, bad, key):
        bloom, _ = pair
        for call in (bloom.add, bloom.add_new, bloom.contains, bloom.__contains__):
            with pytest.raises(BAD_KEY_ERRORS):
                call(bad)
        for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
            with pytest.raises(BAD_KEY_ERRORS):
                call([key, bad])

    @rule(target=pairs, a=pairs, b=pairs, union=st.booleans())
    def combine(self, a, b, union):
        if union:
            return self.keep(a[0] | b[0], a[1].union(b[1]))
        return self.keep(a[0] & b[0], a[1].intersection(b[1]))

    @rule(a=pairs, b=pairs, union=st.booleans())
    def combine_in_place(self, a, b, union):
        same = a[0]
        if union:
            a[0] |= b[0]
            a[1] = a[1].union(b[1])
        else:
            a[0] &= b[0]
            a[1] = a[1].intersection(b[1])
        assert a[0] is same

    @rule(target=pairs, pair=pairs, how=st.sampled_from(sorted(COPIES)))
    def copy(self, pair, how):
        return self.keep(COPIES[how](pair[0]), pair[1].of(set(pair[1].bits)))

    @rule(pair=pairs)
    def clear(self, pair):
        pair[0].clear()
        pair[1] = pair[1].of(set())

    @invariant()
    def as_the_model(self):
        for bloom, plain in self.all:
            assert bits(bloom) == plain.to_bits()
            assert bool(bloom) == bool(plain.bits)
            assert bloom.fill_ratio == plain.fill_ratio()
        for bloom, plain in self.all[-2:]:
            want = [key in plain for key in KEYS]
            assert [key in bloom for key in KEYS] == want
            assert bloom.contains_many(KEYS).tolist() == want
        for a, plain in self.all[-2:]:
            for b, other in self.all[:2]:
                assert (a == b) == (plain.bits == other.bits)
                assert (a <= b) == (plain.bits <= other.bits)


TestBlooms = Blooms.TestCase
TestBlooms.settings = settings(stateful_step_count=25)
