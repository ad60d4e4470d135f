"""Several threads that change one placement lose no change, and none comes half."""

import gc
import itertools
import os
import subprocess
import sys
import threading
from numbers import Real

import pytest

from coterie import HashRing, JumpHash
from tests.threads.race import hurry, run

WRITERS = range(4)
ROUNDS = 100


def test_nodes_of_one_own():
    """Each thread adds, weighs and removes nodes that are its own."""
    ring = HashRing({"base": 2}, vnodes=5)

    def change(me):
        for i in range(ROUNDS):
            ring.add_node(f"{me}-{i}")
            ring.set_weight(f"{me}-{i}", 1 + i % 3)
            ring.add_nodes([f"{me}-{i}-x", f"{me}-{i}-y"])
            if i % 2:
                ring.remove_node(f"{me}-{i}")
            ring.remove_node(f"{me}-{i}-x")

    run(*(lambda me=me: change(me) for me in WRITERS))
    want = {"base": 2}
    for me, i in itertools.product(WRITERS, range(ROUNDS)):
        want[f"{me}-{i}-y"] = 1
        if not i % 2:
            want[f"{me}-{i}"] = 1 + i % 3
    assert dict(ring.weights) == want
    assert ring == HashRing(want, vnodes=5)
    assert ring.assign(range(3000)).tolist() == HashRing(want, vnodes=5).assign(range(3000)).tolist()


def test_only_one_adds_what_all_add():
    ring, added, removed = HashRing(vnodes=5), [], []

    def change():
        for i in range(ROUNDS):
            try:
                ring.add_node(i)
            except ValueError:
                continue
            added.append(i)

    def take():
        for i in range(ROUNDS):
            try:
                ring.remove_node(i)
            except KeyError:
                continue
            removed.append(i)

    run(*([change] * 4))
    assert sorted(added) == list(range(ROUNDS))
    run(*([take] * 4))
    assert sorted(removed) == list(range(ROUNDS))
    assert ring == HashRing(vnodes=5)


def test_all_or_none():
    """add_nodes with one node that is there already adds none of the others."""
    ring = HashRing({"base": 1}, vnodes=3)
    successes = []

    def change(me):
        for i in range(ROUNDS):
            try:
                ring.add_nodes([f"{me}-{i}-a", f"shared-{i}", f"{me}-{i}-b"])
            except ValueError:
                continue
            successes.append((me, i))

    run(*(lambda me=me: change(me) for me in WRITERS))
    assert sorted(i for _, i in successes) == list(range(ROUNDS))
    want = ["base", *(f"shared-{i}" for i in range(ROUNDS))]
    want += [f"{me}-{i}-{end}" for me, i in successes for end in "ab"]
    assert ring == HashRing(want, vnodes=3)


def test_copies_go_their_own_way():
    ring = HashRing(range(20), vnodes=5)
    ends = []

    def change(me):
        copied = ring.copy()
        for i in range(ROUNDS):
            copied.add_node(f"{me}-{i}")
            copied.remove_node(i % 20)
            copied.add_node(i % 20)
            again = copied.copy()
            again.remove_node(f"{me}-{i}")
        ends.append((me, copied))

    run(*(lambda me=me: change(me) for me in WRITERS))
    assert ring == HashRing(range(20), vnodes=5)
    for me, copied in ends:
        assert copied == HashRing([*range(20), *(f"{me}-{i}" for i in range(ROUNDS))], vnodes=5)


@pytest.mark.parametrize("start", [1, 500])
def test_shards(start):
    shards = JumpHash(start)
    turns = 30_000

    def add():
        for _ in range(turns):
            shards.add_node()

    run(*([add] * 4))
    assert len(shards) == start + 4 * turns

    def remove():
        for _ in range(turns):
            shards.remove_node()

    run(*([remove] * 4))
    assert len(shards) == start
    run(add, add, remove_when_there(shards, turns), remove_when_there(shards, turns))
    assert len(shards) == start


def remove_when_there(shards, turns):
    """A worker that removes so many shards, waiting for them if it must."""

    def remove():
        for _ in range(turns):
            while True:
                try:
                    shards.remove_node()
                    break
                except ValueError:  # the only one cannot leave
                    pass

    return remove


@pytest.mark.parametrize("named", [False, True])
def test_only_one_adds_each_shard(named):
    shards, added = JumpHash(1), []

    def add():
        for i in range(1, 50_000):
            if named:
                try:
                    shards.add_node(i)
                except ValueError:
                    continue
                added.append(i)
            else:
                shards.add_node()
                added.append(None)

    run(*([add] * 4))
    assert len(shards) == 1 + len(added)
    assert not named or len(set(added)) == len(added)


def test_shards_are_read_meanwhile():
    shards, done = JumpHash(50), threading.Event()
    want = [{JumpHash(n)[key] for n in (50, 51)} for key in range(300)]
    rows = {JumpHash(n).assign(range(300)).tobytes() for n in (50, 51)}

    def change():
        for _ in range(20_000):
            shards.add_node()
            shards.remove_node()
        done.set()

    def read():
        while not done.is_set():
            for key in range(300):
                assert shards[key] in want[key]
            assert shards.assign(range(300)).tobytes() in rows
            assert len(shards) in (50, 51)

    run(change, read, read)


