"""What only rendezvous hashing has: an order of all nodes for every key, by exact arithmetic."""

import json
import random
from functools import cache
from math import inf, log2, nextafter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.baselines.keys import key_bytes, splitmix64
from benchmarks.baselines.placement.rendezvous import Rendezvous as PlainRendezvous
from benchmarks.baselines.placement.rendezvous import draw, minus_log, unit
from coterie import Rendezvous
from tests.placement import draws
from tests.placement.draws import check, orders, tie, with_equal_uppers
from tests.placement.inverse import digest_at, key_at

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rendezvous.json").read_text())
LARGEST = nextafter(inf, 0)
# Around vectors of nodes, and the chunks of 1024 in which they are scanned.
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100]
SIZES += [1023, 1024, 1025, 1039, 1040, 1041, 2047, 2048, 2049, 3000]
# Around the keys that are looked up one by one, and tiles of 64 keys.
KEYS = [0, 1, 2, 15, 16, 17, 63, 64, 65, 79, 80, 81, 127, 128, 129, 1000]
WEIGHTS = {
    "equal": lambda n, rng: [1] * n,
    "equal but not 1": lambda n, rng: [0.3] * n,
    "uniform": lambda n, rng: [rng.uniform(0.5, 4) for _ in range(n)],
    "an ulp apart": lambda n, rng: [rng.choice([1, nextafter(1, 2)]) for _ in range(n)],
    "ratios up to 1e12": lambda n, rng: [10 ** rng.uniform(-6, 6) for _ in range(n)],
    "all magnitudes": lambda n, rng: [10 ** rng.uniform(-323, 308) for _ in range(n)],
    "extremes": lambda n, rng: [rng.choice([1e-300, 1e300, 5e-324, 1.7e308, LARGEST, 1]) for _ in range(n)],
    "denormal": lambda n, rng: [rng.randint(1, 20) * 5e-324 for _ in range(n)],
    "almost denormal": lambda n, rng: [rng.choice([5e-324, 1e-323, 2e-308]) for _ in range(n)],
    "largest": lambda n, rng: [rng.choice([LARGEST, LARGEST / 2, LARGEST / 3]) for _ in range(n)],
    "one of 2^10": lambda n, rng: [2**10] + [1] * (n - 1),
    "one of 2^31": lambda n, rng: [2**31] + [1 + i % 3 for i in range(n - 1)],
    "one of 2^61": lambda n, rng: [2**61] + [1 + i % 3 for i in range(n - 1)],
    "one of 2^62": lambda n, rng: [2**62] + [1 + i % 3 for i in range(n - 1)],
    "one of 2^100": lambda n, rng: [2**100] + [rng.uniform(1, 2) for i in range(n - 1)],
    "one of 2^-40": lambda n, rng: [2**-40] + [1] * (n - 1),
}
ANY_WEIGHT = st.one_of(
    st.floats(5e-324, LARGEST, allow_subnormal=True),
    st.floats(0.1, 10),
    st.sampled_from([5e-324, 1e-300, 1e-12, 1, nextafter(1, 2), 2**31, 1e12, 1e300, 1.7e308, LARGEST]),
)
NODES = st.one_of(st.text(st.characters(codec="utf-8")), st.binary(), st.integers(-(2**63), 2**64 - 1))


@cache
def case(n, kind, keys=90):
    """(weights, plain model, mixed digests, the order of nodes for each)."""
    rng = random.Random(n)
    weights = dict(zip(range(n), WEIGHTS[kind](n, rng), strict=True))
    plain = PlainRendezvous(weights, seed=n % 3)
    w = np.array([rng.getrandbits(64) for _ in range(keys)], np.uint64)
    return weights, plain, w, orders(plain, w)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_frozen_answers(case, level):
    """Other implementations can rely on them: they never change."""
    nodes = {}
    for node in case["nodes"]:
        nodes[bytes.fromhex(node["bytes"]) if "bytes" in node else node["key"]] = node["weight"]
    placement = Rendezvous(nodes, seed=case["seed"])
    assert list(PlainRendezvous(nodes, case["seed"]).seeds.values()) == case["node_seeds"]
    assert placement.assign(case["keys"]).tolist() == case["assign"]
    assert placement.assign_replicas(case["keys"], 3).tolist() == case["assign_replicas"]


# ---- the tests' own model ----


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("n", [1, 2, 17, 60])
def test_model_of_many_keys_is_the_plain_one(n, kind):
    _, plain, w, want = case(n, kind)
    for at in range(0, len(w), 3):
        key = key_at(int(w[at]), plain.salt)
        assert plain.get_nodes(key, n) == [plain.nodes[position] for position in want[at]]


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_model_of_a_draw(w, seed):
    drawn = draws.draws(np.array([w], np.uint64), np.array([seed], np.uint64))
    assert drawn.tolist() == [draw(w, seed)]
    assert draws.arrivals(drawn, np.ones(1)).tolist() == [minus_log(1 - unit(draw(w, seed)))]


