"""The schemes of the command: the table of them, their options, and how one is made of its nodes."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coterie import HashRing, JumpHash, Maglev, Rendezvous
from coterie._cli import nodespec
from coterie._cli.errors import Refused
from coterie._types import Keys

MAX_SHARDS = 1_000_000  # every shard is a line of the table

HELP = """\
The same --nodes work with each:
  ring        points of the nodes on a circle; --vnodes
  rendezvous  every node draws for every key, the best draw wins
  maglev      a table that the nodes fill in turns; --table-size
  jump        nodes are shards in the order given, or numbered by --shards;
              no weights, and nodes join and leave at the end only"""


class Placement(Protocol):
    """What the command asks of a scheme of the library."""

    @property
    def nodes(self) -> Sequence[object]: ...
    def assign(self, keys: Keys, /, *, hashed: bool = False) -> NDArray[np.int32]: ...
    def assign_replicas(self, keys: Keys, n: int, /, *, hashed: bool = False) -> NDArray[np.int32]: ...


@dataclass(frozen=True)
class Scheme:
    """One row of the table."""

    make: Callable[..., Placement]
    options: frozenset[str] = frozenset()  # the ones that not every scheme has
    weighted: bool = True  # if not, the library has no names either: nodes are 0 to n-1


SCHEMES = {
    "ring": Scheme(HashRing, frozenset({"vnodes"})),
    "rendezvous": Scheme(Rendezvous),
    "maglev": Scheme(Maglev, frozenset({"table_size"})),
    "jump": Scheme(JumpHash, frozenset({"shards"}), weighted=False),
}
OPTIONS = sorted(frozenset().union(*(scheme.options for scheme in SCHEMES.values())))


@dataclass(frozen=True)
class Choice:
    """A scheme with its options, and the nodes in the order given."""

    name: str
    seed: int
    options: Mapping[str, int]
    noun: str  # what a node is called: "node" or "shard"
    weights: Mapping[str, float]

    @property
    def weighted(self) -> bool:
        """Whether nodes may differ in weight."""
        return SCHEMES[self.name].weighted

    def place(self, weights: Mapping[str, float]) -> tuple[Placement, list[str]]:
        """The placement on these nodes, and the name of the node at each position."""
        nodes = weights if self.weighted else len(weights)
        try:
            placement = SCHEMES[self.name].make(nodes, seed=self.seed, **self.options)
        except (ValueError, OverflowError) as error:
            raise Refused(str(error)) from error
        return placement, list(map(str, placement.nodes)) if self.weighted else list(weights)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose a scheme and its nodes."""
    add = parser.add_argument
    add("--scheme", choices=SCHEMES, default="ring", help="how keys are placed (default: ring)")
    add("--nodes", metavar="NODE,...", help="the nodes and their weights, see below")
    add("--vnodes", type=int, metavar="N", help="ring: points of a node of weight 1 (default: 160)")
    add("--table-size", type=int, metavar="N", help="maglev: slots, a prime number (default: 65537)")
    add("--shards", type=int, metavar="N", help="jump: instead of --nodes, N shards named 0 to N-1")
    add("--seed", type=int, default=0, metavar="N", help="each seed is another placement (default: 0)")


def chosen(args: argparse.Namespace) -> Choice:
    """The scheme and the nodes that the arguments ask for."""
    name: str = args.scheme
    given = {option: getattr(args, option) for option in OPTIONS if getattr(args, option) is not None}
    for option in given:
        if option not in SCHEMES[name].options:
            raise Refused(f"--scheme {name} does not take --{option.replace('_', '-')}")
    shards = given.pop("shards", None)
    if shards is not None:
        if args.nodes is not None:
            raise Refused(f"--scheme {name} takes --nodes or --shards, not both")
        if not 1 <= shards <= MAX_SHARDS:
            raise Refused(f"--shards {shards}: must be 1 to {MAX_SHARDS}")
        return Choice(name, args.seed, given, "shard", dict.fromkeys(map(str, range(shards)), 1.0))
    if args.nodes is None:
        or_shards = " or --shards" if "shards" in SCHEMES[name].options else ""
        raise Refused(f"--scheme {name} needs --nodes{or_shards}, such as --nodes cache-a,cache-b,cache-c")
    weights = nodespec.parse_nodes(args.nodes)
    check_weights(name, weights, "--nodes")
    return Choice(name, args.seed, given, "node", weights)


def check_weights(scheme: str, weights: Mapping[str, float], option: str) -> None:
    """Refuse weights other than 1 if the scheme has none."""
    if SCHEMES[scheme].weighted:
        return
    for node, weight in weights.items():
        if weight != 1:
            takers = ", ".join(name for name, other in SCHEMES.items() if other.weighted)
            raise Refused(f"{option}: {node}: --scheme {scheme} has no weights; these have: {takers}")
