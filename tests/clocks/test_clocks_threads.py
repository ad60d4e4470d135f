"""Clocks that threads use at the same time lose no event, and each reading is one that there was."""

import itertools
import pickle
import random

import pytest

from coterie import (
    BloomClock,
    CausalBuffer,
    CausalContext,
    ClockMatrix,
    Dot,
    DottedVersionVectorSet,
    HybridLogicalClock,
    LamportClock,
    MatrixClock,
    VectorClock,
)
from tests.threads.race import run, while_changing

N = 2000
IDS = [f"r{i}" for i in range(200)]


def test_stamps():
    for clock in (LamportClock(), HybridLogicalClock(max_drift=None)):
        step = clock.tick if isinstance(clock, LamportClock) else clock.now
        stamps = []

        def work(step=step, stamps=stamps, clock=clock):
            mine = [step() for _ in range(N)] + [clock.recv(1) for _ in range(N)]
            assert mine == sorted(mine)
            stamps.append(mine)

        run(work, work, work)
        assert len(set(itertools.chain(*stamps))) == 6 * N


def test_increments():
    """Of one id, of own ids, and of ids that come while the clock grows and is merged with others."""
    clock, other = VectorClock({"base": 1}), VectorClock({"other": 1})

    def one():
        for _ in range(N):
            clock.increment("base")

    def own(me):
        for at in range(N):
            clock.increment(f"{me}-{at % 50}")

    def merge():
        for at in range(N // 10):
            other.increment(IDS[at])
            clock.merge(other)
            other.merge(clock)

    run(one, one, lambda: own("a"), lambda: own("b"), merge)
    assert clock["base"] == 2 * N + 1
    assert sum(clock[f"{me}-{at}"] for me in "ab" for at in range(50)) == 2 * N
    assert all(clock[id] == 1 for id in IDS)
    assert other.compare(clock) in (0, 1)


def test_opposite_merges_do_not_wait_for_each_other():
    a, b = VectorClock({"a": 1}), VectorClock({"b": 1})
    x, y = CausalContext(a), CausalContext(b, [Dot("c", 5)])

    def there():
        for at in range(N):
            a.merge(b)
            x.merge(y)
            a.increment("a")
            x.add(Dot("a", 2 * at + 9))

    def back():
        for at in range(N):
            b.merge(a)
            y.merge(x)
            b.increment("b")
            y.add(Dot("b", 2 * at + 9))

    run(there, back, lambda: [a < b for _ in range(N)], lambda: [x <= y for _ in range(N)])
    a.merge(b)
    b.merge(a)
    assert a == b == VectorClock({"a": N + 1, "b": N + 1})
    assert x | y == y | x
    assert len((x | y).ranges()) == 2 * N + 3


def test_readings_are_whole():
    """Of a clock that moves between slots: two counters that always change together."""
    clock = VectorClock({"x": 1, "y": 1})
    strangers = [VectorClock({f"s{at}": 1, f"t{at}": 1}) for at in range(20)]
    both = VectorClock({"x": 1, "y": 1})

    def change():
        for at in range(300):
            both.advance("x", at + 2)
            both.advance("y", at + 2)
            clock.merge(both)
            clock.merge(strangers[at % 20])

    def read():
        entries = clock.to_dict()
        assert entries["x"] == entries["y"]
        again = VectorClock.from_bytes(clock.to_bytes())
        assert again["x"] == again["y"]
        copied = clock.copy()
        assert copied["x"] == copied["y"]
        assert copied <= clock
        clock.compare(strangers[3])

    while_changing(change, read, read)


def test_events_are_given_once():
    context, dots = CausalContext(), []
    run(*[lambda: dots.append([context.next_dot("a").counter for _ in range(N)])] * 3)
    assert sorted(itertools.chain(*dots)) == list(range(1, 3 * N + 1))
    assert context.ranges() == [("a", 1, 3 * N)]


def test_new_beginnings():
    """One that is initialised again is one or the other."""
    beginnings = [{"a": 1}, {1: 5, 2: 6}, {}, {f"n{i}": i + 1 for i in range(50)}]
    clock, context = VectorClock(), CausalContext()
    wanted = [VectorClock(entries).to_dict() for entries in beginnings]
    contexts = [CausalContext(VectorClock(entries)).ranges() for entries in beginnings]

    def change():
        for entries in beginnings * 100:
            clock.__init__(entries)
            context.__init__(VectorClock(entries))

    def read():
        assert clock.to_dict() in wanted
        assert context.ranges() in contexts
        assert clock.copy().to_dict() in wanted
        assert clock[1] in (0, 5)
        assert Dot("a", 2) not in context or len(context.vector) == 50

    while_changing(change, read, read)


def test_siblings():
    a, b = DottedVersionVectorSet(), DottedVersionVectorSet()

    def write(at, replica):
        for value in range(200):
            at.put((replica, value), None, replica)

    def sync():
        for _ in range(200):
            a.merge(b)
            b.merge(a)

    run(lambda: write(a, "A"), lambda: write(a, "B"), lambda: write(b, "C"), sync)
    a.merge(b)
    assert len(a) == 600
    assert {value for _, value in a.siblings()} == {
        (replica, value) for replica in "ABC" for value in range(200)
    }


@pytest.mark.parametrize("kind", [VectorClock, CausalContext])
def test_many_objects_at_once(kind):
    """Which find each other's ids: those that many stand on come and go meanwhile."""

    def work(me):
        for at in range(300):
            clocks = [VectorClock({f"{at % 7}": 1, f"{me}-{i}": 1}) for i in range(5)]
            made = [kind(clock) for clock in clocks]
            for one, other in itertools.pairwise(made):
                one.merge(other)
            assert made[0].compare(made[1]) == 3

    run(*(lambda me=me: work(me) for me in range(3)))


# ---- matrix clocks ----


def test_updates_of_a_matrix():
    """Of one member, of own members, and by merging others, while members come and go."""
    matrix, other = MatrixClock(["a", "b", "c"]), MatrixClock(["a", "b", "c"])

    def update(matrix, member, me):
        for at in range(N // 4):
            matrix.update(member, VectorClock({me: at + 1}))

    def merge():
        for _ in range(N // 20):
            matrix.merge(other)
            other.merge(matrix)

    tasks = [(matrix, "a", "x"), (matrix, "a", "y"), (matrix, "b", "x"), (other, "c", "x"), (other, "a", "z")]
    run(merge, *(lambda task=task: update(*task) for task in tasks))
    last = N // 4
    rows = {"a": dict.fromkeys("xyz", last), "b": {"x": last}, "c": {"x": last}}
    matrix.merge(other)
    other.merge(matrix)
    assert matrix == other
    assert {member: matrix[member].to_dict() for member in matrix} == rows
    assert matrix.frontier() == VectorClock({"x": last})

    def come_and_go(me):
        for _ in range(N // 20):
            matrix.add_member(me, VectorClock({"x": last}))
            matrix.remove_member(me)

    run(lambda: come_and_go("d"), lambda: come_and_go("e"), lambda: update(matrix, "b", "new"))
    assert {member: matrix[member].to_dict() for member in matrix} == rows | {"b": {"x": last, "new": last}}


def test_readings_of_a_matrix_are_whole():
    """Of two rows that always change together, and a frontier that never goes back."""
    matrix, both = MatrixClock(["a", "b"]), MatrixClock(["a", "b"])
    frontiers = [VectorClock()]

    def change():
        for at in range(300):
            clock = VectorClock({"x": matrix["a"]["x"] + 1, f"s{at % 20}": at + 1})
            both.update("a", clock)
            both.update("b", clock)
            matrix.merge(both)

    def read():
        again = MatrixClock.from_bytes(matrix.to_bytes())
        assert again["a"] == again["b"] == again.frontier()
        copied = matrix.copy()
        assert copied["a"] == copied["b"]
        assert copied <= matrix
        assert MatrixClock.from_json(matrix.to_json()) <= pickle.loads(pickle.dumps(matrix))

    def watch():
        frontiers.append(matrix.frontier())
        assert frontiers.pop(0) <= frontiers[0]

    while_changing(change, read, watch)


# ---- Bloom clocks ----


def test_adding_to_a_bloom_clock():
    clock, other = BloomClock(50, 3), BloomClock(50, 3)
    both = clock.copy()

    def add(me):
        for at in range(N):
            clock.add((me + str(at)).encode())

    def merge():
        for at in range(N):
            other.add(at)
            other.merge(clock)
            both.merge(other)

    run(lambda: add("a"), lambda: add("b"), lambda: add("c"), merge)
    assert int(clock.cells.sum()) == 3 * 3 * N
    expected = BloomClock(50, 3)
    for me, at in itertools.product("abc", range(N)):
        expected.add((me + str(at)).encode())
    assert clock == expected
    other.merge(clock)
    both.merge(other)
    assert clock <= other == both


def test_bloom_clocks_that_merge_into_each_other():
    a, b = BloomClock(300, 20, seed=1), BloomClock(300, 20, seed=1)

    def there():
        for at in range(N):
            a.add(at)
            a.merge(b)

    def back():
        for at in range(N):
            b.add(-at)
            b.merge(a)

    run(there, back, lambda: [a <= b for _ in range(N)], lambda: [b.compare(a) for _ in range(N)])
    a.merge(b)
    b.merge(a)
    assert a == b


def test_readings_of_a_bloom_clock_are_whole():
    """Of events that count in all cells, and of one that is initialised again with another shape."""
    clock, other, anew = BloomClock(40, 40), BloomClock(40, 40), BloomClock(1, 1)

    def change():
        for at in range(300):
            clock.add(at)
            other.add(at)
            other.add(at)
            clock.merge(other)
            anew.__init__(at % 7 + 1, at % 7 + 1, seed=at)
            anew.add(at)

    def read():
        for some in (clock, clock.copy(), BloomClock.from_bytes(clock.to_bytes()), anew, anew.copy()):
            cells = some.cells.tolist()
            assert len(set(cells)) == 1
        again = BloomClock.from_json(anew.to_json())
        assert again.hashes == len(again.cells)
        assert again.seed % 7 + 1 == again.hashes
        assert clock.copy() <= clock

    while_changing(change, read, read)


def test_rates_of_bloom_clocks_are_of_one_state():
    """Of one without events 1, of one whose event the other does not have 0, and nothing between."""
    clock, other, full = BloomClock(2, 1), BloomClock(2, 1), BloomClock(2, 1)
    other.add("x")
    for apart in "abcdefgh":
        full.__init__(2, 1)
        full.add(apart)
        if full.concurrent(other):
            break

    def change():
        for _ in range(2000):
            clock.__init__(2, 1)
            clock.merge(full)

    def read():
        assert clock.false_before_rate(other) in (0, 1)

    while_changing(change, read, read)
    assert clock.false_before_rate(other) == 0


# ---- buffers ----


def some_messages(n):
    """What three replicas say that hear each other."""
    chance, buffers, messages = random.Random(n), [CausalBuffer(id) for id in "abc"], []
    for at in range(n):
        sender = chance.choice(buffers)
        for message in messages[-5:]:
            if chance.random() < 0.5:
                sender.receive(message)
        messages.append(sender.send(at))
    return messages


def check_order(messages):
    seen = {}
    for message in messages:
        seen[message.payload] = message.clock
    for one, other in itertools.pairwise(messages):
        assert not other.clock < one.clock
    assert len(seen) == len(messages)


def test_a_buffer_delivers_once():
    """Threads bring the same messages, each in another order."""
    messages, buffer, delivered = some_messages(400), CausalBuffer("x"), []

    def bring(seed):
        mine = []
        for message in random.Random(seed).sample(messages, len(messages)):
            now = buffer.receive(message)
            check_order(now)
            mine += now
        delivered.append(mine)

    def read():
        for _ in range(100):
            copied = buffer.copy()
            held = copied.pending()
            assert all(message.dot not in copied.clock for message in held)
            assert bool(held) == bool(copied.missing())
            assert copied.clock <= buffer.clock
            assert len(pickle.loads(pickle.dumps(buffer)).pending()) <= len(messages)

    run(*(lambda seed=seed: bring(seed) for seed in range(3)), read)
    everything = list(itertools.chain(*delivered))
    assert sorted(message.payload for message in everything) == list(range(400))
    assert (len(buffer), buffer.missing(), buffer.duplicates) == (0, [], 800)
    assert sum(buffer.clock.to_dict().values()) == 400


def test_a_buffer_that_sends_meanwhile():
    a, b, sent, got = CausalBuffer("a"), CausalBuffer("b"), [], []

    def send(buffer):
        for at in range(N // 4):
            sent.append(buffer.send(at))

    def exchange(buffer, start):
        for at in range(start, N):
            for message in sent[max(at - 5, 0) : at]:
                got.extend(buffer.receive(message))

    run(
        *(lambda x=x: send(x) for x in (a, a, b, b)),
        lambda: exchange(a, 0),
        lambda: exchange(b, 0),
        lambda: exchange(b, N // 2),
    )
    assert sorted(tuple(message.dot) for message in sent) == [
        (id, n + 1) for id in "ab" for n in range(N // 2)
    ]
    for message in sent:
        got.extend(a.receive(message))
        got.extend(b.receive(message))
    assert a.clock == b.clock == VectorClock({"a": N // 2, "b": N // 2})
    assert sorted(tuple(message.dot) for message in got) == sorted(tuple(message.dot) for message in sent)


def test_state_transfers_to_a_buffer():
    """While messages come: nothing that was transferred is delivered, and nothing else is left out."""
    messages, buffer, delivered = some_messages(400), CausalBuffer(), []
    transfers = [message.clock for message in messages[::20]]

    def bring(seed):
        for message in random.Random(seed).sample(messages, len(messages)):
            delivered.extend(buffer.receive(message))

    def advance():
        for clock in transfers:
            delivered.extend(buffer.advance(clock))
            assert buffer.clock >= clock

    def read():
        for _ in range(500):
            assert len(buffer) <= 400
            assert repr(buffer).endswith(" held>")

    run(lambda: bring(1), lambda: bring(2), advance, read)
    dots = [tuple(message.dot) for message in delivered]
    assert len(set(dots)) == len(dots)
    assert len(buffer) == 0
    assert sum(buffer.clock.to_dict().values()) == 400
    left_out = {tuple(message.dot) for message in messages} - set(dots)
    assert all(any(Dot(*dot) in clock for clock in transfers) for dot in left_out)


def test_matrices_of_clocks_that_grow():
    """Every row is what its clock was at some time, though ids come while the clocks are read."""
    clocks = [VectorClock() for _ in range(5)]

    def grow(me):
        for at in range(N // 4):
            for clock in clocks:
                clock.increment(f"{me}-{at % 60}")
            if at % 10 == 0:
                clocks[at % 5].merge(clocks[(at + 1) % 5])

    def read():
        before = [VectorClock() for _ in clocks]
        for _ in range(N // 20):
            m = ClockMatrix.from_clocks(clocks)
            rows = m.to_clocks()
            assert all(a <= b for a, b in zip(before, rows, strict=True))
            assert (m.dominated_by(m.merge_all())).all()
            before = rows
        assert all(row <= clock for row, clock in zip(before, clocks, strict=True))

    run(lambda: grow("a"), lambda: grow("b"), read, read)
