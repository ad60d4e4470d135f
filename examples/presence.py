"""Who is here: a map of several processes over UDP that loses, repeats, damages and reorders.

    python examples/presence.py [--people 5] [--loss 0.2] [--seconds 0.1] [--seed 7]

Each process has a socket on the loopback and an `LWWMap` of names, in which it writes a beat under its own
name again and again. The delta of a beat goes to all at once. Some are lost, so now and then a digest goes to
one other, who answers with what is lacking. Who is online, away or gone each judges alone, by how many beats
of its own went by since it last heard one of the other: clocks of different processes are never compared. The
stamps of the map only order the writes of one key, and these come from one person.

One leaves, and its entry is removed; one is killed, and comes back later; one comes late, knows a single
address, and finds all others in the answer to its first digest. In the end all stop writing and send digests
until they are equal. The exit code is 1 if they are not, if someone did not see what happened, or if time
runs out. What is lost, repeated and delayed is random by the seed; who is quicker is not.
"""

import argparse
import contextlib
import heapq
import multiprocessing
import random
import secrets
import socket
import sys
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from time import monotonic, sleep
from typing import NamedTuple

from coterie import DecodeError, LWWMap, ORSet

NAMES = [
    "ann",
    "ben",
    "cat",
    "dov",
    "eva",
    "fay",
    "gil",
    "hal",
]  # of the first, ann is whom those who come know
LEAVER, CRASHER, LATE = "ben", "cat", "zoe"
AGAIN = f"{CRASHER} again"  # the second life of one who crashed

BEAT = 0.04  # seconds from one to the next
DIGEST = 4  # every so many beats a digest
AWAY, GONE = 8, 20  # shown after so many own beats without one of the other
GOODBYES = 12  # how often one says that it leaves: once could be lost to all

# A datagram is a token of this run, a letter that says what it is, and bytes that have a checksum already.
DELTA = b"d"  # what the sender wrote
KNOWN = b"k"  # the digest of the sender: please answer with what it lacks
DIFF = b"a"  # that answer
SIZES = {DELTA: "delta bytes", KNOWN: "digest bytes", DIFF: "diff bytes"}
COUNTED = ["sent", "lost", "doubled", "damaged", "refused", *SIZES.values(), "as states"]


class Plan(NamedTuple):
    """What all processes know at the start."""

    token: bytes
    people: int
    loss: float
    pause: float  # seconds between two things that happen
    seed: int
    seconds: float


@dataclass
class Other:
    """What is shown of another: known (no beat heard yet), online, away or gone."""

    session: bytes
    shown: str = "known"
    silent: int = 0  # own beats since the last one of the other


