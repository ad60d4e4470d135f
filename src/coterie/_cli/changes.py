"""What `--add`, `--remove` and `--set` ask for: the nodes after the change."""

import argparse
from collections.abc import Container, Iterable

from coterie._cli import nodespec
from coterie._cli.errors import Refused
from coterie._cli.schemes import Choice, check_weights


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what changes. Each may be given several times."""
    add = parser.add_argument
    add("--add", action="append", metavar="NODE,...", help="nodes that join, with their weights")
    add("--remove", action="append", metavar="NAME,...", help="nodes that leave, by their names alone")
    add("--set", action="append", metavar="NODE,...", help="nodes that get another weight")


def changed(choice: Choice, args: argparse.Namespace) -> dict[str, float]:
    """The nodes after the change: those that stay, in their order, then those that join."""
    joins = nodespec.parse_nodes(",".join(args.add), "--add") if args.add else {}
    leaves = nodespec.parse_names(",".join(args.remove), "--remove") if args.remove else []
    weights = nodespec.parse_weights(",".join(args.set), "--set") if args.set else {}
    if not joins and not leaves and not weights:
        raise Refused("nothing to change: give --add, --remove or --set")

    before, noun = choice.weights, choice.noun
    _refuse(joins, leaves, "--add: {} is also in --remove; --set changes a weight")
    _refuse(weights, joins, "--set: {} is also in --add")
    _refuse(weights, leaves, "--set: {} is also in --remove")
    _refuse(joins, before, f"--add: there is already a {noun} {{}}")
    _refuse(leaves, before, f"--remove: there is no {noun} {{}}; write names alone", present=False)
    _refuse(weights, before, f"--set: there is no {noun} {{}}", present=False)
    check_weights(choice.name, joins, "--add")
    check_weights(choice.name, weights, "--set")

    gone = set(leaves)
    after = {name: weights.get(name, weight) for name, weight in before.items() if name not in gone}
    if not choice.weighted:
        _check_order(choice, list(after), list(joins))
    after |= joins
    if not after:
        raise Refused(f"--remove: no {noun} would be left")
    if after == before:
        raise Refused("nothing to change: --set gives every node the weight that it has")
    return after


def _refuse(names: Iterable[str], others: Container[str], message: str, present: bool = True) -> None:
    """Refuse the first name that is among the others, or is not if `present` is false."""
    for name in names:
        if (name in others) is present:
            raise Refused(message.format(name))


def _check_order(choice: Choice, stay: list[str], joins: list[str]) -> None:
    """Where nodes are positions, they leave from the end and join at the end."""
    before = list(choice.weights)
    for position, name in enumerate(stay):
        if name != before[position]:
            rule = f"--scheme {choice.name} removes from the end, so {stay[-1]} first"
            raise Refused(f"--remove: {before[position]}: {rule}")
    if choice.noun == "shard":
        for number, name in enumerate(joins, len(stay)):
            if name != str(number):
                raise Refused(f"--add: {name}: the next shard is {number}")
