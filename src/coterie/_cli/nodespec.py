"""Nodes and their weights as they are written on a command line."""

import math

from coterie._cli.errors import Refused
from coterie._cli.text import is_showable, showable

PORTLIKE = 1024  # from here on a number after a colon looks like a port, not like a weight

HELP = """\
Nodes are separated by commas. Each is one of
  NAME         weight 1
  NAME=WEIGHT  the weight follows the last "="; NAME may be host:port
  NAME:WEIGHT  a short form for plain names: NAME has no dot and no other
               colon, and WEIGHT is below 1024
A weight is a number above 0, such as 2 or 0.5. A colon that could mean a port
is refused, not guessed at: 10.0.0.1:11211 has to be 10.0.0.1:11211=1."""


def parse_nodes(text: str, option: str = "--nodes") -> dict[str, float]:
    """The nodes of a comma-separated list, in its order, each with its weight."""
    return {name: 1.0 if weight is None else weight for name, weight in _parse(text, option).items()}


def parse_weights(text: str, option: str) -> dict[str, float]:
    """As `parse_nodes`, but every weight has to be written."""
    weights: dict[str, float] = {}
    for name, weight in _parse(text, option).items():
        if weight is None:
            raise Refused(f"{option}: {name} has no weight; write {name}=WEIGHT")
        weights[name] = weight
    return weights


def parse_names(text: str, option: str) -> list[str]:
    """The names of a comma-separated list. They stand alone, so a colon or "=" belongs to a name."""
    names: dict[str, None] = {}
    for spec in text.split(","):
        name = _checked(spec.strip(), spec, option)
        if name in names:
            raise Refused(f"{option}: {name} is there twice")
        names[name] = None
    return list(names)


def _parse(text: str, option: str) -> dict[str, float | None]:
    nodes: dict[str, float | None] = {}
    for spec in text.split(","):
        name, weight = _parse_spec(spec.strip(), option)
        if name in nodes:
            raise Refused(f"{option}: {name} is there twice")
        nodes[name] = weight
    return nodes


def _parse_spec(spec: str, option: str) -> tuple[str, float | None]:
    """The name, and the weight if one is written."""
    if "=" in spec:
        name, _, number = spec.rpartition("=")
    elif ":" in spec:
        name, _, number = spec.rpartition(":")
        if not _is_short_form(name, number):
            spec, name = showable(spec), showable(name)
            raise Refused(f"{option}: is the end of {spec} a weight? Write {spec}=1 or {name}=WEIGHT")
    else:
        return _checked(spec, spec, option), None
    name = _checked(name, spec, option)
    weight = _number(number)
    if weight is None or not 0 < weight < math.inf:
        raise Refused(f"{option}: {name}: weight {showable(number)!r} is not a number above 0")
    return name, weight


def _checked(name: str, spec: str, option: str) -> str:
    if not name:
        raise Refused(f"{option}: empty node name{' in ' + showable(spec) if spec.strip() else ''}")
    if not is_showable(name):
        raise Refused(f"{option}: {showable(name)}: a name is valid text without control characters")
    return name


def _is_short_form(name: str, number: str) -> bool:
    """Whether NAME:NUMBER can only mean a weight, so is neither host:port nor a name with a colon."""
    weight = _number(number)
    return weight is not None and weight < PORTLIKE and "." not in name and ":" not in name


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