class Person:
    """One process: its map, and what it sees of the others."""

    def __init__(self, life, plan, parent):
        self.name, self.plan, self.parent = life.split()[0], plan, parent
        self.random = random.Random(f"{plan.seed} {life}")
        # Who comes back has a new id and an empty map. To go on under the old id, from saved bytes, is safe
        # only if nothing written after them has left, and beats leave at once. A digest brings all the rest.
        self.map = LWWMap()  # name -> (port, session, beat)
        self.session = self.map.replica[:4]  # tells one who came back from a beat that came late
        self.others = {}
        self.digests = {}  # the last digest from each port
        self.first = None  # the names that were known after the first answer to a digest
        self.beats = 0
        self.writing = True
        self.goodbye, self.goodbyes = None, GOODBYES
        self.told = None  # the digest that was last told to the parent
        self.counts = dict.fromkeys(COUNTED, 0)
        self.outbox = []  # (when, number, datagram, port): what is on its way
        self.numbers = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]

    # A network that is worse than the loopback

    def post(self, kind, body, port):
        """Send a datagram, perhaps: it may be lost, come twice, be damaged, and is overtaken by others."""
        self.counts["sent"] += 1
        self.counts[SIZES[kind]] += len(body)
        self.counts["as states"] += len(self.map.to_bytes())
        if self.random.random() < self.plan.loss:
            self.counts["lost"] += 1
            return
        copies = 1 + (self.random.random() < 0.1)
        self.counts["doubled"] += copies - 1
        for _ in range(copies):
            datagram = bytearray(self.plan.token + kind + body)
            if self.random.random() < 0.02:
                datagram[self.random.randrange(len(datagram))] ^= 1 << self.random.randrange(8)
                self.counts["damaged"] += 1
            self.numbers += 1
            when = monotonic() + self.random.random() * 0.03
            heapq.heappush(self.outbox, (when, self.numbers, datagram, port))

    def flush(self):
        """Give to the socket what has been on its way for long enough."""
        while self.outbox and self.outbox[0][0] <= monotonic():
            _, _, datagram, port = heapq.heappop(self.outbox)
            try:
                self.socket.sendto(datagram, ("127.0.0.1", port))
            except OSError:
                self.counts["lost"] += 1  # the other has gone, or a buffer is full

    # What is heard

    def listen(self):
        """Take all datagrams that are there. Whatever is not of this run or not whole is refused."""
        while True:
            try:
                datagram, (_, port) = self.socket.recvfrom(65535)
            except BlockingIOError:
                return
            except OSError:
                continue  # another has gone
            token, rest = datagram[: len(self.plan.token)], datagram[len(self.plan.token) :]
            try:
                if token != self.plan.token:
                    raise DecodeError("of another run")
                self.hear(rest[:1], rest[1:], port)
            except DecodeError:
                self.counts["refused"] += 1

    def hear(self, kind, body, port):
        """Act on one datagram. DecodeError if the body is not what its kind says."""
        if kind == KNOWN:
            diff = self.map.diff(body)
            self.digests[port] = body
            if diff != LWWMap():
                self.post(DIFF, diff.to_bytes(), port)
        elif kind in (DELTA, DIFF):
            self.notice(self.map.update_from(body, changes=True))
            if kind == DIFF and self.first is None:
                self.first = sorted(self.map)
        else:
            raise DecodeError("of no kind")

    def notice(self, changes):
        """See what a merge brought. A beat that came by way of another counts as one."""
        for name in changes.added:
            if name != self.name:  # one who came back meets what it was
                self.others[name] = Other(self.map[name][1])
        for name in changes.removed:
            if self.others.pop(name, None):
                self.see(name, "left")
        for name in changes.changed:
            if name in self.others:
                before, session = self.others[name], self.map[name][1]
                self.others[name] = Other(session, "online")
                if session != before.session:
                    self.see(name, "returned")
                elif before.shown != "online":
                    self.see(name, "joined" if before.shown == "known" else "back")

    def judge(self):
        """See who was not heard for too long. What is held up itself counts slower, and judges nobody."""
        for name, other in self.others.items():
            other.silent += 1
            if other.silent == AWAY and other.shown == "online":
                other.shown = "away"
                self.see(name, "away")
            elif other.silent == GONE and other.shown == "away":
                other.shown = "gone"
                self.see(name, "crashed")

    def see(self, name, what):
        """Tell it to the parent, which keeps it, also when this process is killed."""
        self.parent.send(("saw", (name, what)))

    # What is said

    def ports(self, silent):
        """Where the others are that were silent for less than this. The map says so itself."""
        return [self.map[name][0] for name, other in self.others.items() if other.silent < silent]

    def tick(self, known):
        """Once in each beat: write it, and tell the others. `known`: ports to begin with."""
        everyone = self.ports(sys.maxsize) or known
        if self.goodbye:
            self.goodbyes -= 1
            self.to_all(DELTA, self.goodbye)
        elif self.writing:
            if everyone and (self.beats % DIGEST == 0 or not self.others):
                # Also to those who are gone: it may be the network that was.
                self.post(KNOWN, self.map.digest(), self.random.choice(everyone))
            self.judge()
            self.beats += 1
            self.map[self.name] = (self.port, self.session, self.beats)
            self.to_all(DELTA, self.map.take_delta().to_bytes())
        else:
            digest = self.map.digest()
            for port in everyone:
                self.post(KNOWN, digest, port)
            if digest != self.told and all(self.digests.get(port) == digest for port in everyone):
                self.told = digest
                self.parent.send(("quiet", digest))

    def to_all(self, kind, body):
        """Send to each of the others that are not gone."""
        for port in self.ports(GONE):
            self.post(kind, body, port)

    def obey(self, command):
        """Do what the parent says; whether to go on."""
        if command == "leave":
            del self.map[self.name]
            self.goodbye = self.map.take_delta().to_bytes()
        elif command == "stop":
            self.writing = False
        return command != "end"

    def run(self):
        """Take part until the parent says otherwise, or is gone, or time is up; then report."""
        self.parent.send(("port", self.port))
        end = monotonic() + self.plan.seconds
        if not self.parent.poll(self.plan.seconds):
            return
        known = self.parent.recv()
        beat = monotonic()
        while monotonic() < end and self.goodbyes:
            self.flush()
            ready = wait([self.socket, self.parent], 0.005)
            self.listen()  # before anyone is judged
            if self.parent in ready and not self.obey(self.parent.recv()):
                break
            if monotonic() >= beat:
                self.tick(known)
                beat = monotonic() + BEAT
        self.parent.send(("report", (self.counts, self.first, self.map.to_bytes())))


