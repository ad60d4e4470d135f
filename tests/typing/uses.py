"""Typical uses, which a strict type checker accepts. Nobody runs this file."""

import copy
import pickle
from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, Literal, assert_type

import numpy as np
from numpy.typing import NDArray

import coterie
from coterie import (
    BloomFilter,
    CapacityError,
    CapacityWarning,
    CountingBloomFilter,
    DecodeError,
    FuseFilter,
    HashRing,
    JumpHash,
    Maglev,
    Rendezvous,
    RotatingBloomFilter,
    ScalableBloomFilter,
    cpu_level,
    digest,
    digests,
)
from coterie.clocks import (
    HLC,
    BloomClock,
    CausalBuffer,
    CausalContext,
    ClockDriftError,
    ClockMatrix,
    Dot,
    DottedVersionVectorSet,
    IntervalTreeClock,
    LamportClock,
    MatrixClock,
    Message,
    Relation,
    Roster,
    VectorClock,
    VersionVector,
)
from coterie.crdts import (
    BoundedCounter,
    Changes,
    DisableWinsFlag,
    EnableWinsFlag,
    GCounter,
    GSet,
    InsufficientRights,
    LWWMap,
    LWWRegister,
    LWWSet,
    MVRegister,
    ORMap,
    ORSet,
    PNCounter,
    RemoveWinsSet,
    ReplicaError,
    TwoPhaseSet,
)
from coterie.filters import GuavaBloomFilter, ParquetBloomFilter
from coterie.hashing import jump, maglev, siphash13, xxh3_64, xxh3_128, xxh64
from coterie.placement import HashRing as SameRing
from coterie.placement import Maglev as SameTable

Digests = NDArray[np.uint64]
Positions = NDArray[np.int32]


class Tenant(StrEnum):
    SMALL = "small"


class Shelf(IntEnum):
    TOP = 1


assert_type(coterie.__version__, str)
assert_type(cpu_level(), Literal["baseline", "avx2", "avx512"])

# One key of every kind.
for key in ("user:42", b"user:42", bytearray(b"a"), memoryview(b"a"), 42, True, Tenant.SMALL, Shelf.TOP):
    assert_type(digest(key), int)
assert_type(digest(np.int64(5)), int)
assert_type(digest(np.str_("a")), int)
assert_type(digest(np.bool_(True)), int)

# Batches of every kind.
assert_type(digests(["a", b"b", 3]), Digests)
assert_type(digests(("a", "b")), Digests)
assert_type(digests({"a", "b"}), Digests)
assert_type(digests(f"user:{i}" for i in range(10)), Digests)
assert_type(digests(range(10)), Digests)
assert_type(digests({"a": 1}.keys()), Digests)
assert_type(digests(np.arange(10)), Digests)
assert_type(digests(np.array(["a", "b"])), Digests)
assert_type(digests(np.array([b"a", "b", 3], dtype=object)), Digests)

# Columns, with answers where they are wanted.


