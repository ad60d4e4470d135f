"""Find out what happened before what in the history of a git repository, by vector clocks.

    python examples/git_causality.py [REPO] [--rev REV]
    python examples/git_causality.py --generate 1000000 [--replicas 16]

The commits are laid on chains, as if each chain were a replica: a commit goes on with the chain of its
first parent if that still ends there, and begins a new one if not. Vector clocks then tell which commits are
heads and how many were made side by side, hybrid clocks mend the author times that contradict the order, and
git itself is asked whether the clocks are right. With --generate it does the same to a random execution:
replicas that work, send and receive.
"""

import argparse
import random
import shutil
import subprocess
import sys
from array import array
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import NamedTuple

import numpy as np

from coterie.clocks import ClockMatrix, HybridLogicalClock, VectorClock

# The clocks of this many counters are held at once: 32 MB as a matrix.
BLOCK = 1 << 22
# And this many at most where all are needed: 1 GB.
MOST = 1 << 27


class History(NamedTuple):
    """Events, causes first. Each goes on with the chain of its first parent, or begins one."""

    names: list[str] | range  # hashes of commits; numbers of generated events
    parents: list[tuple[int, ...]]  # positions of the events that it follows directly
    walls: list[int]  # what the clock on the wall said, in ns since 1970
    chains: array  # which chain it lies on
    places: array  # which event of its chain it is, from 1: chain and place are its dot


class CannotReadError(Exception):
    """There is no history here. The message says why."""


# From git ---------------------------------------------------------------------------------------------------


def git(repo, *arguments, input=None):
    """What git prints."""
    done = subprocess.run(["git", "-C", repo, *arguments], input=input, capture_output=True)
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
        raise CannotReadError(lines[0].removeprefix("fatal: "))
    return done.stdout.decode(errors="replace")


def read_git(repo, rev):
    """(the History of a repository, how many parents are named in it and are not there)."""
    if shutil.which("git") is None:
        raise CannotReadError("git is not installed")
    git(repo, "rev-parse", "--git-dir")
    # Of all refs what people work on: not the stash, not notes.
    reached = (
        ["--end-of-options", rev] if rev else ["--exclude=refs/stash", "--exclude=refs/notes/*", "--all"]
    )
    listed = git(repo, "rev-list", "--topo-order", "--reverse", "--format=%H %at %P", *reached, "--")
    numbers: dict[str, int] = {}
    parents, walls, missing = [], [], 0
    for line in listed.splitlines():
        if line.startswith("commit "):
            continue
        name, seconds, *named = line.split(" ")
        known = tuple(numbers[parent] for parent in named if parent in numbers)
        missing += sum(parent not in numbers for parent in named if parent)
        numbers[name] = len(numbers)
        parents.append(known)
        # A hybrid stamp has 48 bits for milliseconds, and git takes any number.
        walls.append(min(max(int(seconds or 0), 0), 2**37) * 10**9)
    if not numbers:
        raise CannotReadError(f"no commits in {repo}")
    return on_chains(list(numbers), parents, walls), missing


def on_chains(names, parents, walls):
    """The History in which an event goes on with the chain of its first parent if that still ends there."""
    chains, places, ends = array("q"), array("q"), []
    for event, known in enumerate(parents):
        if known and ends[chains[known[0]]] == known[0]:
            chains.append(chains[known[0]])
            places.append(places[known[0]] + 1)
            ends[chains[event]] = event
        else:
            chains.append(len(ends))
            places.append(1)
            ends.append(event)
    return History(names, parents, walls, chains, places)


# Generated --------------------------------------------------------------------------------------------------