def take_part(life, plan, parent):
    """What a process does. The parent may end first: then there is no one to tell."""
    person = Person(life, plan, parent)
    with person.socket, contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        person.run()


def expected(people):
    """What each has to see of whom: by life, by name, in this order."""
    names = NAMES[:people]
    stay = [name for name in names if name not in (LEAVER, CRASHER)]
    joined = ("joined",)
    fates = dict.fromkeys([*stay, LATE], joined) | {
        LEAVER: ("joined", "left"),
        CRASHER: ("joined", "away", "crashed", "returned"),
    }
    lives = {life: fates for life in stay}
    lives[LEAVER] = dict.fromkeys(names, joined)
    lives[CRASHER] = lives[LEAVER] | {LEAVER: fates[LEAVER]}
    lives[LATE] = dict.fromkeys(stay, joined) | {CRASHER: ("returned",)}
    lives[AGAIN] = dict.fromkeys([*stay, LATE], joined)
    return {life: {name: what for name, what in seen.items() if name != life} for life, seen in lives.items()}


@dataclass
class Life:
    """What the parent knows of a process."""

    process: multiprocessing.Process | None = None
    pipe: Connection | None = None
    told: dict = field(default_factory=dict)  # the last of each kind: port, quiet, report
    saw: list = field(default_factory=list)  # (name, what), in order


