"""Random damage, half of it under right checksums: refused, or an object whose bytes are the ones given."""

import random

import pytest

from coterie import DecodeError, HashRing, JumpHash
from tests.core.container import JUMP, parse, reseal, ring_points

NODES = {"a": 1, "b": 2.5, "é": 0.01, b"\xff": 1, 7: 1e-3, -1: 3, 2**63: 1}
STARTS = [
    HashRing(NODES, vnodes=3, seed=2**64 - 1).to_bytes(),
    HashRing(["a", "b"], vnodes=1).to_bytes(),
    HashRing(range(5), vnodes=2).to_bytes(),
    HashRing([b"%d" % i for i in range(20)], vnodes=1).to_bytes(),
    HashRing().to_bytes(),
    JumpHash(12, seed=3).to_bytes(),
    JumpHash(2**31 - 1).to_bytes(),
]
WORDS = [0, 1, 2, 3, 255, 2**15, 2**16, 2**28, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1, 2**64 - 64]


def mutate(source, data):
    """A few changes: bits, bytes, words, pieces left out, doubled, moved, taken from others."""
    data = bytearray(data)
    for _ in range(source.choice((1, 1, 1, 2, 3, 8))):
        at = source.randrange(source.choice((0, 64)), len(data) + 1)
        way = source.randrange(8)
        if way == 0 and at < len(data):
            data[at] ^= 1 << source.randrange(8)
        elif way == 1 and at < len(data):
            data[at] = source.randrange(256)
        elif way == 2:
            word = source.choice(WORDS).to_bytes(8, "little")[: source.choice((1, 2, 4, 8))]
            data[at : at + len(word)] = word
        elif way == 3:
            del data[at : at + source.randrange(1, 20)]
        elif way == 4:
            data[at:at] = data[at : at + source.randrange(1, 20)]
        elif way == 5:
            data[at:at] = source.randbytes(source.randrange(1, 9))
        elif way == 6:
            other = source.choice(STARTS)
            data[at:] = other[source.randrange(len(other)) :]
        elif len(data) > 64:
            swap = source.randrange(64, len(data))
            data[at : at + 8], data[swap : swap + 8] = data[swap : swap + 8], data[at : at + 8]
        if len(data) < 64:
            data += bytes(64 - len(data))
    return bytes(data)


def sealed(source, data):
    """The bytes with right checksums, mostly with the right length and header too."""
    container = parse(data)
    if source.random() < 0.8:
        container = container.but(length=None)
    if source.random() < 0.8:
        container = container.but(magic=parse(STARTS[0]).magic, version=1, flags=0, reserved=0)
    return reseal(container.to_bytes())


def check(data):
    """Reads the bytes; True if they were good. What was read must work and be written as the same bytes."""
    kind = JumpHash if parse(data).kind == JUMP else HashRing
    if kind is HashRing and 10**5 < ring_points(data) <= 2**28:
        return False  # good, and large
    try:
        made = kind.from_bytes(data)
    except DecodeError:
        return False
    assert made.to_bytes() == data
    assert kind.from_bytes(made.to_bytes()) == made
    if len(made):
        nodes = made.get_nodes("key", 3)
        assert nodes[0] == made["key"] == made.nodes[made.assign(["key"])[0]]
        assert all(node in made for node in nodes)
    else:
        with pytest.raises(LookupError):
            made["key"]
    return True


def campaign(seed, rounds):
    source = random.Random(seed)
    good = 0
    for _ in range(rounds):
        data = mutate(source, source.choice(STARTS))
        if source.random() < 0.5:
            data = sealed(source, data)
        good += check(data)
    return good


def test_mutations():
    assert campaign(1, 3000) > 100  # or the campaign would only see checksums


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_mutations(seed):
    campaign(seed, 10_000)
