"""The example ends in time with equal maps and everything seen, and notices when it is not so."""

import re
import sys
from contextlib import contextmanager
from functools import partial

import pytest

from coterie import LWWMap, ORSet
from tests.examples import script

NAME = "presence"
SIZES = ("delta bytes", "digest bytes", "diff bytes")


run = partial(script.run, NAME)
loaded = partial(script.module, NAME)


def row(text, what):
    """The numbers of one line."""
    return [
        int(number.replace(",", "")) for number in re.search(rf"^{what} +([\d, ]+)$", text, re.M)[1].split()
    ]


def sights(text):
    """Who saw what of whom."""
    return {name: seen.split(", ") for name, seen in re.findall(r"^(.*) saw: (.*)$", text, re.M)}


def test_a_meeting():
    done = run("--timeout", 100)
    assert (done.returncode, done.stderr) == (0, "")
    assert "checked: 5 are equal, and all saw what happened" in done.stdout
    rows = {what: row(done.stdout, what) for what in loaded().COUNTED}
    for what, (*numbers, total) in rows.items():
        assert len(numbers) == 6, what
        assert sum(numbers) == total > 0, what
    assert rows["sent"][-1] > rows["lost"][-1]
    sent, states = sum(rows[what][-1] for what in SIZES), rows["as states"][-1]
    assert sent < states
    assert f"{sent:,} bytes were sent" in done.stdout
    assert f"saved: {states - sent:,} bytes" in done.stdout
    seen = sights(done.stdout)
    assert list(seen) == ["ann", "ben", "cat", "dov", "eva", "zoe", "cat again"]
    for life in ("ann", "dov", "eva"):
        fates = ["cat joined", "cat away", "cat crashed", "cat returned"]
        assert [fate for fate in seen[life] if fate in fates][-1] == "cat returned"
        assert {*fates, "ben joined", "ben left", "zoe joined"} <= set(seen[life])
    assert "ben left" in seen["cat"]
    assert not any("ben" in what for life in ("zoe", "cat again") for what in seen[life])
    assert "cat returned" in seen["zoe"]


def test_a_small_meeting_on_a_better_network():
    done = run("--people", 3, "--loss", 0, "--seconds", 0, "--seed", 1, "--timeout", 100)
    assert (done.returncode, done.stderr) == (0, "")
    assert "checked: 3 are equal" in done.stdout
    assert row(done.stdout, "sent")[-1] > 0
    assert list(sights(done.stdout)) == ["ann", "ben", "cat", "zoe", "cat again"]


def test_it_ends_when_time_runs_out():
    done = run("--people", 3, "--timeout", 0.01)
    assert (done.returncode, done.stdout) == (1, "")
    assert "not all have begun after 0.01 s" in done.stderr


@contextmanager
def people(example, *names, loss=0):
    """Persons that tell no parent but a list, as (them, the list)."""
    told = []

    class Parent:
        def __init__(self, name):
            self.name = name

        def send(self, message):
            told.append((self.name, *message))

    plan = example.Plan(b"token123", 3, loss, 0, 1, 1)
    them = [example.Person(name, plan, Parent(name)) for name in names]
    try:
        yield them, told
    finally:
        for person in them:
            person.socket.close()


def test_what_is_seen():
    example = loaded()
    theirs = LWWMap()
    with people(example, "ann") as ([ann], told):

        def hear(*beats, session=b"1"):
            for beat in beats:
                theirs["cat"] = (1, session, beat)
                ann.hear(example.DELTA, theirs.take_delta().to_bytes(), 1)
            return taken()

        def quiet(beats):
            for _ in range(beats):
                ann.judge()
            return taken()

        def taken():
            seen = [what for _, _, (name, what) in told if name == "cat"]
            told.clear()
            return seen

        assert (hear(5), ann.others["cat"].shown, quiet(2)) == ([], "known", [])
        assert (hear(6), hear(7), hear(8)) == (["joined"], [], [])
        assert (quiet(example.AWAY - 1), quiet(1), hear(9)) == ([], ["away"], ["back"])
        assert (quiet(example.GONE), ann.others["cat"].shown, quiet(99)) == (["away", "crashed"], "gone", [])
        assert ann.ports(example.GONE) == []  # deltas are for those who are there
        assert ann.ports(sys.maxsize) == [1]
        assert hear(1, 2, session=b"2") == ["returned"]
        assert ann.ports(example.GONE) == [1]
        late = LWWMap({"cat": (1, b"1", 7)}, time_ns=lambda: 10**9)
        ann.hear(example.DELTA, late.to_bytes(), 1)
        assert (taken(), ann.map["cat"]) == ([], (1, b"2", 2))
        del theirs["cat"]
        ann.hear(example.DELTA, theirs.take_delta().to_bytes(), 1)
        assert (taken(), ann.others, quiet(99)) == (["left"], {}, [])

        # Someone who is in the map, but was never heard: no one came, no one went.
        assert (hear(1), quiet(99), hear(1, session=b"3")) == ([], [], ["returned"])

        # What one was oneself is no other.
        ann.hear(example.DELTA, LWWMap({"ann": (1, b"1", 7)}).to_bytes(), 1)
        assert "ann" not in ann.others


