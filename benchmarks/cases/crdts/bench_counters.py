"""What do replicated counters cost, beside the dicts that programs use in their stead?"""

from functools import partial

import pytest

from benchmarks import contenders, loops

TIMES = 1000  # calls of a loop

contestants = pytest.mark.parametrize("who", ["coterie.Counter", "plain.Counter", "crdt_merge.Counter"])


@contestants
def test_increment(row, who):
    """counter.increment(), one more."""
    row.ask("PNCounter.increment", unit="call")
    counter = contenders.find(who)("replica-00000")
    counter.increment()
    row.check(counter, [counter.value()], [1])
    return row.time(counter, partial(loops.repeat, counter.increment, TIMES), per=TIMES)


@contestants
@pytest.mark.parametrize("n", [30, 1000])
def test_merge_many(row, n, who):
    """The sum of n states, the i-th of which has counts of i replicas."""
    row.ask("PNCounter.merge_many", f"{n} states", unit="state")
    kind = contenders.find(who)
    counters = [kind(f"replica-{i:05d}") for i in range(n)]
    for counter in counters:
        counter.increment()
    states = [grown(who, counters[: i + 1]) for i in range(n)]
    row.check(kind, [kind.merged(states)], [n])
    return row.time(kind, partial(kind.merged, states), per=n)


def grown(who, counters):
    """A state that has counts of all these."""
    if who == "plain.Counter":
        return {id: count for counter in counters for id, count in counter.state.items()}
    state = counters[0].state
    if who == "coterie.Counter":
        state = state.copy()
        state.merge_many(counter.state for counter in counters)
        return state
    for counter in counters[1:]:
        state = state.merge(counter.state)
    return state
