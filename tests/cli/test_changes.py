"""What `plan` is asked to change, and what it refuses."""

import argparse

import pytest

from coterie._cli.changes import add_options, changed
from coterie._cli.errors import Refused
from coterie._cli.schemes import Choice

NODES = {"c": 1.0, "a": 1.0, "b": 2.0}


def after(argv, weights=NODES, scheme="ring", noun="node"):
    parser = argparse.ArgumentParser()
    add_options(parser)
    choice = Choice(scheme, 0, {}, noun, weights)
    return list(changed(choice, parser.parse_args(argv.split())).items())


def after_jump(argv, nodes="cab"):
    return [name for name, _ in after(argv, dict.fromkeys(nodes, 1.0), "jump")]


def after_shards(argv, shards=3):
    weights = dict.fromkeys(map(str, range(shards)), 1.0)
    return [name for name, _ in after(argv, weights, "jump", "shard")]


@pytest.mark.parametrize(
    ("argv", "nodes"),
    [
        ("--add d", {"c": 1, "a": 1, "b": 2, "d": 1}),
        ("--add e:3,d=0.5", {"c": 1, "a": 1, "b": 2, "e": 3, "d": 0.5}),
        ("--add e --add d,f", {"c": 1, "a": 1, "b": 2, "e": 1, "d": 1, "f": 1}),
        ("--remove a", {"c": 1, "b": 2}),
        ("--remove a --remove c", {"b": 2}),
        ("--remove c,a", {"b": 2}),
        ("--set a:3", {"c": 1, "a": 3, "b": 2}),
        ("--set b=1 --set a:2", {"c": 1, "a": 2, "b": 1}),
        ("--set a:1,b:3", {"c": 1, "a": 1, "b": 3}),
        ("--add d --remove c --set b:5", {"a": 1, "b": 5, "d": 1}),
        ("--remove a,b,c --add d", {"d": 1}),
    ],
)
def test_changed(argv, nodes):
    assert after(argv) == list(nodes.items())


def test_removed_names_may_look_like_weights():
    nodes = {"10.0.0.1:11211": 1.0, "a=b": 2.0, "x:2": 1.0}
    assert after("--remove 10.0.0.1:11211,a=b", nodes) == [("x:2", 1.0)]
    assert after("--remove x:2,a=b", nodes) == [("10.0.0.1:11211", 1.0)]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("", "nothing to change: give --add, --remove or --set"),
        ("--set a:1", "nothing to change: --set gives every node the weight that it has"),
        ("--set a:1,b:2", "nothing to change: --set gives every node the weight that it has"),
        ("--add a", "--add: there is already a node a"),
        ("--remove d", "--remove: there is no node d; write names alone"),
        ("--remove b:2", "--remove: there is no node b:2; write names alone"),
        ("--set d:2", "--set: there is no node d"),
        ("--add a --remove a", "--add: a is also in --remove; --set changes a weight"),
        ("--add d --remove d", "--add: d is also in --remove; --set changes a weight"),
        ("--add d --set d:2", "--set: d is also in --add"),
        ("--remove a --set a:2", "--set: a is also in --remove"),
        ("--remove a,b,c", "--remove: no node would be left"),
        ("--add d --add d", "--add: d is there twice"),
        ("--remove a --remove b,a", "--remove: a is there twice"),
        ("--set a:2 --set a:2", "--set: a is there twice"),
        ("--set a", "--set: a has no weight; write a=WEIGHT"),
        ("--set a:0", "--set: a: weight '0' is not a number above 0"),
        ("--set 10.0.0.1:11211", "--set: is the end of 10.0.0.1:11211 a weight? "
                                 "Write 10.0.0.1:11211=1 or 10.0.0.1=WEIGHT"),
        ("--add d,", "--add: empty node name"),
        ("--add=", "--add: empty node name"),
        ("--remove=a,,b", "--remove: empty node name"),
        ("--set=:2", "--set: empty node name in :2"),
        ("--remove a\x1b", "--remove: a\\x1b: a name is valid text without control characters"),
    ],
)  # fmt: skip
def test_refused(argv, message):
    with pytest.raises(Refused) as error:
        after(argv)
    assert str(error.value) == message


def test_jump():
    assert after_jump("--add d,e") == list("cabde")
    assert after_jump("--remove b") == list("ca")
    assert after_jump("--remove b,a") == after_jump("--remove a --remove b") == ["c"]
    assert after_jump("--remove b --add d") == list("cad")
    assert after_shards("--add 3,4") == list("01234")
    assert after_shards("--remove 1,2") == ["0"]


@pytest.mark.parametrize(
    ("after", "argv", "message"),
    [
        (after_jump, "--remove c", "--remove: c: --scheme jump removes from the end, so b first"),
        (after_jump, "--remove a", "--remove: a: --scheme jump removes from the end, so b first"),
        (after_jump, "--remove c,b", "--remove: c: --scheme jump removes from the end, so a first"),
        (after_jump, "--add d:2", "--add: d: --scheme jump has no weights; these have: "),
        (after_jump, "--set c:2", "--set: c: --scheme jump has no weights; these have: "),
        (after_jump, "--set c:1", "nothing to change: --set gives every node the weight that it has"),
        (after_jump, "--remove a,b,c", "--remove: no node would be left"),
        (after_shards, "--remove 0", "--remove: 0: --scheme jump removes from the end, so 2 first"),
        (after_shards, "--remove 3", "--remove: there is no shard 3; write names alone"),
        (after_shards, "--add 2", "--add: there is already a shard 2"),
        (after_shards, "--add 4", "--add: 4: the next shard is 3"),
        (after_shards, "--add 4,3", "--add: 4: the next shard is 3"),
        (after_shards, "--add x", "--add: x: the next shard is 3"),
        (after_shards, "--remove 2 --add 3", "--add: 3: the next shard is 2"),
        (after_shards, "--remove 0,1,2", "--remove: no shard would be left"),
    ],
)  # fmt: skip
def test_refused_by_jump(after, argv, message):
    with pytest.raises(Refused) as error:
        after(argv)
    assert str(error.value).startswith(message)