def generate(events, replicas, seed, progress):
    """A random execution: every event is work, a message sent, or one received. Some messages are lost.

    Time passes by 1 ms from event to event; the clocks on the replicas' walls are up to 50 ms off.
    """
    choose = random.Random(seed)
    skews = [choose.randrange(-50, 51) * 10**6 for _ in range(replicas)]
    last = [-1] * replicas  # the latest event of each
    inbox = [[] for _ in range(replicas)]
    parents, walls = [], []
    chains, places = array("q"), array("q")
    for event in range(events):
        replica = choose.randrange(replicas)
        before = last[replica]
        known = (before,) if before >= 0 else ()
        kind = choose.random()
        if kind < 0.3 and inbox[replica] and known:
            waiting = inbox[replica]
            known += (waiting.pop(choose.randrange(len(waiting))),)
        elif kind > 0.7:
            to = choose.randrange(replicas)
            if to != replica and choose.random() < 0.9:
                inbox[to].append(event)
        parents.append(known)
        walls.append(1_767_225_600 * 10**9 + event * 10**6 + skews[replica])
        chains.append(replica)
        places.append(places[before] + 1 if before >= 0 else 1)
        last[replica] = event
        if event % 10_000 == 0 or event == events - 1:
            progress("generated", event + 1, events)
    return History(range(events), parents, walls, chains, places)


# Clocks -----------------------------------------------------------------------------------------------------