def exchange(them):
    """Deliver what is on its way until nothing is."""
    ports = {person.port: person for person in them}
    while waiting := [(person, person.outbox.pop()) for person in them if person.outbox]:
        for person, (_, _, datagram, port) in waiting:
            rest = bytes(datagram[len(person.plan.token) :])
            if port in ports:
                ports[port].hear(rest[:1], rest[1:], person.port)


def test_the_first_digest_the_goodbye_and_the_end():
    example = loaded()
    with people(example, "ann", "ben", "zoe") as (them, told):
        for person in them:
            person.random.random = lambda: 0.5  # a good network
        ann, ben, zoe = them
        for name in ("ben", "dov", "eva"):
            ann.hear(example.DELTA, LWWMap({name: (2, b"1", 1)}).to_bytes(), 2)
        ann.tick([])
        zoe.post(example.KNOWN, zoe.map.digest(), ann.port)
        exchange(them)
        assert zoe.first == ["ann", "ben", "dov", "eva"]
        assert zoe.map == ann.map
        sent = ann.counts["sent"]
        zoe.post(example.KNOWN, zoe.map.digest(), ann.port)
        exchange(them)
        assert ann.counts["sent"] == sent  # nothing lacks, no answer

        for _ in range(15 * example.DIGEST):  # some of the digests go to those who are not there
            for person in them:
                person.tick([ann.port] if person is not ann else [])
                exchange(them)
        assert ("ann", "saw", ("ben", "returned")) in told
        assert {("zoe", "saw", ("ann", "joined")), ("zoe", "saw", ("ben", "returned"))} <= set(told)
        assert ben.obey("leave")
        for left in range(example.GOODBYES - 1, -1, -1):
            ben.tick([])
            assert ben.goodbyes == left
        exchange(them)
        assert ("ann", "saw", ("ben", "left")) in told
        assert ("zoe", "saw", ("ben", "left")) in told

        for person in (ann, zoe):
            del person.map["dov"], person.map["eva"], person.others["dov"], person.others["eva"]
            assert person.obey("stop")
        for _ in range(3):
            for person in (ann, zoe):
                person.tick([])
                exchange(them)
        quiet = [(name, what) for name, kind, what in told if kind == "quiet"]
        assert dict(quiet) == {"ann": ann.map.digest(), "zoe": ann.map.digest()}
        assert ann.map == zoe.map
        assert not ann.obey("end")


def test_datagrams_that_are_not_of_the_run():
    example = loaded()
    with people(example, "ann") as ([ann], _):
        state, digest = LWWMap({"ben": (1, b"1", 1)}).to_bytes(), LWWMap().digest()
        whole = b"token123" + example.DELTA + state
        datagrams = [b"", b"token", b"token123", b"token123z" + state, whole[:-1], whole[:9]]
        datagrams += [b"token124" + whole[8:], b"token123" + example.DELTA + digest]
        datagrams += [
            b"token123" + example.KNOWN + state,
            b"token123" + example.DELTA + ORSet("x").to_bytes(),
        ]
        datagrams += [whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :] for at in range(9, len(whole))]
        for datagram in datagrams:
            before = ann.counts["refused"]
            ann.socket.sendto(datagram, ("127.0.0.1", ann.port))
            ann.listen()
            assert (ann.counts["refused"], len(ann.map), ann.outbox) == (before + 1, 0, [])
        ann.socket.sendto(whole, ("127.0.0.1", ann.port))
        ann.listen()
        assert ann.counts["refused"] == len(datagrams)
        assert dict(ann.map) == {"ben": (1, b"1", 1)}


