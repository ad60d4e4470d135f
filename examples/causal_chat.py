"""A chat of several processes over UDP that loses, repeats and reorders: no one sees an answer first.

    python examples/causal_chat.py [--people 4] [--messages 20] [--loss 0.2] [--seed 7]

Each process has a socket on the loopback and a `CausalBuffer`, which delivers what it receives in causal
order. `missing()` tells what to ask for again; a vector clock, sent now and then, tells the others what they
lack. One more comes late, gets a snapshot in place of what was said before, and goes on from there with
`advance()`. At the end it is checked that everyone saw every message, causes first. The exit code is 1 if
not, or if time runs out. What is lost, repeated and delayed is random by the seed; who is quicker is not.
"""

import argparse
import contextlib
import heapq
import multiprocessing
import random
import secrets
import select
import socket
import sys
import zlib
from itertools import islice
from time import monotonic
from typing import NamedTuple

from coterie import CausalBuffer, CausalContext, DecodeError, Dot, Message, VectorClock

NAMES = ["ann", "ben", "cat", "dov", "eva", "fay", "gil", "hal"]
LATE = "zoe"

# A datagram is a CRC-32 of the rest, a token of this run, a letter that says what it is, and its body.
SAID = b"s"  # a Message
KNOWN = b"k"  # the VectorClock of the sender: what it has delivered
ASKED = b"a"  # a CausalContext: messages that are missing
JOIN = b"j"  # nothing: please send a snapshot
SNAPSHOT = b"n"  # a VectorClock: what the sender has delivered. A real one has the state as well
COUNTED = ["sent", "dropped", "doubled", "garbled", "refused", "held back", "asked again", "sent again"]


class Plan(NamedTuple):
    """What all processes know at the start."""

    token: bytes
    people: int
    messages: int
    loss: float
    seed: int
    seconds: float


