"""Any sequence of additions and removals, right and wrong, leaves the counters of the plain model."""

import copy
import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from coterie import CountingBloomFilter
from tests.filters.countings import SEEDS, both, same

# Fewer than the capacity, so that nothing is ever too full; many for a filter that promises so little.
KEYS = [f"user:{i}" for i in range(10)] + [b"\xff%d" % i for i in range(5)] + list(range(-5, 5))
CAPACITY = 40
RATES = [0.6, 0.009, 1e-5]
BAD_KEYS = st.sampled_from([None, 1.5, 2**64, "\ud800", ["a"]])
BAD_KEY_ERRORS = (TypeError, OverflowError, UnicodeEncodeError)
COPIES = {
    "copy": lambda counting: counting.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda counting: pickle.loads(pickle.dumps(counting)),
    "pickle 2": lambda counting: pickle.loads(pickle.dumps(counting, 2)),
    "bytes": lambda counting: CountingBloomFilter.from_bytes(counting.to_bytes()),
}
a_key = st.sampled_from(KEYS)
some_keys = st.lists(a_key, max_size=12)
many_times = st.integers(1, 17)  # more often than a counter counts
a_container = st.sampled_from([list, tuple, iter])


class Countings(RuleBasedStateMachine):
    """Filters of one shape, each beside its plain model."""

    pairs = Bundle("pairs")

    def __init__(self):
        super().__init__()
        self.all = []

    def keep(self, counting, plain):
        self.all.append([counting, plain])
        return self.all[-1]

    @initialize(target=pairs, fpr=st.sampled_from(RATES), seed=st.sampled_from(SEEDS))
    def start(self, fpr, seed):
        return self.keep(*both(CAPACITY, fpr, seed))

    @rule(pair=pairs, key=a_key, times=many_times)
    def add(self, pair, key, times):
        for _ in range(times):
            assert pair[0].add(key) is None
            pair[1].add(key)

    @rule(pair=pairs, key=a_key)
    def add_new(self, pair, key):
        assert pair[0].add_new(key) is pair[1].add_new(key)

    @rule(pair=pairs, keys=some_keys, times=many_times, container=a_container)
    def update(self, pair, keys, times, container):
        pair[0].update(container(keys * times))
        for key in keys * times:
            pair[1].add(key)

    @rule(pair=pairs, keys=some_keys)
    def add_new_many(self, pair, keys):
        assert pair[0].add_new_many(keys).tolist() == [pair[1].add_new(key) for key in keys]

    @rule(pair=pairs, key=a_key)
    def remove(self, pair, key):
        counting, plain = pair
        if key in plain:
            assert counting.remove(key) is None
            plain.remove(key)
        else:
            with pytest.raises(KeyError) as info:
                counting.remove(key)
            assert info.value.args == (key,)

    @rule(pair=pairs, key=a_key)
    def discard(self, pair, key):
        assert pair[0].discard(key) is None
        pair[1].discard(key)

    @rule(pair=pairs, keys=some_keys, times=many_times, container=a_container)
    def remove_many(self, pair, keys, times, container):
        counting, plain = pair
        try:
            plain.remove_many(keys * times)
        except KeyError as error:
            with pytest.raises(KeyError, match=f"key number {error.args[0]} of the batch"):
                counting.remove_many(container(keys * times))
        else:
            assert counting.remove_many(container(keys * times)) is None

    @rule(pair=pairs, keys=some_keys, times=many_times, container=a_container)
    def discard_many(self, pair, keys, times, container):
        want = [pair[1].discard(key) for key in keys * times]
        assert pair[0].discard_many(container(keys * times)).tolist() == want

    @rule(pair=pairs, bad=BAD_KEYS, key=a_key)
    def bad_key(self, pair, bad, key):
        counting, _ = pair
        one = counting.add, counting.add_new, counting.contains, counting.count
        for call in (*one, counting.remove, counting.discard):
            with pytest.raises(BAD_KEY_ERRORS):
                call(bad)
        for call in (counting.update, counting.add_new_many, counting.remove_many, counting.discard_many):
            with pytest.raises(BAD_KEY_ERRORS):
                call([key, bad])

    @rule(target=pairs, a=pairs, b=pairs)
    def sum(self, a, b):
        return self.keep(a[0] + b[0], a[1].sum(b[1]))

    @rule(a=pairs, b=pairs)
    def sum_in_place(self, a, b):
        before = a[0]
        a[1] = a[1].sum(b[1])
        a[0] += b[0]
        assert a[0] is before

    @rule(target=pairs, pair=pairs, how=st.sampled_from(sorted(COPIES)))
    def copy(self, pair, how):
        return self.keep(COPIES[how](pair[0]), pair[1].copy())

    @rule(pair=pairs)
    def clear(self, pair):
        pair[0].clear()
        pair[1].counters.clear()
        pair[1].keys = 0

    @invariant()
    def as_the_model(self):
        for counting, plain in self.all[-3:]:
            same(counting, plain)
            want = [plain.count(key) for key in KEYS]
            assert [counting.count(key) for key in KEYS] == want
            assert counting.contains_many(KEYS).tolist() == [count > 0 for count in want]
        if self.all:
            (a, plain), (b, other) = self.all[0], self.all[-1]
            assert (a == b) == (plain.counters == other.counters)


TestCountings = Countings.TestCase
TestCountings.settings = settings(stateful_step_count=25)