# ---- changes within a change ----


def test_nodes_that_change_the_ring():
    ring = HashRing(["a"], vnodes=5)

    def nodes():
        ring.add_node("by the generator")
        yield "b"
        ring.remove_node("a")
        yield "c"

    ring.add_nodes(nodes())
    assert ring == HashRing(["b", "c", "by the generator"], vnodes=5)

    def rival():
        ring.add_node("rival")
        yield "d"
        yield "rival"

    with pytest.raises(ValueError, match="'rival'"):
        ring.add_nodes(rival())
    assert ring == HashRing(["b", "c", "by the generator", "rival"], vnodes=5)
    ring.__init__(itertools.chain(["x"], (ring.add_node("lost") or node for node in ["y"])), vnodes=5)
    assert ring == HashRing(["x", "y"], vnodes=5)


class Weight:
    """A number that does something when it is asked for its value."""

    def __init__(self, value, action):
        self.value, self.action = value, action

    def __float__(self):
        self.action()
        return float(self.value)


Real.register(Weight)


def test_weights_that_change_the_ring():
    ring = HashRing(["a", "b"], vnodes=5)
    ring.add_node("c", Weight(2, lambda: ring.remove_node("a")))
    assert ring == HashRing({"b": 1, "c": 2}, vnodes=5)
    with pytest.raises(KeyError):
        ring.set_weight("b", Weight(2, lambda: ring.remove_node("b")))
    assert ring == HashRing({"c": 2}, vnodes=5)
    with pytest.raises(ValueError, match="twice"):
        ring.add_node("d", Weight(2, lambda: ring.add_node("d")))
    assert ring == HashRing({"c": 2, "d": 1}, vnodes=5)


def test_finalisers_that_change_the_ring():
    """The collector may run them in the middle of a change, wherever memory is taken."""
    ring, numbers, within = HashRing(["base"], vnodes=3), itertools.count(), []

    class Cycle:
        def __init__(self):
            self.me = self

        def __del__(self):
            i = next(numbers)
            ring.add_node(f"finaliser-{i}")
            if i % 2:
                ring.remove_node(f"finaliser-{i}")
            within.append(i)

    def change(me):
        for i in range(60):
            Cycle()
            ring.add_node(f"{me}-{i}")
            Cycle()
            ring.set_weight(f"{me}-{i}", 2)
            ring.assign(range(10))
            ring.copy().remove_node("base")

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        with hurry():
            run(*(lambda me=me: change(me) for me in WRITERS))
    finally:
        gc.set_threshold(*threshold)
        gc.collect()
    want = {f"{me}-{i}": 2 for me in WRITERS for i in range(60)}
    want |= {f"finaliser-{i}": 1 for i in within if not i % 2} | {"base": 1}
    assert len(within) == 2 * 60 * len(WRITERS)
    assert ring == HashRing(want, vnodes=3)


def test_keys_that_change_the_ring_on_several_threads():
    """A batch sees one state: the one at its start, which is one of all that there were."""
    ring, lock, answers = HashRing(range(10), vnodes=5), threading.Lock(), []
    states = [ring.copy()]

    def keys(me):
        for key in range(3000):
            if key % 300 == 7:
                with lock:
                    ring.add_node(f"{me}-{key}")
                    states.append(ring.copy())
            yield key

    run(*(lambda me=me: answers.append(ring.assign(keys(me)).tobytes()) for me in WRITERS))
    assert len(ring) == 10 + 10 * len(WRITERS)
    assert len(answers) == len(WRITERS)
    assert set(answers) <= {state.assign(range(3000)).tobytes() for state in states}


def test_slow_writer_is_not_overtaken_for_ever():
    """While another thread changes the ring all the time."""
    ring, stop = HashRing([f"node-{i}" for i in range(20)]), threading.Event()

    def fast():
        while not stop.is_set():
            ring.set_weight("node-1", 1.5)
            ring.set_weight("node-1", 2)

    thread = threading.Thread(target=fast)
    thread.start()
    try:
        ring.add_nodes([f"other-{i}" for i in range(5000)])
    finally:
        stop.set()
        thread.join()
    assert len(ring) == 5020


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_fork_in_another_ones_turn():
    """The child does not wait for a thread that only its parent has."""
    code = """
import os, threading, time, warnings
from coterie import HashRing
warnings.simplefilter("ignore")
ring = HashRing(range(300))
threading.Thread(target=lambda: [ring.set_weight(5, 1 + i % 7) for i in range(10**9)], daemon=True).start()
for _ in range(20):
    child = os.fork()
    if not child:
        for i in range(3):
            ring.add_node(f"new {i}")
        os._exit(0 if len(ring) == 303 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=50)
