"""Uses that a type checker must reject, each marked with the code of the error. Nobody runs this file."""

from collections.abc import Hashable
from uuid import UUID

import coterie
from coterie import HashRing, JumpHash, cpu_level, digest, digests
from coterie.hashing import jump, xxh3_64

digest(1.5)  # E: arg-type
digest(None)  # E: arg-type
digest(UUID(int=5))  # E: arg-type
digest(["a"])  # E: arg-type
digest(key="a")  # E: call-arg
digests(5)  # E: arg-type
digests([1.5])  # E: list-item
digests(None)  # E: arg-type
digests(["a"], seed=5)  # E: call-arg
cpu_level(5)  # E: call-arg
coterie.Ring()  # E: attr-defined

xxh3_64("a", 5)  # E: call-overload
xxh3_64(1.5)  # E: call-overload
xxh3_64("a", seed="b")  # E: call-overload
jump("a", 10)  # E: arg-type
jump(["a"], 10)  # E: list-item
jump(5)  # E: call-overload
jump(5, 1.5)  # E: call-overload

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

shards = JumpHash(12)
JumpHash()  # E: call-arg
JumpHash("12")  # E: arg-type
JumpHash(12, 5)  # E: call-arg
JumpHash(12, vnodes=5)  # E: call-arg
shards.set_weight(5, 2)  # E: attr-defined
shards.add_node("a")  # E: arg-type
shards.nodes = range(5)  # E: misc
shards["a"].upper()  # E: attr-defined