class Column:
    """Speaks the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise NotImplementedError


assert_type(digests(np.array(["a"]), nulls=0, out=np.empty(1, np.uint64)), Digests)


def columns(column: Column) -> None:
    """Not called: this one holds nothing."""
    assert_type(digests(column), Digests)
    assert_type(xxh3_64(column, seed=5, nulls=0), Digests)
    assert_type(jump(column, 10, nulls="skip", out=np.empty(1, np.int32)), Positions)
    ring = HashRing(["a"])
    assert_type(ring.assign(column, nulls="skip", out=np.empty(1, np.int32)), Positions)
    assert_type(ring.tokens(column, hashed=True, nulls=0), Digests)


# The hash functions: one key, or many.
assert_type(xxh3_64("a"), int)
assert_type(xxh3_64(b"a", seed=5), int)
assert_type(xxh3_64(["a", "b"], seed=5), Digests)
assert_type(xxh3_64(np.arange(10)), Digests)
assert_type(xxh3_128(b"a"), int)
assert_type(xxh3_128(memoryview(b"a"), seed=5), int)
assert_type(xxh3_128("a", seed=5), int)
assert_type(xxh64(5), int)
assert_type(xxh64([5]), Digests)
assert_type(siphash13("a", bytes(16)), int)
words = ParquetBloomFilter(1000, 0.01, type="BYTE_ARRAY", power_of_two=False)
words.add("a")
words.update(np.array(["a", "b"]), nulls="skip")
assert_type("a" in words, bool)
assert_type(words.contains_many(["a"], nulls=True, out=np.empty(1, bool)), NDArray[np.bool])
assert_type(words.copy() == ParquetBloomFilter.from_bytes(words.to_bytes(), type="BYTE_ARRAY"), bool)
assert_type(ParquetBloomFilter.read(Path("a.parquet"), 4, None, type="INT32"), ParquetBloomFilter)
seen = GuavaBloomFilter(1000)
assert_type(seen.add_new(5), bool)
assert_type(seen.contains_many([5, "a", b"a"]), NDArray[np.bool])
assert_type(
    GuavaBloomFilter.from_bytes(seen.to_bytes()).strategy, Literal["MURMUR128_MITZ_32", "MURMUR128_MITZ_64"]
)
assert_type(siphash13(["a"], bytearray(16), nulls=5), Digests)
assert_type(jump(5, 10), int)
assert_type(jump([5, 6], 10), Positions)
assert_type(jump(np.arange(10), 10), Positions)
assert_type(jump(digests(["a"]), 10), Positions)
assert_type(maglev([3, 0, 3], [4, 2, 1], 7), Positions)
assert_type(maglev(range(3), (4, 2, 1), 7, [1, 2.5, 1]), Positions)
assert_type(maglev(xxh64(["a"]) % 7, xxh64(["a"], seed=1) % 6 + 1, 7, weights=np.ones(1)), Positions)

# A ring.
HashRing()
HashRing(["cache-a", "cache-b"])
HashRing(f"cache-{i}" for i in range(3))
HashRing(["a", b"b", 3], vnodes=100, seed=2**64 - 1)
HashRing({"cache-a": 1, "cache-b": 2.5})
HashRing({1: 1.0, 2: 2.0})
ring = SameRing(["cache-a", "cache-b"])
assert_type(ring["user:42"], str | bytes | int)
assert_type(ring.get_node(b"user:42"), str | bytes | int)
assert_type(ring.get_nodes(42, 3), list[str | bytes | int])
assert_type(ring.get_nodes("user:42", 3, exclude=["cache-a"]), list[str | bytes | int])
assert_type(ring.assign(["a", "b"]), Positions)
assert_type(ring.assign(digests(["a"]), hashed=True), Positions)
assert_type(ring.assign_replicas(["a", "b"], 3), Positions)
assert_type(ring.assign_replicas(digests(["a"]), 3, hashed=True), Positions)
assert_type(ring.tokens(["a", "b"]), Digests)
assert_type(ring.tokens(digests(["a"]), hashed=True), Digests)
ring.add_node("cache-c")
ring.add_node("cache-d", 2.5)
ring.add_node("cache-e", weight=2)
ring.add_nodes(["cache-f", b"cache-g"])
ring.add_nodes({"cache-h": 2})
ring.remove_node("cache-c")
ring.set_weight("cache-d", 1)
assert_type(ring.nodes, tuple[str | bytes | int, ...])
assert_type(ring.weights, Mapping[str | bytes | int, float])
assert_type(ring.vnodes, int)
assert_type(ring.seed, int)
assert_type(ring.nbytes, int)
assert_type(len(ring), int)
assert_type("cache-a" in ring, bool)
assert_type(list(ring), list[str | bytes | int])
assert_type(ring == HashRing(), bool)
assert_type(ring.copy(), HashRing)
assert_type(copy.copy(ring), HashRing)
assert_type(copy.deepcopy(ring), HashRing)
assert_type(pickle.loads(pickle.dumps(ring, protocol=5)), Any)
assert_type(ring.to_bytes(), bytes)
assert_type(HashRing.from_bytes(ring.to_bytes()), HashRing)
assert_type(HashRing.from_bytes(memoryview(ring.to_bytes())), HashRing)
assert_type(HashRing.from_bytes(np.frombuffer(ring.to_bytes(), np.uint8).data), HashRing)
ring.save("ring.bin")
ring.save(Path("ring.bin"))
assert_type(HashRing.open("ring.bin"), HashRing)
assert_type(HashRing.open(Path("ring.bin")), HashRing)
snapshot = ring.copy()
owners = [snapshot.nodes[position] for position in snapshot.assign(["a", "b"])]

# Rendezvous.
Rendezvous()
Rendezvous(["cache-a", b"cache-b", 3], seed=5)
nodes = Rendezvous({"cache-a": 1, "cache-b": 2.5})
assert_type(nodes["user:42"], str | bytes | int)
assert_type(nodes.get_nodes("user:42", 3, exclude=["cache-a"]), list[str | bytes | int])
assert_type(nodes.assign(np.arange(10)), Positions)
assert_type(nodes.assign_replicas(["a"], 2), Positions)
assert_type(nodes.tokens(["a"]), Digests)
nodes.add_node("cache-c", weight=2)
nodes.set_weight("cache-c", 3)
nodes.remove_node("cache-c")
assert_type(nodes.nodes, tuple[str | bytes | int, ...])
assert_type(nodes.weights, Mapping[str | bytes | int, float])
assert_type(nodes.copy(), Rendezvous)
assert_type(Rendezvous.from_bytes(nodes.to_bytes()), Rendezvous)
assert_type(Rendezvous.open("nodes.bin"), Rendezvous)

# A Maglev table.
Maglev()
Maglev(["cache-a", b"cache-b", 3], table_size=101, seed=5)
table = SameTable({"cache-a": 1, "cache-b": 2.5})
assert_type(table["user:42"], str | bytes | int)
assert_type(table.get_nodes("user:42", 3, exclude=["cache-a"]), list[str | bytes | int])
assert_type(table.assign(np.arange(10)), Positions)
assert_type(table.assign_replicas(["a"], 2), Positions)
assert_type(table.tokens(["a"]), Digests)
table.add_nodes({"cache-c": 2})
table.set_weight("cache-c", 3)
table.remove_node("cache-c")
assert_type(table.table_size, int)
assert_type(table.nbytes, int)
assert_type(table.copy(), Maglev)
assert_type(Maglev.from_bytes(table.to_bytes()), Maglev)
assert_type(Maglev.open(Path("table.bin")), Maglev)

# Shards.
shards = JumpHash(12, seed=5)
assert_type(shards["user:42"], int)
assert_type(shards.get_node("user:42"), int)
assert_type(shards.get_nodes("user:42", 3, exclude=[5]), list[int])
assert_type(shards.assign(np.array(["a", "b"])), Positions)
assert_type(shards.assign_replicas(["a"], 2), Positions)
assert_type(shards.tokens(["a"]), Digests)
shards.add_node()
shards.add_node(13)
shards.remove_node()
shards.remove_node(12)
assert_type(shards.nodes, range)
assert_type(list(shards), list[int])
assert_type(3 in shards, bool)
assert_type(shards.copy(), JumpHash)
assert_type(JumpHash.from_bytes(shards.to_bytes()), JumpHash)
assert_type(JumpHash.open("shards.bin"), JumpHash)


# Swapping one scheme for another.
def spread(scheme: HashRing | Rendezvous | Maglev | JumpHash, keys: list[str]) -> Positions:
    return scheme.assign(keys)


def grow(scheme: HashRing | Rendezvous | Maglev, node: str) -> list[str | bytes | int]:
    scheme.add_node(node, 2)
    return scheme.get_nodes("user:42", 3)


class NamedTable(Maglev):
    name: str = ""


assert_type(NamedTable(["a"]).copy(), NamedTable)
assert_type(NamedTable.open("table.bin"), NamedTable)


class NamedRing(HashRing):
    name: str = ""


assert_type(NamedRing(["a"]).copy(), NamedRing)
assert_type(NamedRing.from_bytes(b""), NamedRing)

try:
    HashRing.from_bytes(b"")
except DecodeError as error:
    assert_type(error.args, tuple[Any, ...])
    problem: ValueError = error

# A Bloom filter.
BloomFilter(1000)
BloomFilter(1000, 0.001, seed=2**64 - 1, key=bytes(16), layout="pair", strict=True)
BloomFilter(capacity=1000, fpr=0.5, key=None, layout="auto")
BloomFilter(1000, layout="block")
BloomFilter(1000, layout="classic")
bloom = coterie.filters.BloomFilter(1000)
assert_type(bloom.add("user:42"), None)
assert_type(bloom.add_new(b"user:42"), bool)
assert_type(bloom.contains(42), bool)
assert_type("user:42" in bloom, bool)
assert_type(bloom.update(["a", b"b", 3]), None)
assert_type(bloom.update(f"user:{i}" for i in range(10)), None)
assert_type(bloom.update(np.arange(10), nulls="skip"), None)
assert_type(bloom.update(digests(["a"]), hashed=True), None)
assert_type(bloom.add_new_many(["a"]), NDArray[np.bool_])
assert_type(bloom.add_new_many(digests(["a"]), hashed=True, nulls=False), NDArray[np.bool_])
assert_type(bloom.contains_many(range(10), out=np.empty(10, np.bool_)), NDArray[np.bool_])
assert_type(bloom.contains_many(np.array(["a"]), nulls="skip"), NDArray[np.bool_])
assert_type(bloom.capacity, int)
assert_type(bloom.fpr, float)
assert_type(bloom.seed, int)
assert_type(bloom.layout, str)
assert_type(bloom.strict, bool)
assert_type(bloom.nbytes, int)
assert_type(bloom.bits_per_key, float)
assert_type(bloom.fill_ratio, float)
assert_type(bloom.approx_len(), int)
assert_type(bloom.estimated_fpr(), float)
assert_type(bool(bloom), bool)
assert_type(bloom | bloom, BloomFilter)
assert_type(bloom & bloom, BloomFilter)
bloom |= BloomFilter(1000)
bloom &= BloomFilter(1000)
assert_type(bloom == BloomFilter(1000), bool)
assert_type(bloom <= BloomFilter(1000), bool)
assert_type(bloom > BloomFilter(1000), bool)
assert_type(bloom.copy(), BloomFilter)
assert_type(copy.copy(bloom), BloomFilter)
assert_type(copy.deepcopy(bloom), BloomFilter)
assert_type(pickle.loads(pickle.dumps(bloom, protocol=5)), Any)
assert_type(bloom.clear(), None)
assert_type(bloom.verify(), None)
assert_type(bloom.to_bytes(), bytes)
assert_type(BloomFilter.from_bytes(bloom.to_bytes()), BloomFilter)
assert_type(BloomFilter.from_bytes(memoryview(bloom.to_bytes()), key=bytes(16)), BloomFilter)
assert_type(BloomFilter.from_buffer(bytearray(bloom.to_bytes())), BloomFilter)
bloom.save("bloom.bin")
bloom.save(Path("bloom.bin"))
assert_type(BloomFilter.open("bloom.bin"), BloomFilter)
assert_type(BloomFilter.open(Path("bloom.bin"), "r+"), BloomFilter)
assert_type(BloomFilter.open("bloom.bin", mode="c", key=bytes(16)), BloomFilter)


class TaggedBloom(BloomFilter):
    tag = "a"


assert_type(TaggedBloom(10).copy(), TaggedBloom)
assert_type(TaggedBloom.open("bloom.bin"), TaggedBloom)
try:
    bloom.add("a")
except CapacityError as full:
    assert_type(full, CapacityError)
warning: type[Warning] = CapacityWarning

# A counting Bloom filter.
CountingBloomFilter(1000)
CountingBloomFilter(1000, 0.001, seed=2**64 - 1, key=bytes(16), strict=True)
counting = coterie.filters.CountingBloomFilter(capacity=1000, fpr=0.5)
assert_type(counting.add("user:42"), None)
assert_type(counting.add_new(b"user:42"), bool)
assert_type(counting.remove("user:42"), None)
assert_type(counting.discard(42), None)
assert_type(counting.count(42), int)
assert_type("user:42" in counting, bool)
assert_type(counting.update(["a", b"b", 3]), None)
assert_type(counting.remove_many(np.arange(10), nulls="skip"), None)
assert_type(counting.add_new_many(["a"]), NDArray[np.bool_])
assert_type(counting.discard_many(digests(["a"]), hashed=True), NDArray[np.bool_])
assert_type(counting.contains_many(range(10), out=np.empty(10, np.bool_)), NDArray[np.bool_])
assert_type(counting.count_many(["a"], out=np.empty(1, np.int32)), NDArray[np.int32])
assert_type(counting + counting, CountingBloomFilter)
counting += CountingBloomFilter(1000)
assert_type(counting == counting, bool)
assert_type(CountingBloomFilter.open("counting.bin", "c"), CountingBloomFilter)
assert_type(CountingBloomFilter.from_buffer(counting.to_bytes()), CountingBloomFilter)

# The other filters.
fuse = FuseFilter(["a", b"b", 3], bits=16, seed=1, key=None)
assert_type("a" in fuse, bool)
assert_type(fuse.contains_many(["a"], nulls="skip"), NDArray[np.bool_])
assert_type(len(fuse), int)
assert_type(fuse.fpr, float)
assert_type(FuseFilter.open("fuse.bin"), FuseFilter)
growing = ScalableBloomFilter(1000, 0.01)
assert_type(growing.add_new("a"), bool)
assert_type(growing.capacity, int)
assert_type(ScalableBloomFilter.from_bytes(growing.to_bytes()), ScalableBloomFilter)
lately = RotatingBloomFilter(1000, 0.01, window=timedelta(minutes=10), generations=4)
assert_type(lately.add_new(b"message"), bool)
assert_type(lately.add_new_many(["a"]), NDArray[np.bool_])
assert_type(lately.copy(), RotatingBloomFilter)

# Clocks.
lamport = LamportClock(5)
assert_type(lamport.tick(), int)
assert_type(LamportClock.from_bytes(lamport.to_bytes()), LamportClock)
hybrid = HLC(last=5, max_drift=None, time_ns=lambda: 7)
assert_type(hybrid.recv(hybrid.now()), int)
assert_type(hybrid.now_batch(3), NDArray[np.uint64])
assert_type(HLC.unpack(HLC.pack(5, 1)), tuple[int, int])
assert_type(ClockDriftError(2, 1, 0).remote_ms, int)
clock = VectorClock({"a": 1})
assert_type(VectorClock([("a", 1), ("b", 2)]), VectorClock)
assert_type(VersionVector({np.int64(5): 1}), VectorClock)
assert_type(clock.increment("a"), int)
assert_type(clock["a"], int)
assert_type("a" in clock, bool)
assert_type(clock < clock, bool)
assert_type(clock | clock, VectorClock)
assert_type(clock & clock, VectorClock)
assert_type(clock.compare(clock), Relation)
assert_type(clock.compare(clock).flipped, Relation)
assert_type(clock.missing(clock), list[tuple[Any, int, int]])
assert_type(clock.copy(), VectorClock)
assert_type(VectorClock.from_bytes(clock.to_bytes(roster=Roster(["a"])), roster=Roster(["a"])), VectorClock)
clock |= VectorClock()
known = CausalContext(clock, [Dot("a", 4)])
assert_type(known.next_dot("a"), Dot)
assert_type(known.add(Dot("a", 9)), bool)
assert_type(known.cloud, list[tuple[Any, int, int]])
assert_type(known | clock, CausalContext)
replica, counter = Dot("a", 3)
cart = DottedVersionVectorSet()
assert_type(cart.put("milk", cart.context(), "A"), Dot)
assert_type(cart.discard(None), int)
assert_type(cart.siblings(), list[tuple[Dot, Any]])
assert_type(DottedVersionVectorSet.from_json(cart.to_json()), DottedVersionVectorSet)
matrix = MatrixClock(["a", "b"])
assert_type(matrix.update("a", clock), None)
assert_type(matrix["a"], VectorClock)
assert_type(matrix.frontier(), VectorClock)
assert_type(matrix.is_stable(Dot("a", 1)), bool)
assert_type(matrix | matrix, MatrixClock)
many_clocks = ClockMatrix(np.zeros((3, 2), np.uint64), ["a", "b"])
assert_type(ClockMatrix.from_clocks([clock]), ClockMatrix)
assert_type(ClockMatrix.from_encoded([b"", bytearray()], ids=["a"]), ClockMatrix)
assert_type(many_clocks.compare(clock), NDArray[np.uint8])
assert_type(many_clocks.dominated_by([1, 2]), NDArray[np.bool])
assert_type(many_clocks.maximal(np.array([0, 3])), NDArray[np.bool])
assert_type(many_clocks.happened_before([0, 1, 1]), NDArray[np.bool])
assert_type(many_clocks.happened_before([0, 1, 1], packed=True), NDArray[np.uint8])
assert_type(many_clocks.concurrent_pairs(), NDArray[np.int64])
assert_type(many_clocks[0], VectorClock)
assert_type(many_clocks.to_clocks(), list[VectorClock])
tree_clock = IntervalTreeClock((1, [0, 1]), [1, (0, np.int64(1), 0), 0])
assert_type(IntervalTreeClock().event(), IntervalTreeClock)
assert_type(tree_clock.fork(), tuple[IntervalTreeClock, IntervalTreeClock])
assert_type(tree_clock | tree_clock.peek(), IntervalTreeClock)
assert_type(tree_clock < tree_clock, bool)
assert_type(tree_clock.compare(tree_clock), Relation)
assert_type({tree_clock: tree_clock.is_anonymous}, dict[IntervalTreeClock, bool])
assert_type(IntervalTreeClock.from_bytes(tree_clock.to_bytes()), IntervalTreeClock)
assert_type(IntervalTreeClock(1, tree_clock.history).history, Any)
bloom_clock = BloomClock(64, 3, seed=1)
assert_type(bloom_clock.add("event"), None)
assert_type(bloom_clock.cells, NDArray[np.uint64])
assert_type(bloom_clock.false_before_rate(bloom_clock), float)
buffer = CausalBuffer("a", members=["a", "b"], max_pending=10)
assert_type(buffer.send("hello"), Message)
assert_type(buffer.receive(Message("b", VectorClock({"b": 1}), 5)), list[Message])
assert_type(buffer.missing(), list[tuple[Any, int, int]])
assert_type(buffer.clock, VectorClock)

counter = PNCounter(replica=b"a")
counter += 5
counter.decrement(n=2)
assert_type(counter.value, int)
assert_type(counter | counter.fork("b"), PNCounter)
assert_type(counter.merge(counter, changes=True), Changes | None)
assert_type(counter.take_delta(), PNCounter)
assert_type(counter.diff(counter.digest()), PNCounter)
assert_type(PNCounter.from_bytes(bytes(counter), replica="a"), PNCounter)
counter.merge_many([counter, counter.to_bytes()])
assert_type(counter.stats(), dict[str, int])
assert_type(GCounter() <= GCounter(), bool)
try:
    counter.update_from(counter.to_bytes())
except ReplicaError:
    counter.rebase()
bounded = BoundedCounter(5, replica="a")
bounded += 3
try:
    bounded.decrement(2)
    bounded.transfer(1, b"b")
except InsufficientRights:
    assert_type(bounded.rights("b"), int)
bounded.rebase({"b": "a"})
register = LWWRegister(replica="a", time_ns=lambda: 5, max_drift=100)
assert_type(register.set(("x", 1)), bool)
assert_type(register.set(None, time=5), bool)
assert_type(register.value, Any)
assert_type(register.writer, bytes | None)
values = MVRegister(replica="a")
values.set(("x", 1))
assert_type(values.values, list[Any])
assert_type(values.value, Any)
assert_type(values | values, MVRegister)
values.clear()
banned = RemoveWinsSet(["x"], replica="a")
banned.discard("y")
assert_type("y" in banned, bool)
assert_type(banned - ["x"], set[Any])
assert_type(banned.fork("b") | banned, RemoveWinsSet)
banned ^= {1}
enabled, disabled = EnableWinsFlag(replica="a"), DisableWinsFlag(replica=b"a")
enabled.enable()
disabled.disable()
assert_type(enabled.value, bool)
assert_type(enabled.take_delta(), EnableWinsFlag)
replicated = ORSet([1, "x"], replica="a")
replicated.add((1, None))
assert_type("x" in replicated, bool)
assert_type(replicated & [1], set[Any])
assert_type(replicated | replicated, ORSet)
assert_type(replicated.contains_many(np.arange(3)), NDArray[np.bool])
replicated -= {1}
only_grows = GSet([1, "x"], replica="a")
only_grows.update([2], "ab")
assert_type(only_grows | only_grows, GSet)
assert_type(only_grows - {1}, set[Any])
two_phases = TwoPhaseSet(["x"])
two_phases.remove("x")
assert_type(two_phases.take_delta(), TwoPhaseSet)
timed = LWWSet([1], bias="remove", time_ns=lambda: 5, max_drift=100)
timed.discard(1, time=7)
assert_type(timed.times(1), tuple[int, int])
timed ^= [1]
latest = LWWMap({"x": 1}, replica="a", time_ns=lambda: 5)
latest["y"] = (1, None)
assert_type(latest.set("x", 2, time=7), bool)
assert_type(latest.delete("x"), bool)
assert_type(latest.time("x"), int)
assert_type(latest["y"], Any)
latest.update(latest, z=1)
latest.add_many(np.arange(3), ["a", "b", "c"])
for key, value in latest.items():
    assert_type((key, value), tuple[Any, Any])
assert_type(LWWMap([("x", 1)]) | latest, LWWMap)
tree = ORMap(replica="a", time_ns=lambda: 5, max_drift=100)
tree.counter("likes").increment(2)
tree["likes"] += 1
assert_type(tree.map("m").map("n").counter(5).value, int)
assert_type(tree.lww("k").set("x", time=5), bool)
assert_type(tree.lww("k").writer, bytes | None)
assert_type(tree.register("k").values, list[Any])
assert_type(tree.set("tags") & {"x"}, set[Any])
assert_type(bool(tree.flag("on")), bool)
assert_type(tree.kinds("k"), tuple[str, ...])
assert_type(tree.value, dict[Any, Any])
assert_type({key: child for key, child in tree.items()}, dict[Any, Any])
assert_type(tree | tree, ORMap)
del tree["likes"]