def stamped(history, size) -> Iterator[tuple[int, ClockMatrix, dict[int, VectorClock]]]:
    """The vector clocks of all events, in blocks of about `size` counters.

    A block is (its first event, its clocks as a ClockMatrix, the clocks by event that later events may need).
    Nothing else is held.
    """
    width = max(history.chains) + 1
    ids, rows = range(width), max(1, size // width)
    children = array("q", bytes(8 * len(history.parents)))
    for known in history.parents:
        for parent in known:
            children[parent] += 1
    needed: dict[int, VectorClock] = {}
    block: list[VectorClock] = []
    for event, known in enumerate(history.parents):
        clock = needed[known[0]].copy() if known else VectorClock()
        for parent in known[1:]:
            clock.merge(needed[parent])
        clock.increment(history.chains[event])
        for parent in known:
            children[parent] -= 1
            if not children[parent]:
                del needed[parent]
        needed[event] = clock
        block.append(clock)
        if len(block) == rows or event == len(history.parents) - 1:
            yield event + 1 - len(block), ClockMatrix.from_clocks(block, ids=ids), needed
            block = []


def hybrid_stamps(history):
    """A hybrid stamp for each event: of its wall clock where that can be, and above those of all it follows.

    A clock for each chain, which hears of the stamps of parents on other chains. There is no limit to how far
    these may be ahead (`max_drift`): the past is as it is.
    """
    now = 0
    chains = max(history.chains) + 1
    clocks = [HybridLogicalClock(max_drift=None, time_ns=lambda: now) for _ in range(chains)]
    stamps = array("Q")
    for event, chain in enumerate(history.chains):
        now, clock = history.walls[event], clocks[chain]
        for parent in history.parents[event]:
            if history.chains[parent] != chain:
                clock.merge(stamps[parent])
        stamps.append(clock.now())
    return stamps


# What the clocks tell ---------------------------------------------------------------------------------------


class Told(NamedTuple):
    """What one pass over all clocks tells."""

    heads: list[int]  # events that happened before no other
    ordered: int  # pairs of which one happened before the other
    answers: list[bool]  # for each pair asked: did the first happen before the second?
    window: ClockMatrix  # the clocks of the last events


def tell(history, pairs, window, progress):
    """Told, by one pass over the clocks. `pairs` are asked of them; the last `window` of them are kept."""
    events = len(history.parents)
    asked: dict[int, list[int]] = {}
    for number, (_, second) in enumerate(pairs):
        asked.setdefault(second, []).append(number)
    answers = [False] * len(pairs)
    ordered, kept = 0, []
    for first, clocks, needed in stamped(history, BLOCK):
        counts, left = clocks.counts, needed
        # A clock counts the events in the past of its own, chain by chain, and its own. No pair is looked at.
        ordered += int(counts.sum()) - len(clocks)
        for event in asked.keys() & range(first, first + len(clocks)):
            for number in asked[event]:
                before = pairs[number][0]
                knows = counts[event - first, history.chains[before]]
                answers[number] = before != event and bool(knows >= history.places[before])
        kept.extend(clocks[row] for row in range(max(0, events - window - first), len(clocks)))
        progress("stamped", first + len(clocks), events)
    # What is still needed at the end are events that none follows, and messages on their way.
    among = ClockMatrix.from_clocks(left.values()).maximal()
    heads = [event for event, head in zip(left, among.tolist(), strict=True) if head]
    return Told(heads, ordered, answers, ClockMatrix.from_clocks(kept))


def widest(history):
    """The most events of which none happened before another, exactly: a list of them.

    They are as many as the fewest chains that hold all events (Dilworth). The chains at hand are rearranged
    until nothing saves one more: a matching of events with followers, by augmenting paths. What the searches
    in vain have reached tells which events these are (Koenig). n^2 bits, and up to n steps for each chain.
    """
    events = len(history.parents)
    ((_, clocks, _),) = stamped(history, sys.maxsize)
    after = [
        int.from_bytes(row.tobytes(), "little")
        for row in clocks.happened_before(np.array(history.chains), packed=True)
    ]
    follower, leader = [-1] * events, [-1] * events
    for event, known in enumerate(history.parents):
        if known and history.chains[known[0]] == history.chains[event]:
            follower[known[0]], leader[event] = event, known[0]
    unseen = (1 << events) - 1
    searched = [False] * events  # from here each search was in vain
    for end in range(events):
        if follower[end] >= 0:
            continue
        came: dict[int, int] = {}
        now_unseen, todo, found = unseen, [end], -1
        while todo and found < 0:
            at = todo.pop()
            reach = after[at] & now_unseen
            while reach:
                bit = reach & -reach
                reach ^= bit
                now_unseen ^= bit
                event = bit.bit_length() - 1
                came[event] = at
                if leader[event] < 0:
                    found = event
                    break
                todo.append(leader[event])
        if found < 0:
            unseen = now_unseen
            searched[end] = True
            for event in came:
                searched[leader[event]] = True
        while found >= 0:
            at = came[found]
            leader[found] = at
            follower[at], found = found, follower[at]
    widest = [event for event in range(events) if searched[event] and unseen >> event & 1]
    chosen = clocks.counts[widest]
    assert len(widest) == follower.count(-1)
    assert len(ClockMatrix(chosen).concurrent_pairs()) == len(widest) * (len(widest) - 1) // 2
    return widest


def side_by_side(history):
    """So many events at least are concurrent: the most that none had followed yet, at any time.

    Time runs in two ways: as listed, and by depth, which is how many events come before at least, one by one.
    """
    depths = array("q")
    for known in history.parents:
        depths.append(1 + max((depths[parent] for parent in known), default=0))
    most = 0
    for order in (range(len(depths)), np.argsort(depths, kind="stable").tolist()):
        followed, open_now = bytearray(len(depths)), 0
        for event in order:
            open_now += 1
            for parent in history.parents[event]:
                open_now -= not followed[parent]
                followed[parent] = 1
            most = max(most, open_now)
    return most


# Checks -----------------------------------------------------------------------------------------------------


def some_pairs(events, count, near, seed):
    """Random pairs of different events, at most `near` apart, in either order."""
    choose = random.Random(seed)
    pairs = []
    while len(pairs) < count and events > 1:
        first = choose.randrange(events)
        second = first + choose.randint(-near, near)
        if 0 <= second < events and second != first:
            pairs.append((first, second))
    return pairs


def ask_git(repo, history, pairs, progress):
    """What `git merge-base --is-ancestor` says of each pair."""

    def ask(pair):
        names = [history.names[event] for event in pair]
        done = subprocess.run(["git", "-C", repo, "merge-base", "--is-ancestor", *names], capture_output=True)
        if done.returncode not in (0, 1):
            raise CannotReadError(done.stderr.decode(errors="replace").strip())
        return done.returncode == 0

    answers = []
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(ask, pairs):
            answers.append(answer)
            progress("asked git", len(answers), len(pairs))
    return answers


def search(history, pair):
    """Whether the first event can be reached from the second, step by step."""
    first, second = pair
    seen, todo = {second}, [second]
    while todo:
        for parent in history.parents[todo.pop()]:
            if parent == first:
                return True
            if parent > first and parent not in seen:
                seen.add(parent)
                todo.append(parent)
    return False


# The report -------------------------------------------------------------------------------------------------


def span(ns):
    """A time in words: 3.2 days."""
    for unit, size in {"days": 86_400e9, "hours": 3_600e9, "minutes": 60e9, "s": 1e9}.items():
        if ns >= 2 * size:
            return f"{ns / size:.1f} {unit}"
    return f"{ns / 1e6:.0f} ms"


def short(history, event):
    """The name of an event, as short as people want it."""
    return str(history.names[event])[:9]


def report_order(history, told):
    """Heads and pairs."""
    events = len(history.parents)
    shown = ", ".join(short(history, event) for event in told.heads[:6])
    more = f" and {len(told.heads) - 6:,} more" if len(told.heads) > 6 else ""
    print(f"\nheads       {len(told.heads):,}: {shown}{more}")
    pairs = events * (events - 1) // 2
    concurrent = pairs - told.ordered
    print(f"pairs       {pairs:,}, of which concurrent {concurrent:,} ({concurrent / max(1, pairs):.4%})")


def report_width(history, exact):
    """The largest set of events of which none happened before another, or bounds of its size."""
    events, chains = len(history.parents), max(history.chains) + 1
    least = side_by_side(history)
    if events <= exact and events * chains <= MOST:
        found = widest(history)
        assert least <= len(found) <= chains
        shown = ", ".join(short(history, event) for event in found[:6]) + (", ..." if len(found) > 6 else "")
        print(f"width       {len(found):,}, exactly; so many are concurrent, each with each: {shown}")
    elif least == chains:
        print(f"width       {chains:,}, exactly")
    else:
        print(f"width       between {least:,} and {chains:,} (exact for fewer events or chains: see --exact)")


def report_walls(history, stamps, what):
    """Where the clocks on the wall contradict the order, and the stamps that do not."""
    edges = [(parent, event) for event, known in enumerate(history.parents) for parent in known]
    back = {}  # event: by how much it seems earlier than what it follows
    for parent, event in edges:
        behind = history.walls[parent] - history.walls[event]
        if behind > 0:
            back[event] = max(behind, back.get(event, 0))
    print(f"wall clock  {len(back):,} of {len(history.parents):,} {what} seem earlier than one they follow")
    for event in sorted(back, key=back.get, reverse=True)[:3]:
        print(f"            {short(history, event):9} by {span(back[event])}")
    wrong = sum(stamps[parent] >= stamps[event] for parent, event in edges)
    ahead = [
        (HybridLogicalClock.unpack(stamp)[0] - wall // 10**6, event)
        for event, (stamp, wall) in enumerate(zip(stamps, history.walls, strict=True))
    ]
    moved = sum(lead > 0 for lead, _ in ahead)
    most = max(ahead)[0]
    print(f"hybrid      {wrong:,} stamps of {len(edges):,} pairs of neighbours are in the wrong order")
    print(
        f"            {moved:,} stamps are ahead of their wall clocks"
        + (f", by up to {span(most * 10**6)}" if moved else "")
    )
    return wrong


def report_window(history, stamps, clocks, subjects):
    """The last events and their hybrid stamps, a line each, causes first. A chain is a column."""
    parents, chains = history.parents, history.chains
    first = len(parents) - len(clocks)
    order = [first + int(row) for row in clocks.topological_order()]
    columns = {chain: 2 * number for number, chain in enumerate(sorted({chains[event] for event in order}))}
    # From which line to which a chain is drawn: to the last that follows it.
    begins, ends = {}, {}
    for line, event in enumerate(order):
        begins.setdefault(chains[event], line if history.places[event] == 1 else 0)
        for parent in (event, *parents[event]):
            ends[chains[parent]] = line
    print(
        f"\nthe last {len(order)}, causes first; a chain is a column, o-* leads from another: <- from which"
    )
    for line, event in enumerate(order):
        own = chains[event]
        drawn = [" "] * (2 * len(columns) - 1)
        for chain, column in columns.items():
            if begins[chain] <= line <= ends[chain]:
                drawn[column] = "|"
        others = [parent for parent in parents[event] if chains[parent] != own]
        for parent in others:
            if chains[parent] in columns:
                low, high = sorted((columns[own], columns[chains[parent]]))
                drawn[low + 1 : high] = ["-" if part == " " else part for part in drawn[low + 1 : high]]
                drawn[columns[chains[parent]]] = "o"
        drawn[columns[own]] = "*"
        ms, counter = HybridLogicalClock.unpack(stamps[event])
        time = np.datetime_as_string(np.datetime64(ms, "ms"), "ms" if ms % 1000 else "s")
        follows = f"<- {' '.join(short(history, parent) for parent in others)}  " if others else ""
        text = follows + subjects.get(event, "")
        print(f"{''.join(drawn)}  {short(history, event):9} {time}+{counter}  {text}".rstrip())


def main():
    """Read or generate, report, check. The exit code: 1 if a check fails, 2 if there is nothing to read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repo", nargs="?", default=".", help="a repository (default: of the current folder)")
    parser.add_argument("--rev", help="what this revision follows alone (default: all refs, not the stash)")
    parser.add_argument("--generate", type=int, metavar="N", help="a random execution of N events instead")
    parser.add_argument("--replicas", type=int, default=16, help="of that execution (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="of all that is random (default: %(default)s)")
    parser.add_argument("--sample", type=int, default=1000, help="pairs to check (default: %(default)s)")
    parser.add_argument("--window", type=int, default=12, help="events to draw (default: %(default)s)")
    parser.add_argument(
        "--exact",
        type=int,
        default=5000,
        help="events up to which the width is exact, if their clocks take up to 1 GB (default: %(default)s)",
    )
    parser.add_argument("--progress", action="store_true", help="say how far it is, also if no one looks")
    options = parser.parse_args()
    if options.generate is not None and options.generate < 1:
        parser.error("--generate: 1 or more")
    if not 1 <= options.replicas <= 1000:
        parser.error("--replicas: 1 to 1000")
    if min(options.sample, options.window, options.exact) < 0:
        parser.error("--sample, --window and --exact: 0 or more")
    loud, begun = options.progress or sys.stderr.isatty(), perf_counter()

    def progress(did, done, total):
        """One line, written over and over."""
        if loud:
            end = "\n" if done == total else ""
            print(f"\r{perf_counter() - begun:6.1f} s  {did} {done:,} of {total:,}", end=end, file=sys.stderr)

    generated = options.generate is not None
    what = "events" if generated else "commits"
    try:
        if generated:
            history = generate(options.generate, options.replicas, options.seed, progress)
            print(f"a random execution: {len(history.names):,} events on {max(history.chains) + 1} replicas")
        else:
            history, missing = read_git(options.repo, options.rev)
            print(f"{options.repo}: {len(history.names):,} commits on {max(history.chains) + 1:,} chains")
            if git(options.repo, "rev-parse", "--is-shallow-repository").strip() == "true":
                print("the history is shallow: what is older is not here")
            if missing:
                print(f"{missing:,} parents are not here")
        events = len(history.names)
        pairs = some_pairs(events, options.sample, 2000 if generated else events, options.seed)
        told = tell(history, pairs, min(options.window, events), progress)
        stamps = hybrid_stamps(history)
        report_order(history, told)
        report_width(history, options.exact)
        wrong = report_walls(history, stamps, what)

        drawn = range(events - len(told.window), events)
        subjects = {}
        if drawn and not generated:
            names = "\n".join(history.names[event] for event in drawn)
            shown = git(
                options.repo, "rev-list", "--no-walk=unsorted", "--stdin", "--format=%s", input=names.encode()
            )
            subjects = dict(zip(drawn, shown.splitlines()[1::2], strict=True))
        if drawn:
            report_window(history, stamps, told.window, subjects)

        if generated:
            others = [search(history, pair) for pair in pairs]
            asked = "a search through the graph agrees"
        else:
            others = ask_git(options.repo, history, pairs, progress)
            asked = "git merge-base --is-ancestor agrees"
    except CannotReadError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    agree = sum(mine == other for mine, other in zip(told.answers, others, strict=True))
    ordered = sum(others)
    print(f"\nchecked     {asked} on {agree:,} of {len(pairs):,} pairs ({ordered:,} in order)")
    return 0 if agree == len(pairs) and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
