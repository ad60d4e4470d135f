"""Uses that a type checker must reject, each marked with the code of the error. Nobody runs this file."""

from collections.abc import Hashable
from uuid import UUID

import numpy as np

import coterie
from coterie import (
    HLC,
    BloomFilter,
    CausalContext,
    ClockMatrix,
    CountingBloomFilter,
    DottedVersionVectorSet,
    FuseFilter,
    HashRing,
    IntervalTreeClock,
    JumpHash,
    Maglev,
    Rendezvous,
    RotatingBloomFilter,
    VectorClock,
    cpu_level,
    digest,
    digests,
)
from coterie.crdts import (
    BoundedCounter,
    DisableWinsFlag,
    EnableWinsFlag,
    GCounter,
    GSet,
    LWWMap,
    LWWRegister,
    LWWSet,
    MVRegister,
    ORMap,
    ORSet,
    PNCounter,
    RemoveWinsSet,
    TwoPhaseSet,
)
from coterie.filters import GuavaBloomFilter, ParquetBloomFilter
from coterie.hashing import jump, maglev, siphash13, xxh3_64, xxh3_128

digest(1.5)  # E: arg-type
digest(None)  # E: arg-type
digest(UUID(int=5))  # E: arg-type
digest(["a"])  # E: arg-type
digest(key="a")  # E: call-arg
digests(5)  # E: arg-type
digests([1.5])  # E: list-item
digests(None)  # E: arg-type
digests(["a"], seed=5)  # E: call-arg
digests(["a"], nulls="drop")  # E: arg-type
digests(["a"], nulls=None)  # E: arg-type
digests(["a"], out=[0])  # E: arg-type
cpu_level(5)  # E: call-arg
coterie.Ring()  # E: attr-defined

xxh3_64("a", 5)  # E: call-overload
xxh3_64(1.5)  # E: call-overload
xxh3_64("a", seed="b")  # E: call-overload
xxh3_128(["a"])  # E: arg-type
xxh3_128(data=b"a")  # E: call-arg
xxh3_128(b"a", seed=None)  # E: arg-type
siphash13("a")  # E: call-overload
ParquetBloomFilter(10, type="FLOAT")  # E: arg-type
ParquetBloomFilter.from_bytes(b"")  # E: call-arg
ParquetBloomFilter(10).type = "INT32"  # E: misc
GuavaBloomFilter(10).update(["a"], hashed=True)  # E: call-arg
GuavaBloomFilter(10).update(["a"], nulls=5)  # E: arg-type
siphash13("a", "0123456789abcdef")  # E: call-overload
siphash13(["a"], key=bytes(16))  # E: call-overload
jump("a", 10)  # E: arg-type
jump(["a"], 10)  # E: list-item
jump(5)  # E: call-overload
jump(5, 1.5)  # E: call-overload
maglev([3, 0], [4, 2])  # E: call-arg
maglev(3, 4, 7)  # E: arg-type
maglev([1.5], [4], 7)  # E: list-item
maglev([3], [4], 7.5)  # E: arg-type
maglev([3], [4], 7, ["heavy"])  # E: list-item

HashRing(5)  # E: arg-type
HashRing(["a"], 100)  # E: call-arg
HashRing(["a"], vnodes=1.5)  # E: arg-type
HashRing([1.5])  # E: list-item
HashRing(["a"], replicas=3)  # E: call-arg

ring = HashRing(["a"])
ring[None]  # E: index
ring["a"] = "b"  # E: index
del ring["a"]  # E: attr-defined
ring.get_node(1.5)  # E: arg-type
ring.get_nodes("a")  # E: call-arg
ring.get_nodes("a", 3, ["b"])  # E: call-arg
ring.get_nodes("a", "b")  # E: arg-type
ring.assign(["a"], True)  # E: call-arg
ring.add_node(["a"])  # E: arg-type
ring.add_node("a", "heavy")  # E: arg-type
ring.nodes = ("a",)  # E: misc
ring.seed = 5  # E: misc
ring.weights["a"] = 2  # E: index
ring.nodes.append("b")  # E: attr-defined
HashRing.from_bytes("a")  # E: arg-type
hashable: Hashable = ring  # E: assignment
print(ring < ring)  # E: operator

ring.tokens()  # E: call-arg
ring.tokens([1.5])  # E: list-item
print(ring.table_size)  # E: attr-defined

nodes = Rendezvous(["a"])
Rendezvous(5)  # E: arg-type
Rendezvous(["a"], 5)  # E: call-arg
Rendezvous(["a"], vnodes=160)  # E: call-arg
nodes.set_weight("a", "heavy")  # E: arg-type
print(nodes.vnodes)  # E: attr-defined
nodes.seed = 5  # E: misc
print(nodes < nodes)  # E: operator

table = Maglev(["a"])
Maglev(["a"], 101)  # E: call-arg
Maglev(["a"], table_size=101.0)  # E: arg-type
Maglev(["a"], vnodes=160)  # E: call-arg
table.table_size = 101  # E: misc
table["a"] = "b"  # E: index
table.remove_node()  # E: call-arg
Maglev.from_bytes("a")  # E: arg-type
hashable = table  # E: assignment