def test_a_network_that_loses():
    example = loaded()
    with people(example, "ann", loss=0.5) as ([ann], _):
        for _ in range(2000):
            ann.post(example.DELTA, b"body", 9)
        counts = ann.counts
        assert (counts["sent"], counts["delta bytes"]) == (2000, 8000)
        assert counts["as states"] == 2000 * len(LWWMap().to_bytes())
        assert 800 < counts["lost"] < 1200  # 9 standard deviations; the seed is fixed
        assert len(ann.outbox) == 2000 - counts["lost"] + counts["doubled"]
        whole = [datagram for _, _, datagram, _ in ann.outbox].count(b"token123" + example.DELTA + b"body")
        assert whole == len(ann.outbox) - counts["damaged"] < len(ann.outbox)


def stories(example, saw, reports):
    """Lives of three people in which all is well, but for what some saw or reported."""
    here = LWWMap({name: (1, b"1", 1) for name in ("ann", "zoe", "cat")}, time_ns=lambda: 1, replica="a")
    lives = {}
    for life, expected in example.expected(3).items():
        seen = saw.get(life, [(name, what) for name, fates in expected.items() for what in fates])
        report = reports.get(life.split()[-1], (["ann", "zoe"], here.to_bytes()))
        counts = dict.fromkeys(example.COUNTED, 2)
        lives[life] = example.Life(told={"report": (counts, *report)} if life != "cat" else {}, saw=seen)
    return lives, here


def test_it_notices_what_is_wrong():
    example = loaded()
    plan = example.Plan(b"", 3, 0, 0, 1, 1)
    other = stories(example, {}, {})[1]
    here = other.to_bytes()

    def wrong(saw=(), **reports):
        return example.check(stories(example, dict(saw), reports)[0], plan)

    assert wrong() == []
    joined = [(name, "joined") for name in ("ben", "cat", "zoe")]
    fates = [("ben", "left"), ("cat", "away"), ("cat", "crashed"), ("cat", "returned")]
    assert wrong({"ann": joined + fates}) == []
    wrongly = [("zoe", "away"), ("zoe", "back"), ("cat", "away"), ("cat", "back")]
    assert wrong({"ann": joined + wrongly + fates}) == []
    assert wrong({"ann": joined + fates[1:]}) == ["ann did not see: ben left"]
    assert wrong({"ann": joined + fates[:1]}) == ["ann did not see: cat away, cat crashed, cat returned"]
    assert wrong({"ann": joined + fates[::-1]}) == ["ann did not see: cat crashed, cat returned"]
    assert wrong({"cat": []}) == ["cat did not see: ann joined, ben joined, ben left"]
    assert wrong({"zoe": [("ann", "joined")]}) == ["zoe did not see: cat returned"]
    assert (
        wrong(zoe=(None, here)) == wrong(zoe=(["cat"], here)) == ["zoe did not get all by its first digest"]
    )
    assert wrong(again=(["ann"], here)) == ["cat again did not get all by its first digest"]
    other["ann"] = (1, b"1", 2)
    assert wrong(zoe=(["ann"], other.to_bytes())) == ["zoe is not equal to ann"]
    other["ben"] = (1, b"1", 2)
    assert wrong(zoe=(["ann"], other.to_bytes())) == [
        "zoe is not equal to ann",
        "zoe shows ann, ben, cat, zoe",
    ]


@pytest.mark.parametrize("saw", [{}, {"zoe": []}])
def test_the_exit_code(saw, monkeypatch, capsys):
    example = loaded()
    monkeypatch.setattr(example.Meeting, "hold", lambda meeting: stories(example, saw, {})[0])
    monkeypatch.setattr(sys, "argv", ["presence.py", "--people=3"])
    assert example.main() == (1 if saw else 0)
    text = capsys.readouterr().out
    assert ("wrong: zoe did not see: ann joined, cat returned" in text) == bool(saw)
    assert ("checked: 3 are equal" in text) != bool(saw)


@pytest.mark.parametrize(
    "option",
    ["--people=2", "--people=9", "--loss=-0.1", "--loss=0.6", "--loss=nan", "--seconds=-1", "--timeout=0"],
)
def test_what_cannot_be_used(option, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["presence.py", option])
    with pytest.raises(SystemExit) as ended:
        loaded().main()
    assert ended.value.code == 2
    assert option.split("=")[0] in capsys.readouterr().err.splitlines()[-1]
