"""Where the difference is estimated: the theory lies within the error that is stated."""

import tracemalloc
from itertools import pairwise
from math import sqrt

import numpy as np
import pytest

from coterie import HashRing, JumpHash, Maglev, Rendezvous, diff
from coterie.placement import _diff
from tests.placement.schemes import names

CHUNK = 2**20  # samples that are drawn at a time
EVEN = dict.fromkeys(names(10), 1)
CASES = {
    "joins": (EVEN, EVEN | {"new": 1}),
    "heavy one joins": (EVEN, EVEN | {"new": 7.5}),
    "leaves": (EVEN, dict.fromkeys(names(9), 1)),
    "one for another": (EVEN, dict.fromkeys(names(9), 1) | {"new": 1}),
    "half for others": (EVEN, dict.fromkeys(names(10, first=5), 1)),
    "weight": (EVEN, EVEN | {names(1)[0]: 3}),
    "weights": ({"a": 1, "b": 2, "c": 3, "d": 0.5}, {"a": 3, "b": 2, "c": 1, "e": 0.25}),
    "extreme": ({"a": 1e300, "b": 1e-300, "c": 1e300}, {"a": 1, "b": 1, "c": 1}),
    "few move": ({"a": 10**6, "b": 10}, {"a": 10**6, "b": 20}),
    "all others": ({"a": 1, "b": 1}, {"c": 1, "d": 2}),
}
cases = pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)


def moving(before, after):
    """The part that moves between two rendezvous of one seed, by theory.

    A node's arrival is an exponential variate E / weight. Node i has a key before and after if for every j
    E_j >= E_i * max(w_j / w_i, v_j / v_i), which has the chance 1 / (the sum of these factors).
    """
    nodes, staying = before.keys() | after.keys(), 0
    for i in before.keys() & after.keys():
        factors = (max(before.get(j, 0) / before[i], after.get(j, 0) / after[i]) for j in nodes)
        staying += 1 / sum(factors)
    return 1 - staying


def unlike(before, after):
    """The part that moves between two independent placements."""
    total = sum(before.values()) * sum(after.values())
    return 1 - sum(before[node] * after[node] for node in before.keys() & after.keys()) / total


@cases
@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_rendezvous(before, after, seed):
    change = diff(Rendezvous(before, seed=seed), Rendezvous(after, seed=seed), samples=2**18)
    want = moving(before, after)
    assert not change.exact
    assert change.ranges is None
    assert 0 < change.error < 0.01
    assert abs(change.share - want) <= 5 * change.error


@cases
def test_other_seeds(before, after):
    change = diff(Rendezvous(before, seed=1), Rendezvous(after, seed=2), samples=2**18)
    assert not change.exact
    if max(before.values()) < 1e300:
        assert abs(change.share - unlike(before, after)) <= 5 * change.error


@pytest.mark.parametrize("seeds", [(0, 0), (0, 1)], ids=str)
def test_schemes_are_independent(seeds):
    """Of Maglev and rendezvous, whose loads are even."""
    table, draws = Maglev(names(10), seed=seeds[0]), Rendezvous(names(10), seed=seeds[1])
    for before, after in ((table, draws), (draws, table)):
        change = diff(before, after)
        assert not change.exact
        assert change.ranges is None
        assert abs(change.share - 0.9) <= 5 * change.error
        assert len(change.flows) == 90
        for flow in change.flows:
            assert abs(flow.share - 0.01) <= 5 * sqrt(0.01 / 2**20)


@pytest.mark.parametrize("cls", [HashRing, Maglev])
def test_an_estimate_beside_the_exact_answer(cls):
    """Samples of placements whose difference is known, and their loads beside a single node."""
    a, b = cls(names(7)), cls(names(9, first=2))
    exact = diff(a, b)
    hashes = np.random.default_rng(5).integers(2**64, size=10**6, dtype=np.uint64)
    assert abs(exact.moved(hashes, hashed=True).mean() - exact.share) <= 5 * sqrt(0.25 / 10**6)
    loads = diff(a, cls(["single"]))
    sampled = diff(a, Rendezvous(["single"]))
    assert loads.exact
    assert not sampled.exact
    estimates = {flow.source: flow.share for flow in sampled.flows}
    for flow in loads.flows:
        assert abs(estimates[flow.source] - flow.share) <= 5 * sqrt(flow.share / 2**20)


def test_the_error_is_a_standard_error():
    """Over many pairs, deviations from the theory have the spread that is stated."""
    before, after = CASES["one for another"]
    want, deviations = moving(before, after), []
    for seed in range(300):
        change = diff(Rendezvous(before, seed=seed), Rendezvous(after, seed=seed), samples=2000)
        assert change.error == pytest.approx(sqrt(want * (1 - want) / 2000), rel=0.3)
        deviations.append((change.share - want) / change.error)
    assert np.mean(deviations) == pytest.approx(0, abs=5 / sqrt(300))
    assert np.mean(np.square(deviations)) == pytest.approx(1, abs=5 * sqrt(2 / 300))


