"""The example ends in time with all messages in causal order, and notices when they are not."""

import re
import sys
from functools import partial

import pytest

from coterie import Message, VectorClock
from tests.examples import script

NAME = "causal_chat"


run = partial(script.run, NAME)
loaded = partial(script.module, NAME)


def row(text, what):
    """The numbers of one line."""
    return [
        int(number.replace(",", "")) for number in re.search(rf"^{what} +([\d, ]+)$", text, re.M)[1].split()
    ]


def test_a_chat():
    done = run("--people", 3, "--messages", 12, "--loss", 0.3, "--timeout", 60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "checked: all saw the same 48 messages, causes first" in done.stdout
    *delivered, total = row(done.stdout, "delivered")
    assert delivered[:3] == [48, 48, 48]
    assert sum(delivered) == total
    before = int(re.search(r"a snapshot stands for the (\d+) messages", done.stdout)[1])
    assert delivered[3] == 48 - before
    assert 16 <= before <= 36
    for what in ("sent", "dropped", "doubled", "held back", "asked again", "sent again"):
        assert row(done.stdout, what)[-1] > 0


def test_it_ends_when_time_runs_out():
    done = run("--people", 2, "--timeout", 0.01)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing from ann after 0.01 s" in done.stderr


def test_it_notices_what_is_wrong():
    example = loaded()
    plan = example.Plan(b"", 2, 1, 0, 1, 1)
    first = Message("ann", VectorClock({"ann": 1}), "something new")
    reply = Message("ben", VectorClock({"ann": 1, "ben": 1}), "to ann 1: indeed")

    def wrong(*orders, snapshot=None):
        snapshot = (snapshot or VectorClock()).to_bytes()
        told = {
            name: ([message.to_bytes() for message in order], snapshot, {})
            for name, order in zip(("ann", "ben"), orders, strict=True)
        }
        return " ".join(example.check(told, plan)[0])

    assert wrong([first, reply], [first, reply]) == ""
    assert wrong([first, reply], [reply, first]) == (
        "ben saw Dot('ben', 1) before a cause of it ben saw the answer to Dot('ann', 1) first"
    )
    assert wrong([first, reply], [first]) == "ben saw 1 of 2 messages, 1 in all"
    assert wrong([first], [first]).startswith("1 messages are known")
    assert wrong([first, reply], [first, reply, reply]).startswith("ben saw 2 of 2 messages, 3 in all")
    other = Message("ben", reply.clock, "something else")
    assert "saw other words" in wrong([first, reply], [first, other])
    assert "ann saw 2 of 1 messages" in wrong([first, reply], [reply], snapshot=first.clock)


def test_datagrams_that_are_not_of_the_chat():
    example = loaded()
    chatter = example.Chatter("ann", example.Plan(b"token123", 2, 5, 0, 1, 1), None)
    with chatter.socket:
        whole = b"token123" + example.SAID + Message("ben", VectorClock({"ben": 1}), "hello").to_bytes()
        datagrams = [b"", b"ab", b"abcd", whole, bytes(4) + whole]
        for rest in (b"token124" + whole[8:], whole[:-1], whole[:9], b"token123", b"token123z", whole):
            datagrams.append(example.zlib.crc32(rest).to_bytes(4, "big") + rest)
        for datagram in datagrams:
            chatter.socket.sendto(datagram, chatter.socket.getsockname())
        chatter.listen()
    assert chatter.counts["refused"] == 8
    assert [message.payload for message in chatter.delivered] == ["hello"]


@pytest.mark.parametrize("option", ["--people=1", "--messages=0", "--loss=1", "--timeout=0"])
def test_what_cannot_be_used(option, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["causal_chat.py", option])
    with pytest.raises(SystemExit) as ended:
        loaded().main()
    assert ended.value.code == 2
    assert option.split("=")[0] in capsys.readouterr().err
