"""Several threads that change one placement lose no change, and none comes half."""

import gc
import itertools
import os
import subprocess
import sys
import threading
from numbers import Real

import pytest

from coterie import JumpHash
from tests.placement.schemes import schemes
from tests.threads.race import hurry, run

WRITERS = range(4)
ROUNDS = 100


@schemes("weights")
def test_nodes_of_one_own(scheme):
    """Each thread adds, weighs and removes nodes that are its own."""
    placement = scheme.of({"base": 2})

    def change(me):
        for i in range(ROUNDS):
            placement.add_node(f"{me}-{i}")
            placement.set_weight(f"{me}-{i}", 1 + i % 3)
            placement.add_nodes([f"{me}-{i}-x", f"{me}-{i}-y"])
            if i % 2:
                placement.remove_node(f"{me}-{i}")
            placement.remove_node(f"{me}-{i}-x")

    run(*(lambda me=me: change(me) for me in WRITERS))
    want = {"base": 2}
    for me, i in itertools.product(WRITERS, range(ROUNDS)):
        want[f"{me}-{i}-y"] = 1
        if not i % 2:
            want[f"{me}-{i}"] = 1 + i % 3
    assert dict(placement.weights) == want
    assert placement == scheme.of(want)
    assert placement.assign(range(3000)).tolist() == scheme.of(want).assign(range(3000)).tolist()


@schemes(numbered=False)
def test_only_one_adds_what_all_add(scheme):
    placement, added, removed = scheme.of([]), [], []

    def change():
        for i in range(ROUNDS):
            try:
                placement.add_node(i)
            except ValueError:
                continue
            added.append(i)

    def take():
        for i in range(ROUNDS):
            try:
                placement.remove_node(i)
            except KeyError:
                continue
            removed.append(i)

    run(*([change] * 4))
    assert sorted(added) == list(range(ROUNDS))
    run(*([take] * 4))
    assert sorted(removed) == list(range(ROUNDS))
    assert placement == scheme.of([])


@schemes(numbered=False)
def test_all_or_none(scheme):
    """add_nodes with one node that is there already adds none of the others."""
    placement = scheme.of({"base": 1})
    successes = []

    def change(me):
        for i in range(ROUNDS):
            try:
                placement.add_nodes([f"{me}-{i}-a", f"shared-{i}", f"{me}-{i}-b"])
            except ValueError:
                continue
            successes.append((me, i))

    run(*(lambda me=me: change(me) for me in WRITERS))
    assert sorted(i for _, i in successes) == list(range(ROUNDS))
    want = ["base", *(f"shared-{i}" for i in range(ROUNDS))]
    want += [f"{me}-{i}-{end}" for me, i in successes for end in "ab"]
    assert placement == scheme.of(want)


@schemes(numbered=False)
def test_copies_go_their_own_way(scheme):
    placement = scheme.of(range(20))
    ends = []

    def change(me):
        copied = placement.copy()
        for i in range(ROUNDS):
            copied.add_node(f"{me}-{i}")
            copied.remove_node(i % 20)
            copied.add_node(i % 20)
            again = copied.copy()
            again.remove_node(f"{me}-{i}")
        ends.append((me, copied))

    run(*(lambda me=me: change(me) for me in WRITERS))
    assert placement == scheme.of(range(20))
    for me, copied in ends:
        assert copied == scheme.of([*range(20), *(f"{me}-{i}" for i in range(ROUNDS))])


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


@schemes(numbered=False)
def test_nodes_that_change_the_placement(scheme):
    placement = scheme.of(["a"])

    def nodes():
        placement.add_node("by the generator")
        yield "b"
        placement.remove_node("a")
        yield "c"

    placement.add_nodes(nodes())
    assert placement == scheme.of(["b", "c", "by the generator"])

    def rival():
        placement.add_node("rival")
        yield "d"
        yield "rival"

    with pytest.raises(ValueError, match="'rival'"):
        placement.add_nodes(rival())
    assert placement == scheme.of(["b", "c", "by the generator", "rival"])
    nodes = itertools.chain(["x"], (placement.add_node("lost") or node for node in ["y"]))
    placement.__init__(nodes, **scheme.options)
    assert placement == scheme.of(["x", "y"])