class Chatter:
    """One process: what it says, hears, has heard, and asks for again."""

    def __init__(self, name, plan, connection):
        self.name, self.plan, self.parent = name, plan, connection
        self.random = random.Random(f"{plan.seed} {name}")
        self.buffer = CausalBuffer(name)
        self.delivered = []  # messages in the order in which they were delivered
        self.kept = {}  # the same by dot, for those that ask again
        self.snapshot = VectorClock()  # what was said before this process came
        self.joined = name != LATE
        self.counts = dict.fromkeys(COUNTED, 0)
        self.peers = []  # the addresses of the others
        self.outbox = []  # (when, number, datagram, address): what is on its way
        self.numbers = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)

    # A network that is worse than the loopback

    def post(self, kind, body, address):
        """Send a datagram, perhaps: it may be lost, come twice, be garbled, and is overtaken by others."""
        rest = self.plan.token + kind + body
        datagram = zlib.crc32(rest).to_bytes(4, "big") + rest
        self.counts["sent"] += 1
        if self.random.random() < self.plan.loss:
            self.counts["dropped"] += 1
            return
        copies = 1 + (self.random.random() < 0.1)
        self.counts["doubled"] += copies - 1
        for _ in range(copies):
            if self.random.random() < 0.02:
                at = self.random.randrange(len(datagram))
                datagram = (
                    datagram[:at] + bytes([datagram[at] ^ 1 << self.random.randrange(8)]) + datagram[at + 1 :]
                )
                self.counts["garbled"] += 1
            self.numbers += 1
            when = monotonic() + self.random.random() * 0.03
            heapq.heappush(self.outbox, (when, self.numbers, datagram, address))

    def flush(self):
        """Give to the socket what has been on its way for long enough."""
        while self.outbox and self.outbox[0][0] <= monotonic():
            _, _, datagram, address = heapq.heappop(self.outbox)
            try:
                self.socket.sendto(datagram, address)
            except OSError:
                self.counts["dropped"] += 1  # as good as lost: the peer has gone, or a buffer is full

    def to_all(self, kind, body):
        """Send to each of the others."""
        for address in self.peers:
            self.post(kind, body, address)

    # What is heard

    def listen(self):
        """Take all datagrams that are there. Whatever is not of this chat or not whole is refused."""
        while True:
            try:
                datagram, address = self.socket.recvfrom(65535)
            except BlockingIOError:
                return
            except OSError:
                continue  # a peer has gone
            rest = datagram[4:]
            token = self.plan.token
            if datagram[:4] != zlib.crc32(rest).to_bytes(4, "big") or not rest.startswith(token):
                self.counts["refused"] += 1
                continue
            kind, body = rest[len(token) : len(token) + 1], rest[len(token) + 1 :]
            if address not in self.peers:
                self.peers.append(address)  # someone has joined
            try:
                self.hear(kind, body, address)
            except DecodeError:
                self.counts["refused"] += 1

    def hear(self, kind, body, address):
        """Act on one datagram. DecodeError if the body is not what its kind says."""
        if kind == SNAPSHOT and not self.joined:
            self.snapshot = VectorClock.from_bytes(body)
            self.joined = True
            self.deliver(self.buffer.advance(self.snapshot))
        elif not self.joined:
            pass  # what is said will come again; without the snapshot it means nothing
        elif kind == SAID:
            message, held = Message.from_bytes(body), len(self.buffer)
            self.deliver(self.buffer.receive(message))
            self.counts["held back"] += len(self.buffer) > held
        elif kind == JOIN:
            self.post(SNAPSHOT, self.buffer.clock.to_bytes(), address)
        elif kind == KNOWN:
            self.ask(self.buffer.clock.missing(VectorClock.from_bytes(body)), address)
        elif kind == ASKED:
            for name, first, last in CausalContext.from_bytes(body).ranges():
                for count in range(first, min(last, first + 100) + 1):
                    message = self.kept.get(Dot(name, count))
                    if message is not None:
                        self.counts["sent again"] += 1
                        self.post(SAID, message.to_bytes(), address)

    def deliver(self, messages):
        """Note what the buffer lets through, and then answer some of it."""
        for message in messages:
            self.note(message)
        for message in messages:
            if message.sender != self.name and self.random.random() < 0.3:
                self.say(f"to {message.sender} {message.dot.counter}: indeed")

    def note(self, message):
        """Keep a message that was delivered."""
        self.delivered.append(message)
        self.kept[message.dot] = message

    # What is said

    def say(self, text):
        """Send a message to all, if not enough was said. It may answer what was delivered until now."""
        if self.joined and self.buffer.clock[self.name] < self.plan.messages:
            message = self.buffer.send(text)
            self.note(message)
            self.to_all(SAID, message.to_bytes())

    def ask(self, ranges, address):
        """Ask for messages again, by ranges of their dots. Few at a time: some may be on their way."""
        held = {message.dot for message in self.buffer.pending()}
        dots = (Dot(name, count) for name, first, last in ranges for count in range(first, last + 1))
        wanted = list(islice((dot for dot in dots if dot not in held), 20))
        if wanted and self.joined:
            self.counts["asked again"] += len(wanted)
            self.post(ASKED, CausalContext(None, wanted).to_bytes(), address)

    def part(self):
        """Which part of all that will be said is known here: 1 is everything."""
        return sum(count for _, count in self.buffer.clock.items()) / (self.plan.people * self.plan.messages)

    def run(self):
        """Chat until the parent says stop, or is gone, or time is up; then report."""
        self.parent.send(self.socket.getsockname())
        end = monotonic() + self.plan.seconds
        if not self.parent.poll(self.plan.seconds):
            return
        self.peers = self.parent.recv()
        reports = [1, 1 / 3]  # to the parent: of a third, and of everything
        speak = check = monotonic()
        while (now := monotonic()) < end:
            if now >= speak:
                self.say("something new")
                speak = now + self.random.uniform(0.01, 0.05)
            if now >= check:
                peer = self.random.choice(self.peers)
                if self.joined:
                    self.ask(self.buffer.missing(), peer)
                    self.to_all(KNOWN, self.buffer.clock.to_bytes())
                else:
                    self.post(JOIN, b"", peer)
                check = now + 0.05
            self.flush()
            ready, _, _ = select.select([self.socket, self.parent], [], [], 0.005)
            if self.parent in ready:
                break
            if self.socket in ready:
                self.listen()
            while reports and self.part() >= reports[-1]:
                self.parent.send(reports.pop())
        order = [message.to_bytes() for message in self.delivered]
        self.parent.send((order, self.snapshot.to_bytes(), self.counts))


def chat(name, plan, connection):
    """What a process does. The parent may end first: then there is no one to tell."""
    chatter = Chatter(name, plan, connection)
    with chatter.socket, contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        chatter.run()