@pytest.mark.parametrize("samples", [1, 2, 10, 1000])
def test_few_samples(samples):
    before, after = Rendezvous(names(10)), Rendezvous(names(10), seed=1)
    change = diff(before, after, samples=samples)
    assert change.share * samples == pytest.approx(round(change.share * samples))
    assert 0 < change.error <= 1
    assert len(change.flows) <= samples
    assert sum(flow.share for flow in change.flows) == pytest.approx(change.share)
    for flow in change.flows:
        assert flow.share * samples == pytest.approx(round(flow.share * samples))
    same = diff(before, before, samples=samples)
    assert same.exact
    assert (same.share, same.error, same.flows) == (0, 0, ())
    alike = diff(before, Rendezvous(dict.fromkeys(names(10), 2)), samples=samples)
    assert not alike.exact
    assert (alike.share, alike.least, alike.flows) == (0, 0, ())
    assert alike.error == 1 / samples  # there may be something that no sample hit


@pytest.mark.parametrize("samples", [1, 1000, 2**16 + 1])
def test_the_same_answer_each_time(samples):
    state = np.random.get_state()[1].tolist()
    before, after = Rendezvous(names(10)), Rendezvous(names(11))
    first, second = (diff(before, after, samples=samples) for _ in range(2))
    assert (first.share, first.error, first.flows) == (second.share, second.error, second.flows)
    back = diff(after, before, samples=samples)
    assert back.share == first.share
    assert {(flow.target, flow.source, flow.share) for flow in back.flows} == set(first.flows)
    assert np.random.get_state()[1].tolist() == state


def test_more_samples_are_nearer():
    before, after = Rendezvous(names(10)), Rendezvous(names(11))
    errors = [diff(before, after, samples=samples).error for samples in (100, 10**4, 10**6)]
    for less, more in pairwise(errors):
        assert more == pytest.approx(less / 10, rel=0.5)
    assert diff(before, after).error == pytest.approx(sqrt(10 / 121 / 2**20), rel=0.05)


def test_loads_of_few_nodes_and_many():
    """A crowd of nodes: more pairs than samples."""
    before, after = Rendezvous(range(300)), Rendezvous(range(300), seed=1)
    change = diff(before, after, samples=20_000)
    assert abs(change.share - 299 / 300) <= 5 * change.error
    assert sum(flow.share for flow in change.flows) == pytest.approx(change.share)
    assert all(flow.source != flow.target for flow in change.flows)


def test_jumps_of_other_seeds():
    change = diff(JumpHash(4, seed=1), JumpHash(6, seed=2), samples=2**18)
    assert abs(change.share - 5 / 6) <= 5 * change.error
    assert change.least == pytest.approx(1 / 3)


# ---- more samples than are drawn at a time ----


@pytest.mark.parametrize("chunk", [1, 7, 1000, 3007, 3008])
def test_chunks_make_no_difference(monkeypatch, chunk):
    before, after = Rendezvous(names(10)), Rendezvous(names(11), seed=1)
    want = diff(before, after, samples=3007)
    monkeypatch.setattr(_diff, "CHUNK", chunk)
    change = diff(before, after, samples=3007)
    assert (change.share, change.error, change.flows) == (want.share, want.error, want.flows)


def counted(change, samples):
    """How many of the samples move between each two nodes."""
    counts = {flow[:2]: round(flow.share * samples) for flow in change.flows}
    for flow in change.flows:
        assert flow.share == counts[flow[:2]] / samples
    assert change.share == sum(counts.values()) / samples
    assert change.error == pytest.approx(sqrt(change.share * (1 - change.share) / samples))
    return counts


def test_beyond_one_chunk():
    """The samples of fewer are among them, and no chunk repeats another."""
    before, after = JumpHash(5, seed=1), JumpHash(7, seed=2)
    totals = []
    for samples in (CHUNK, CHUNK + 5, 2 * CHUNK, 2 * CHUNK + 5):
        change = diff(before, after, samples=samples)
        assert abs(change.share - 6 / 7) <= 5 * change.error
        counts = counted(change, samples)
        assert len(counts) == 5 * 7 - 5
        totals.append(counts)
    for fewer, more, added in ((0, 1, 5), (1, 2, CHUNK - 5), (2, 3, 5)):
        assert all(totals[more][pair] >= count for pair, count in totals[fewer].items())
        assert sum(totals[more].values()) - sum(totals[fewer].values()) <= added
    assert any(totals[2][pair] != 2 * count for pair, count in totals[0].items())


def test_beyond_one_chunk_of_named_nodes():
    a, b = Rendezvous(names(3)), Rendezvous(names(4))
    samples = CHUNK + 5
    first, again, back = diff(a, b, samples=samples), diff(a, b, samples=samples), diff(b, a, samples=samples)
    assert abs(first.share - 1 / 4) <= 5 * first.error
    counts = counted(first, samples)
    assert {target for _, target in counts} == set(b.nodes) - set(a.nodes)
    assert again.flows == first.flows
    assert counted(back, samples) == {pair[::-1]: count for pair, count in counts.items()}


def test_memory_is_that_of_one_chunk():
    before, after = JumpHash(3, seed=1), JumpHash(4, seed=2)
    peaks = []
    for samples in (CHUNK, 4 * CHUNK):
        tracemalloc.start()
        try:
            diff(before, after, samples=samples)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert CHUNK * 8 < peaks[0] < 64 * 2**20
    assert peaks[1] < 1.1 * peaks[0]