class Weight:
    """A number that does something when it is asked for its value."""

    def __init__(self, value, action):
        self.value, self.action = value, action

    def __float__(self):
        self.action()
        return float(self.value)


Real.register(Weight)


@schemes("weights")
def test_weights_that_change_the_placement(scheme):
    placement = scheme.of(["a", "b"])
    placement.add_node("c", Weight(2, lambda: placement.remove_node("a")))
    assert placement == scheme.of({"b": 1, "c": 2})
    with pytest.raises(KeyError):
        placement.set_weight("b", Weight(2, lambda: placement.remove_node("b")))
    assert placement == scheme.of({"c": 2})
    with pytest.raises(ValueError, match="twice"):
        placement.add_node("d", Weight(2, lambda: placement.add_node("d")))
    assert placement == scheme.of({"c": 2, "d": 1})


@schemes("weights")
def test_finalisers_that_change_the_placement(scheme):
    """The collector may run them in the middle of a change, wherever memory is taken."""
    placement, numbers, within = scheme.of(["base"]), itertools.count(), []

    class Cycle:
        def __init__(self):
            self.me = self

        def __del__(self):
            i = next(numbers)
            placement.add_node(f"finaliser-{i}")
            if i % 2:
                placement.remove_node(f"finaliser-{i}")
            within.append(i)

    def change(me):
        for i in range(60):
            Cycle()
            placement.add_node(f"{me}-{i}")
            Cycle()
            placement.set_weight(f"{me}-{i}", 2)
            placement.assign(range(10))
            placement.copy().remove_node("base")

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
    assert placement == scheme.of(want)


@schemes(numbered=False)
def test_keys_that_change_the_placement_on_several_threads(scheme):
    """A batch sees one state: the one at its start, which is one of all that there were."""
    placement, lock, answers = scheme.of(range(10)), threading.Lock(), []
    states = [placement.copy()]

    def keys(me):
        for key in range(3000):
            if key % 300 == 7:
                with lock:
                    placement.add_node(f"{me}-{key}")
                    states.append(placement.copy())
            yield key

    run(*(lambda me=me: answers.append(placement.assign(keys(me)).tobytes()) for me in WRITERS))
    assert len(placement) == 10 + 10 * len(WRITERS)
    assert len(answers) == len(WRITERS)
    assert set(answers) <= {state.assign(range(3000)).tobytes() for state in states}


@schemes("weights")
def test_slow_writer_is_not_overtaken_for_ever(scheme):
    """While another thread changes the placement all the time."""
    placement, stop = scheme.cls([f"node-{i}" for i in range(20)]), threading.Event()

    def fast():
        while not stop.is_set():
            placement.set_weight("node-1", 1.5)
            placement.set_weight("node-1", 2)

    thread = threading.Thread(target=fast)
    thread.start()
    try:
        placement.add_nodes([f"other-{i}" for i in range(5000)])
    finally:
        stop.set()
        thread.join()
    assert len(placement) == 5020


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@schemes("weights")
def test_fork_in_another_ones_turn(scheme):
    """The child does not wait for a thread that only its parent has."""
    code = """
import os, sys, threading, time, warnings
import coterie
warnings.simplefilter("ignore")
placement = getattr(coterie, sys.argv[1])(range(300))
change = lambda: [placement.set_weight(5, 1 + i % 7) for i in range(10**9)]
threading.Thread(target=change, daemon=True).start()
for _ in range(20):
    child = os.fork()
    if not child:
        for i in range(3):
            placement.add_node(f"new {i}")
        os._exit(0 if len(placement) == 303 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code, str(scheme)], check=True, timeout=50)