class Meeting:
    """Starts and ends processes, and waits until the others have seen it."""

    def __init__(self, plan):
        # A new interpreter for each, which is what works everywhere.
        self.plan, self.context = plan, multiprocessing.get_context("spawn")
        self.end = monotonic() + plan.seconds
        self.expected = expected(plan.people)
        self.lives = {}  # all that ever were
        self.living = {}

    def start(self, *lives):
        """Start processes that know only the first of all."""
        for name in lives:
            pipe, theirs = self.context.Pipe()
            process = self.context.Process(target=take_part, args=(name, self.plan, theirs), daemon=True)
            process.start()
            theirs.close()
            self.living[name] = self.lives[name] = Life(process, pipe)
        self.until(lambda: all("port" in self.lives[life].told for life in lives), "not all have begun")
        first = self.lives[NAMES[0]].told["port"]
        for life in lives:
            self.say(life, [] if life == NAMES[0] else [first])

    def say(self, life, words):
        """Say something to a process. If it has ended, that comes out when it is waited for."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.lives[life].pipe.send(words)

    def until(self, done, otherwise):
        """Hear what processes tell, until it is enough. TimeoutError if that takes too long."""
        while not done():
            pipes = {life.pipe: name for name, life in self.living.items()}
            ready = wait(list(pipes), max(0, self.end - monotonic()))
            if not ready:
                raise TimeoutError(f"{otherwise} after {self.plan.seconds:g} s")
            for pipe in ready:
                try:
                    kind, what = pipe.recv()
                except (EOFError, ConnectionResetError):
                    raise TimeoutError(f"{otherwise}, and one ended before its time") from None
                life = self.living[pipes[pipe]]
                if kind == "saw":
                    life.saw.append(what)
                else:
                    life.told[kind] = what
                if kind == "report":
                    del self.living[pipes[pipe]]  # it ends now

    def seen(self, what, *names):
        """Wait until all that live have seen it, of those who have to."""
        for name in names:
            self.until(
                lambda name=name: all(
                    (name, what) in life.saw
                    for key, life in self.living.items()
                    if what in self.expected[key].get(name, ())
                ),
                f"not all saw that {name} {what}",
            )
        sleep(self.plan.pause)

    def reported(self, *lives):
        """Wait for reports, which are the last that is heard of these processes."""
        self.until(lambda: all("report" in self.lives[life].told for life in lives), "not all have reported")

    def strangers(self):
        """Send to all what is none of their business."""
        datagrams = [b"", b"hello", bytes(8) + DELTA + LWWMap({"mallory": 1}).to_bytes()]
        datagrams.append(self.plan.token + DELTA + ORSet("x").to_bytes())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for life in self.living.values():
                for datagram in datagrams:
                    stranger.sendto(datagram, ("127.0.0.1", life.told["port"]))

    def hold(self):
        """All that happens: lives by their names."""
        names = NAMES[: self.plan.people]
        self.start(*names)
        self.seen("joined", *names)
        self.strangers()
        self.say(LEAVER, "leave")
        self.seen("left", LEAVER)
        self.reported(LEAVER)
        self.living.pop(CRASHER).process.kill()
        self.seen("crashed", CRASHER)
        self.start(LATE)
        self.seen("joined", LATE, *names)
        self.start(AGAIN)
        self.seen("returned", CRASHER)
        self.seen("joined", LATE, *names)
        for life in self.living:
            self.say(life, "stop")
        self.until(self.quiet, "not all are equal")
        for life in self.living:
            self.say(life, "end")
        self.reported(*self.living)
        return self.lives

    def quiet(self):
        """Whether all have the digest that each has heard from each."""
        digests = [life.told.get("quiet") for life in self.living.values()]
        return None not in digests and len(set(digests)) == 1

    def close(self):
        """End whatever still runs."""
        for life in self.lives.values():
            life.pipe.close()  # which whoever still runs takes for the end
        for life in self.lives.values():
            life.process.join(1)
            if life.process.is_alive():
                life.process.kill()
                life.process.join()


def lacking(saw, expected):
    """What was not seen, or not in order; in between there may be more, if someone was suspected wrongly."""
    missing = []
    for name, fates in expected.items():
        of_it = iter([what for who, what in saw if who == name])
        missing += [f"{name} {fate}" for fate in fates if fate not in of_it]
    return missing


def check(lives, plan):
    """What is wrong, in words."""
    wrong, states = [], {}
    stay = [name for name in NAMES[: plan.people] if name not in (LEAVER, CRASHER)]
    for life, expectations in expected(plan.people).items():
        if missing := lacking(lives[life].saw, expectations):
            wrong.append(f"{life} did not see: {', '.join(missing)}")
        if life not in (LEAVER, CRASHER):
            _, first, states[life] = lives[life].told["report"]
            present = {LATE: stay, AGAIN: [*stay, LATE]}.get(life, [])
            if not set(present) <= set(first or ()):
                wrong.append(f"{life} did not get all by its first digest")
    here = sorted([*stay, LATE, CRASHER])
    for life, state in states.items():
        if state != states[NAMES[0]]:
            wrong.append(f"{life} is not equal to {NAMES[0]}")
        if (names := sorted(LWWMap.from_bytes(state))) != here:
            wrong.append(f"{life} shows {', '.join(names)}")
    return wrong


def table(lives):
    """The numbers of each that could report, as lines; and all in all."""
    counts = {name: life.told["report"][0] for name, life in lives.items() if "report" in life.told}
    total = {what: sum(numbers[what] for numbers in counts.values()) for what in COUNTED}
    lines = [f"{'':12}" + "".join(f"{name:>11}" for name in [*counts, "all"])]
    for what in COUNTED:
        lines.append(f"{what:12}" + "".join(f"{n[what]:11,}" for n in [*counts.values(), total]))
    return lines, total


def main():
    """Hold a meeting, check it, print what it took. The exit code: 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=5, help="at the start (default: %(default)s)")
    parser.add_argument("--loss", type=float, default=0.2, help="part that is lost (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=0.1, help="between two things that happen (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=7, help="of all that is random (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=30, help="seconds at most (default: %(default)s)")
    options = parser.parse_args()
    if not 3 <= options.people <= len(NAMES) or not 0 <= options.loss <= 0.5:
        parser.error(f"--people: 3 to {len(NAMES)}; --loss: 0 to 0.5")
    if not 0 <= options.seconds <= 60 or not 0 < options.timeout <= 3600:
        parser.error("--seconds: 0 to 60; --timeout: more than 0, up to 3600")
    token = secrets.token_bytes(8)
    plan = Plan(token, options.people, options.loss, options.seconds, options.seed, options.timeout)
    meeting = Meeting(plan)
    try:
        lives = meeting.hold()
    except TimeoutError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    finally:
        meeting.close()

    lines, total = table(lives)
    print(*lines, sep="\n")
    sent = sum(total[what] for what in SIZES.values())
    print(f"\n{sent:,} bytes were sent; states in place of deltas, digests and diffs: {total['as states']:,}")
    print(f"saved: {total['as states'] - sent:,} bytes, {1 - sent / total['as states']:.0%}\n")
    for name, life in lives.items():
        print(f"{name} saw: {', '.join(f'{who} {what}' for who, what in life.saw)}")
    again = sum(what == "back" for life in lives.values() for _, what in life.saw)
    print(f"\n{again} times a beat came after all of one who was shown as away or gone")

    wrong = check(lives, plan)
    for line in wrong:
        print(f"wrong: {line}")
    if not wrong:
        print(f"checked: {len(meeting.expected) - 2} are equal, and all saw what happened")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