shards = JumpHash(12)
JumpHash()  # E: call-arg
JumpHash("12")  # E: arg-type
JumpHash(12, 5)  # E: call-arg
JumpHash(12, vnodes=5)  # E: call-arg
shards.set_weight(5, 2)  # E: attr-defined
shards.add_node("a")  # E: arg-type
shards.nodes = range(5)  # E: misc
shards["a"].upper()  # E: attr-defined


bloom = BloomFilter(1000)
BloomFilter()  # E: call-arg
BloomFilter("1000")  # E: arg-type
BloomFilter(1000.0)  # E: arg-type
BloomFilter(1000, "0.01")  # E: arg-type
BloomFilter(1000, 0.01, 5)  # E: call-arg
BloomFilter(1000, key="secret")  # E: arg-type
BloomFilter(1000, layout="blocked")  # E: arg-type
BloomFilter(1000, probes=7)  # E: call-arg
bloom.add(1.5)  # E: arg-type
bloom.add(["a"])  # E: arg-type
bloom.add("a", "b")  # E: call-arg
bloom.add(key="a")  # E: call-arg
bloom.update(["a"], True)  # E: call-arg
bloom.update([1.5])  # E: list-item
bloom.update(["a"], out=np.empty(1, np.bool_))  # E: call-arg
bloom.contains_many(5)  # E: arg-type
bloom.contains_many(["a"], True)  # E: call-arg
bloom.contains_many(["a"], out=[True])  # E: arg-type
len(bloom)  # E: arg-type
list(bloom)  # E: call-overload
bloom["a"]  # E: index
bloom.capacity = 5  # E: misc
bloom.layout = "pair"  # E: misc
bloom | {"a"}  # E: operator
print(bloom < {"a"})  # E: operator
BloomFilter.from_bytes("a")  # E: arg-type
BloomFilter.open("a", "w")  # E: arg-type
hashable = bloom  # E: assignment

counting = CountingBloomFilter(1000)
CountingBloomFilter(1000, layout="pair")  # E: call-arg
counting.remove(1.5)  # E: arg-type
counting.remove_many(["a"], out=np.empty(1, np.bool_))  # E: call-arg
CountingBloomFilter.open("a", "r+")  # E: arg-type
counting | counting  # E: operator
len(counting)  # E: arg-type

FuseFilter(5)  # E: arg-type
FuseFilter(["a"]).add("b")  # E: attr-defined
RotatingBloomFilter(1000, window="ten minutes")  # E: arg-type

VectorClock({"a": 1}).increment(1.5)  # E: arg-type
VectorClock({"a": 1}).merge({"a": 1})  # E: arg-type
VectorClock({"a": 1})["a"] = 2  # E: index
print(VectorClock() < CausalContext())  # E: operator
ClockMatrix([[1]]).compare({"a": 1})  # E: arg-type
ClockMatrix([[1]], 5)  # E: arg-type
CausalContext().add(("a", 1))  # E: arg-type
DottedVersionVectorSet().put("x", {"a": 1}, "A")  # E: arg-type
HLC(5)  # E: call-arg
IntervalTreeClock("1")  # E: arg-type
IntervalTreeClock(1, 1.5)  # E: arg-type
IntervalTreeClock(id=1)  # E: call-arg
IntervalTreeClock().join((1, 0))  # E: arg-type
IntervalTreeClock().id = 1  # E: misc
print(IntervalTreeClock() < VectorClock())  # E: operator
PNCounter("a")  # E: call-arg
PNCounter(replica=5)  # E: arg-type
GCounter().merge(PNCounter())  # E: arg-type
print(GCounter() | PNCounter())  # E: operator
GCounter().decrement()  # E: attr-defined
BoundedCounter("5")  # E: arg-type
BoundedCounter().transfer(1)  # E: call-arg
LWWRegister(time_ns=5)  # E: arg-type
LWWRegister().set(1, 5)  # E: call-arg
MVRegister().set(1, time=5)  # E: call-arg
MVRegister().value = 5  # E: misc
EnableWinsFlag(replica=True)  # E: arg-type
EnableWinsFlag().merge(DisableWinsFlag())  # E: arg-type
RemoveWinsSet(5)  # E: arg-type
RemoveWinsSet().merge(ORSet())  # E: arg-type
ORMap().merge(ORSet())  # E: arg-type
ORMap().pop(1)  # E: attr-defined
ORMap().counter(1).increment(1.5)  # E: arg-type
ORMap().counter(1).to_bytes()  # E: attr-defined
GSet([1]).discard(1)  # E: attr-defined
GSet().merge(TwoPhaseSet())  # E: arg-type
LWWSet(bias="both")  # E: arg-type
LWWMap(5)  # E: arg-type
LWWMap().set("x")  # E: call-arg
print(LWWMap() | {"x": 1})  # E: operator
