"""Nodes and weights on the command line."""

import pytest

from coterie._cli.errors import Refused
from coterie._cli.nodespec import parse_nodes


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("a", {"a": 1}),
        ("cache-a,cache-b:2,cache-c", {"cache-a": 1, "cache-b": 2, "cache-c": 1}),
        ("b,a", {"b": 1, "a": 1}),
        (" a , b:2 ", {"a": 1, "b": 2}),
        ("a:0.5,b:1e2,c:1023", {"a": 0.5, "b": 100, "c": 1023}),
        ("a=2,b=1024,c=0.25", {"a": 2, "b": 1024, "c": 0.25}),
        ("10.0.0.1:11211=1,10.0.0.1:11212=2", {"10.0.0.1:11211": 1, "10.0.0.1:11212": 2}),
        ("[::1]:11211=3", {"[::1]:11211": 3}),
        ("cache:b=2", {"cache:b": 2}),
        ("a=b=2", {"a=b": 2}),
        ("10.0.0.1,db.example", {"10.0.0.1": 1, "db.example": 1}),
        ("knoten-ä,節点:2,a b", {"knoten-ä": 1, "節点": 2, "a b": 1}),
        ("1,2:3", {"1": 1, "2": 3}),
    ],
)
def test_parse(text, nodes):
    assert list(parse_nodes(text).items()) == list(nodes.items())


@pytest.mark.parametrize(
    "spec",
    [
        *("10.0.0.1:11211", "10.0.0.1:80", "10.0.0.1:2", "cache-1:11211", "a:1024"),
        *("cache:b", "a:", "::1", "x:y:2", "a:inf", "a:nan"),
    ],
)
def test_colon_that_may_mean_a_port_is_refused(spec):
    with pytest.raises(Refused, match="a weight") as error:
        parse_nodes(f"ok,{spec}")
    assert f"Write {spec}=1 or " in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--nodes: empty node name"),
        ("a,", "--nodes: empty node name"),
        (",a", "--nodes: empty node name"),
        ("a, ,b", "--nodes: empty node name"),
        (":2", "--nodes: empty node name in :2"),
        ("=2", "--nodes: empty node name in =2"),
        ("a,b,a", "--nodes: a is there twice"),
        ("a,a:2", "--nodes: a is there twice"),
        ("a:0", "--nodes: a: weight '0' is not a number above 0"),
        ("a:-2", "--nodes: a: weight '-2' is not a number above 0"),
        ("a=nan", "--nodes: a: weight 'nan' is not a number above 0"),
        ("a=inf", "--nodes: a: weight 'inf' is not a number above 0"),
        ("a=x", "--nodes: a: weight 'x' is not a number above 0"),
        ("a=", "--nodes: a: weight '' is not a number above 0"),
        ("a\tb", "--nodes: a\\tb: a name is valid text without control characters"),
        ("a\nb=2", "--nodes: a\\nb: a name is valid text without control characters"),
        ("a\udcff", "--nodes: a\\udcff: a name is valid text without control characters"),
    ],
)
def test_refused(text, message):
    with pytest.raises(Refused) as error:
        parse_nodes(text)
    assert str(error.value) == message