def hold(names, plan):
    """The chat: (order, snapshot, counts) by name. TimeoutError if anyone does not come to an end."""
    # A new interpreter for each, which is what works everywhere.
    context = multiprocessing.get_context("spawn")
    processes, pipes, addresses = [], {}, {}
    end = monotonic() + plan.seconds

    def hear(name):
        if not pipes[name].poll(max(0, end - monotonic())):
            raise TimeoutError(f"nothing from {name} after {plan.seconds:g} s")
        try:
            return pipes[name].recv()
        except (EOFError, ConnectionResetError):
            raise TimeoutError(f"{name} ended before its time") from None

    try:
        for name in names:
            pipes[name], theirs = context.Pipe()
            processes.append(context.Process(target=chat, args=(name, plan, theirs), daemon=True))
            processes[-1].start()
            theirs.close()
        for name in names:
            addresses[name] = hear(name)
        del addresses[LATE]
        for name, address in addresses.items():
            pipes[name].send([other for other in addresses.values() if other != address])
        for name in addresses:
            hear(name)  # knows a third of what will be said: time for the late one, of whom nobody knows
        pipes[LATE].send(list(addresses.values()))
        for name in [*addresses, LATE, LATE]:
            hear(name)  # knows all; the late one reports twice
        for name in names:
            pipes[name].send("stop")
        return {name: hear(name) for name in names}
    finally:
        for pipe in pipes.values():
            pipe.close()  # which whoever still runs takes for the end
        for process in processes:
            process.join(1)
            if process.is_alive():
                process.kill()
                process.join()


def check(told, plan):
    """(what is wrong, in words; how many pairs of messages were looked at)."""
    wrong, looked, all_messages = [], 0, {}
    orders = {name: [Message.from_bytes(data) for data in order] for name, (order, _, _) in told.items()}
    for order in orders.values():
        all_messages.update((message.dot, message) for message in order)
    if len(all_messages) != plan.people * plan.messages:
        wrong.append(f"{len(all_messages)} messages are known")
    for name, order in orders.items():
        snapshot = VectorClock.from_bytes(told[name][1])
        expected = {dot for dot in all_messages if dot not in snapshot}
        dots, clocks = [message.dot for message in order], [message.clock for message in order]
        if len(dots) != len(expected) or set(dots) != expected:
            wrong.append(f"{name} saw {len(set(dots))} of {len(expected)} messages, {len(dots)} in all")
        if any(message != all_messages[message.dot] for message in order):
            wrong.append(f"{name} saw other words")
        # Of no message may a cause come after it.
        for place, clock in enumerate(clocks):
            looked += len(dots) - place - 1
            if any(dot in clock for dot in dots[place + 1 :]):
                wrong.append(f"{name} saw {dots[place]} before a cause of it")
        # The same by the words, whatever the clocks say.
        seen = set()
        for message in order:
            seen.add(message.dot)
            words = message.payload.split()
            if words[0] == "to":
                answered = Dot(words[1], int(words[2].rstrip(":")))
                if answered not in seen and answered not in snapshot:
                    wrong.append(f"{name} saw the answer to {answered} first")
    return wrong, looked


def main():
    """Hold a chat, check it, print what it took. The exit code: 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--people", type=int, default=4, help="processes, with one more (default: %(default)s)"
    )
    parser.add_argument("--messages", type=int, default=20, help="said by each (default: %(default)s)")
    parser.add_argument("--loss", type=float, default=0.2, help="part that is lost (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="of all that is random (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=20, help="seconds at most (default: %(default)s)")
    options = parser.parse_args()
    if not 2 <= options.people <= len(NAMES) or not 1 <= options.messages <= 1000:
        parser.error(f"--people: 2 to {len(NAMES)}; --messages: 1 to 1000")
    if not 0 <= options.loss <= 0.9 or options.timeout <= 0:
        parser.error("--loss: 0 to 0.9; --timeout: more than 0")
    names = [*NAMES[: options.people], LATE]
    plan = Plan(
        secrets.token_bytes(8), len(names), options.messages, options.loss, options.seed, options.timeout
    )
    try:
        told = hold(names, plan)
    except TimeoutError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1

    print(f"{'':12}" + "".join(f"{name:>8}" for name in [*names, "all"]))
    rows = {"delivered": [len(order) for order, _, _ in told.values()]}
    rows |= {what: [counts[what] for _, _, counts in told.values()] for what in COUNTED}
    for what, numbers in rows.items():
        print(f"{what:12}" + "".join(f"{number:8,}" for number in [*numbers, sum(numbers)]))
    before = sum(count for _, count in VectorClock.from_bytes(told[LATE][1]).items())
    print(f"\n{LATE} came late: a snapshot stands for the {before:,} messages before")

    wrong, looked = check(told, plan)
    for line in wrong:
        print(f"wrong: {line}")
    if not wrong:
        total = plan.people * plan.messages
        print(f"checked: all saw the same {total:,} messages, causes first (in {looked:,} pairs)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