# ---- agreement ----


@pytest.mark.parametrize("kind", ["equal", "uniform"])
@pytest.mark.parametrize("n", SIZES)
def test_sizes(n, kind, level):
    weights, plain, w, want = case(n, kind)
    check(Rendezvous(weights, seed=n % 3), plain, w, [1, 2, 16, 17, n, n + 1], want=want)


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("n", [2, 3, 16, 17, 60, 1025, 2049])
def test_hostile_weights(n, kind, level):
    weights, plain, w, want = case(n, kind)
    check(Rendezvous(weights, seed=n % 3), plain, w, [1, 2, 17, n], want=want)


@pytest.mark.parametrize("kind", ["equal", "ratios up to 1e12"])
@pytest.mark.parametrize("n", [3, 17, 100])
def test_numbers_of_keys(n, kind, level):
    weights, plain, w, want = case(n, kind, keys=max(KEYS))
    placement, hashed = Rendezvous(weights, seed=n % 3), digest_at(w, plain.salt)
    for count in KEYS:
        assert np.array_equal(placement.assign(hashed[:count], hashed=True), want[:count, 0])
        assert np.array_equal(
            placement.assign(hashed[-count:][:count], hashed=True), want[-count:, 0][:count]
        )


@pytest.mark.parametrize("kind", WEIGHTS)
def test_exclude(kind, level):
    weights, plain, w, want = case(60, kind)
    placement, rng = Rendezvous(weights, seed=0), random.Random(1)
    for at in range(30):
        key = key_at(int(w[at]), plain.salt)
        gone = {plain.nodes[position] for position in want[at, : rng.randrange(60)]} | {rng.randrange(60)}
        left = [plain.nodes[position] for position in want[at] if plain.nodes[position] not in gone]
        for count in (1, 2, 17, 60):
            assert placement.get_nodes(key, count, exclude=gone) == left[:count]


@given(
    weights=st.dictionaries(NODES, ANY_WEIGHT, min_size=1, max_size=20),
    seed=st.integers(0, 2**64 - 1),
    keys=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20),
    data=st.data(),
)
def test_anything(weights, seed, keys, data):
    weights = dict({key_bytes(node): (node, weight) for node, weight in weights.items()}.values())
    placement, plain = Rendezvous(weights, seed=seed), PlainRendezvous(weights, seed)
    n = len(weights)
    excluded = data.draw(st.lists(st.sampled_from(plain.nodes), max_size=n))
    assert [placement.nodes[at] for at in placement.assign(keys * 4)] == [
        plain.get_node(key) for key in keys
    ] * 4
    for key in keys:
        everyone = plain.get_nodes(key, n)
        assert placement[key] == everyone[0]
        assert placement.get_nodes(key, n) == everyone
        assert placement.get_nodes(key, n, exclude=excluded) == plain.get_nodes(key, n, excluded)


# ---- draws that are equal ----


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_upper_halves_that_are_equal(seed, level):
    """The lower halves decide."""
    salt, rng = splitmix64(seed), random.Random(1)
    for weight in (1, 3):
        for _ in range(20):
            first, second = rng.getrandbits(64), rng.getrandbits(64)
            w = tie(first, second, rng)
            assert draw(w, first) >> 32 == draw(w, second) >> 32
            nodes = [draws.node_with_point(node_seed, salt) for node_seed in (first, second)]
            weights = dict.fromkeys(nodes, weight) | {"far": 1e-12}
            plain = PlainRendezvous(weights, seed)
            check(Rendezvous(weights, seed=seed), plain, [w] * 20, [2, 3], singles=1)
            plain = PlainRendezvous(nodes, seed)
            check(Rendezvous(nodes, seed=seed), plain, [w] * 20, [2], singles=1)


@pytest.mark.parametrize("groups", [1, 4, 5, 260, 520])
@pytest.mark.parametrize("weighted", [False, True])
def test_upper_halves_that_are_always_equal(groups, weighted, level):
    """Nodes in groups of four: for every key the lower halves decide who of a group is first."""
    salt, rng = splitmix64(3), random.Random(groups)
    nodes = [node for _ in range(groups) for node in with_equal_uppers(rng.getrandbits(64), salt)]
    weights = {node: 1 + i // 4 % 3 if weighted else 1 for i, node in enumerate(nodes)}
    plain = PlainRendezvous(weights, 3)
    w = [rng.getrandbits(64) for _ in range(90)]
    check(Rendezvous(weights, seed=3), plain, w, [1, 2, 17, len(nodes)])


@pytest.mark.parametrize("weight", [1, 2.5, 5e-324])
def test_draws_that_are_equal(weight, level):
    """Two nodes with one digest draw the same for every key; then the position decides."""
    plain = {
        name: draws.node_with_point(PlainRendezvous([name]).seeds[name], splitmix64(0)) for name in "abc"
    }
    twins = [*plain, *plain.values()]
    for others in ({}, {"x": weight}, {"x": 1.5, "y": 1e-3}, {f"node-{i}": weight for i in range(1500)}):
        weights = dict.fromkeys(twins, weight) | others
        model = PlainRendezvous(weights)
        assert all(model.seeds[name] == model.seeds[twin] for name, twin in plain.items())
        rng = random.Random(2)
        w = [rng.getrandbits(64) for _ in range(90)]
        check(Rendezvous(weights), model, w, [1, 2, 6, 20, len(weights)])
    for key in range(50):
        everyone = Rendezvous(twins).get_nodes(key, 6)
        assert all(everyone[everyone.index(name) + 1] == twin for name, twin in plain.items())
        assert (
            Rendezvous({**dict.fromkeys(plain, 1), **dict.fromkeys(plain.values(), 1.1)})[key]
            in plain.values()
        )


@pytest.mark.parametrize("base", [0, 2**31 - 100, 2**32 - 5000], ids=hex)
@pytest.mark.parametrize("n", [2, 17, 1024, 1025, 2060])
@pytest.mark.parametrize("weighted", [False, True])
def test_draws_that_are_close(n, base, weighted, level):
    """For one key all nodes draw almost the same, so that many of them might be first."""
    rng, salt, w = random.Random(n), splitmix64(1), 0xFEDCBA9976543211
    for spread in (1, 3, 2000):
        uppers = [base + rng.randrange(spread) for _ in range(n)]
        nodes = draws.nodes_drawing(uppers, w, salt)
        weights = {node: rng.choice([1, nextafter(1, 2)]) if weighted else 1 for node in nodes}
        plain = PlainRendezvous(weights, 1)
        near = [w, w ^ 2, w ^ 1 << 63, *[w] * 17, rng.getrandbits(64)]
        check(Rendezvous(weights, seed=1), plain, near, [1, 2, n], singles=3)


@pytest.mark.parametrize("instant", [1e-9, 1e-6, 0.001, 0.1, 0.5, 0.9, 1.5, 1.7, 3, 10, 20])
@pytest.mark.parametrize("magnitude", [0.01, 1, 3, 6])
def test_arrivals_that_are_close(instant, magnitude, level):
    """For one key nodes of all weights arrive at almost the same instant, and the lightest of all last."""
    rng, salt, w = random.Random(5), splitmix64(1), 0x0122456789ABCDEF
    for n in (2, 17, 300):
        weights = [10 ** rng.uniform(-magnitude, magnitude) for _ in range(n)]
        fast = max(weights)
        weights = [weight / fast for weight in weights]
        parts = [1 - np.exp(-instant * weight) for weight in weights]
        uppers = [min(max(int(v * 2**32) + rng.randint(-2, 2), 0), 2**32 - 1) for v in parts]
        nodes = draws.nodes_drawing(uppers, w, salt, seed=n)
        for scale in (1, 1e-290, 1e300):
            scaled = {node: weight * scale for node, weight in zip(nodes, weights, strict=True)}
            near = [w] * 18 + [w ^ 1 << 40]
            check(Rendezvous(scaled, seed=1), PlainRendezvous(scaled, 1), near, [1, 2, n], singles=1)


def test_arrivals_that_are_equal(level):
    """Of one upper half there are 2**20 arrivals, so that some of 4000 nodes have the same: draws decide."""
    salt, w = splitmix64(0), 0xABCCEF0123456789
    nodes = draws.nodes_drawing([5] * 4000, w, salt)
    weights = dict.fromkeys(nodes, 1) | {"x": 1e-300}
    plain = PlainRendezvous(weights)
    drawn = [draw(w, plain.seeds[node]) >> 12 for node in nodes]
    assert len(set(drawn)) < len(drawn)
    check(Rendezvous(weights), plain, [w] * 20, [1, 2, 4001], singles=1)


# ---- the logarithm ----


def test_arrivals_never_fall_as_draws_rise():
    """At all borders between powers of two, where m and e change at once, and elsewhere."""
    rng = random.Random(1)
    starts = [
        2**52 - 2 ** (52 - e) for e in range(1, 53)
    ]  # draws at and below which 1 - unit is 2**-e and more
    starts += [rng.getrandbits(52) for _ in range(300)] + [
        rng.getrandbits(rng.randrange(53)) for _ in range(300)
    ]
    for start in starts:
        near = range(max(0, start - 60), min(2**52, start + 60))
        logs = [minus_log(1 - unit(d << 12)) for d in near]
        assert logs == sorted(logs)
    assert minus_log(1 - unit(0)) > 0
    assert minus_log(1 - unit(2**64 - 1)) == pytest.approx(53 * np.log(2))


def test_the_logarithm_is_one():
    rng = random.Random(2)
    u = np.array([rng.random() ** rng.choice([1, 5, 50]) for _ in range(10_000)] + [2.0**-53, 1 - 2.0**-53])
    assert np.allclose(draws.minus_log(u), -np.log(u), rtol=1e-14, atol=0)


# ---- laws ----


@pytest.mark.parametrize("weight", [5e-324, 1e-300, 0.1, 2, 3, 1e300, LARGEST])
@pytest.mark.parametrize("n", [1, 2, 17, 1025])
def test_equal_weights_place_as_none(n, weight, level):
    placement, plain = Rendezvous(dict.fromkeys(range(n), weight), seed=3), Rendezvous(range(n), seed=3)
    assert placement != plain or weight == 1
    assert np.array_equal(placement.assign(range(2000)), plain.assign(range(2000)))
    assert np.array_equal(placement.assign_replicas(range(50), n), plain.assign_replicas(range(50), n))
    placement.add_node("x", weight)
    placement.set_weight(0, weight / 2 or weight * 2)
    placement.set_weight(0, weight)
    plain.add_node("x")
    assert np.array_equal(placement.assign(range(2000)), plain.assign(range(2000)))


@given(weights=st.lists(st.floats(1e-250, 1e250), min_size=1, max_size=20), power=st.integers(-150, 150))
def test_weights_are_ratios(weights, power):
    """Powers of two change none of the digits."""
    placement = Rendezvous(dict(enumerate(weights)))
    scaled = Rendezvous(dict(enumerate(weight * 2.0**power for weight in weights)))
    assert np.array_equal(placement.assign_replicas(range(200), 20), scaled.assign_replicas(range(200), 20))


@given(
    weights=st.dictionaries(st.sampled_from("abcdefgh"), ANY_WEIGHT, min_size=2),
    weight=ANY_WEIGHT,
    data=st.data(),
)
def test_any_change_moves_keys_only_to_or_from_its_node(weights, weight, data):
    """The rest of every order stays, too, as long as no weight is 2**1900 times another."""
    assume(log2(max(*weights.values(), weight)) - log2(min(*weights.values(), weight)) < 1900)
    node = data.draw(st.sampled_from(sorted(weights)))
    placement = Rendezvous(weights)
    before = [placement.get_nodes(key, 9) for key in range(100)]
    rest = [[other for other in row if other != node] for row in before]
    heavier = weight > weights[node]
    placement.set_weight(node, weight)
    after = [placement.get_nodes(key, 9) for key in range(100)]
    assert [[other for other in row if other != node] for row in after] == rest
    for old, new in zip(before, after, strict=True):
        assert new.index(node) <= old.index(node) if heavier else new.index(node) >= old.index(node)
    placement.remove_node(node)
    assert [placement.get_nodes(key, 9) for key in range(100)] == rest
    placement.add_node(node, weights[node])
    assert [placement.get_nodes(key, 9) for key in range(100)] == before


@given(weights=st.lists(ANY_WEIGHT, min_size=1, max_size=40), data=st.data())
def test_few_replicas_begin_as_many_do(weights, data):
    placement = Rendezvous(dict(enumerate(weights)))
    many, few = sorted(data.draw(st.tuples(st.integers(0, 45), st.integers(0, 45))), reverse=True)
    for key in range(20):
        assert placement.get_nodes(key, many)[:few] == placement.get_nodes(key, few)
    rows = placement.assign_replicas(range(20), many)
    assert np.array_equal(rows[:, :few], placement.assign_replicas(range(20), few))


def test_memory():
    """28 bytes a node, in multiples of 16 nodes."""
    assert Rendezvous(range(16)).nbytes == Rendezvous(["a"]).nbytes == 16 * 28
    assert Rendezvous(range(1000)).nbytes == 1008 * 28
    placement = Rendezvous(range(100))
    assert placement.copy().nbytes == placement.nbytes


@pytest.mark.parametrize("heavy", [100, 1e6, 1e15])
@pytest.mark.parametrize("n", [2, 17, 200])
def test_one_heavy_node(n, heavy, level):
    """It has most keys, by draws that say little of the others."""
    weights = {i: heavy if i == n // 2 else 1 + i % 3 for i in range(n)}
    placement, plain = Rendezvous(weights), PlainRendezvous(weights)
    want = [plain.get_nodes(key, 3) for key in range(300)]
    assert [placement.get_nodes(key, 3) for key in range(300)] == want
    assert [placement[key] for key in range(300)] == [row[0] for row in want]
    assert [placement.nodes[i] for i in placement.assign(range(300))] == [row[0] for row in want]
