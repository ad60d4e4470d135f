"""A cart on a phone, a laptop and in the shop, which are cut off from each other, and a checkout race.

    python examples/shopping_cart.py [--random 0] [--seed 7]

Each of the three has an `ORMap`: under "cart" a map of articles with a counter each, under "orders" a set.
Removing an article, or the whole cart at a checkout, takes away what was seen there; what others put in at
the same time stays, alone. Beside the maps a list is kept of who did what and had seen what, by which each
line of the cart is explained at the end, and checked. Two that check out at the same time both place an
order: the example finds articles that are in both, as a shop has to. With --random, so many carts more go
through random changes. The exit code is 1 if a cart is not as the list says, or the three do not end equal.
"""

import argparse
import random
import sys
from collections import Counter
from typing import NamedTuple

from coterie import ORMap

NAMES = ["phone", "laptop", "shop"]


class Change(NamedTuple):
    """Something that one of them did."""

    by: str
    what: str  # "puts", "removes" or "checks out"
    article: str
    n: int
    seen: frozenset  # the numbers of changes that it knew


class Cart:
    """Three replicas of a cart, the network between them, and what was done."""

    def __init__(self):
        first = ORMap(replica=NAMES[0])
        self.maps = {name: first if name == NAMES[0] else first.fork(name) for name in NAMES}
        self.known = {name: frozenset() for name in NAMES}
        self.changes: list[Change] = []
        self.cut = set()  # who reaches nobody
        self.bytes = Counter()

    # ---- what people do ----

    def put(self, name, article, n=1):
        """Some more of an article."""
        self.maps[name].map("cart").counter(article).increment(n)
        self.did(name, "puts", article, n)

    def remove(self, name, article):
        """All of an article that are seen here."""
        self.maps[name].map("cart").discard(article)
        self.did(name, "removes", article)

    def check_out(self, name):
        """An order of all that is in the cart, which is empty then."""
        here = self.maps[name]
        lines = here.value.get("cart", {})
        if lines:
            here.set("orders").add((name, len(self.changes), *sorted(lines.items())))
            del here["cart"]
            self.did(name, "checks out")

    def did(self, name, what, article="", n=0):
        """Notes a change, and sends it to those that are in reach."""
        self.changes.append(Change(name, what, article, n, self.known[name]))
        news = frozenset([len(self.changes) - 1])
        self.known[name] |= news
        delta = self.maps[name].take_delta().to_bytes()
        for other in self.reached(name):
            self.count("deltas", delta, name)
            self.maps[other].update_from(delta)
            self.known[other] |= news

    # ---- the network ----

    def reached(self, name):
        """Who else gets what one sends."""
        return [other for other in NAMES if other != name and not {name, other} & self.cut]

    def count(self, what, data, name):
        """Counts what is sent, and what the whole state would have been in its place."""
        self.bytes[what] += len(data)
        self.bytes["states"] += len(self.maps[name].to_bytes())

    def heal(self):
        """Nobody is cut off any more: each asks the others for what it lacks."""
        self.cut.clear()
        for name in NAMES:
            for other in self.reached(name):
                digest = self.maps[name].digest()
                diff = self.maps[other].diff(digest).to_bytes()
                self.bytes["digests"] += len(digest)
                self.count("diffs", diff, other)
                self.maps[name].update_from(diff)
                self.known[name] |= self.known[other]

    # ---- why ----

    def takers(self, number):
        """The changes that took away what a change had put in."""
        put = self.changes[number]
        return [
            change
            for change in self.changes
            if number in change.seen
            and (change.what == "checks out" or (change.what, change.article) == ("removes", put.article))
        ]

    def expected(self):
        """Article -> the numbers of the changes of which it still has something."""
        lines: dict[str, list[int]] = {}
        for number, change in enumerate(self.changes):
            if change.what == "puts" and not self.takers(number):
                lines.setdefault(change.article, []).append(number)
        return lines

    def problems(self):
        """What is wrong, if anything is."""
        first, *others = self.maps.values()
        if any(other != first or other.to_bytes() != first.to_bytes() for other in others):
            return "the three are not equal"
        expected = {
            article: sum(self.changes[number].n for number in numbers)
            for article, numbers in self.expected().items()
        }
        found = first.value.get("cart", {})
        return f"the cart has {found} in place of {expected}" if found != expected else ""

    def why(self, number):
        """Why what a change had put in is still there."""
        put = self.changes[number]
        missed = [
            f"the {change.by}'s {'removal' if change.article else 'checkout'}"
            for at, change in enumerate(self.changes)
            if change.what != "puts"
            and change.article in (put.article, "")
            and number not in change.seen
            and at not in put.seen
        ]
        reason = f"{' and '.join(missed)} had not seen it" if missed else "nobody removed it"
        return f"{put.n} of the {put.by}: {reason}"


def story():
    """What happens in the example; what is told of it."""
    cart = Cart()
    cart.put("phone", "milk", 2)
    cart.put("phone", "bread")
    cart.put("laptop", "tea")
    yield cart, "together: milk, bread and tea"
    cart.cut.add("phone")
    cart.put("phone", "milk")
    cart.remove("phone", "bread")
    cart.put("laptop", "bread", 2)
    cart.remove("laptop", "tea")
    cart.put("phone", "tea", 3)
    yield (
        cart,
        "the phone is cut off: it puts milk and tea and removes bread; the laptop puts bread, removes tea",
    )
    cart.heal()
    yield cart, "together again: removals took what they had seen, and nothing else"
    cart.cut.update(["phone", "laptop"])
    cart.put("phone", "coffee")
    cart.check_out("phone")
    cart.put("phone", "rice")
    cart.check_out("laptop")
    cart.put("laptop", "jam", 2)
    cart.put("shop", "tea")
    yield cart, "all are cut off: phone and laptop both check out, then go on; the shop puts tea"
    cart.heal()
    yield cart, "together again: both orders are there, and what came after or beside them"


def wander(rng):
    """A cart after random changes."""
    cart = Cart()
    for _ in range(rng.randrange(40)):
        name, article = rng.choice(NAMES), rng.choice(["milk", "bread", "tea"])
        what = rng.randrange(12)
        if what < 5:
            cart.put(name, article, rng.randrange(1, 4))
        elif what < 8:
            cart.remove(name, article)
        elif what < 9:
            cart.check_out(name)
        elif what < 11:
            cart.cut = {other for other in NAMES if rng.random() < 0.5}
        else:
            cart.heal()
    cart.heal()
    return cart


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--random", type=int, default=0, help="carts with random changes (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=7, help="of these (default: %(default)s)")
    options = parser.parse_args()
    if not 0 <= options.random <= 100_000:
        parser.error("--random: 0 to 100000")

    for cart, told in story():
        print(told)
        for name, here in cart.maps.items():
            print(f"    {name:8}{dict(sorted(here.value.get('cart', {}).items()))}")
    problem = cart.problems()
    if not problem:
        print("\nin the cart:")
        for article, numbers in cart.expected().items():
            print(f"    {article:8}{'; '.join(map(cart.why, numbers))}")
        orders = sorted(cart.maps["shop"].set("orders"), key=lambda order: order[1])
        print("\nordered:")
        for by, _, *lines in orders:
            print(f"    {by:8}{dict(lines)}")
        twice = Counter(article for _, _, *lines in orders for article, _ in lines)
        print(f"    by both: {', '.join(article for article, times in twice.items() if times > 1)}")
        parts = {what: cart.bytes[what] for what in ("deltas", "digests", "diffs")}
        print("\n" + ", ".join(f"{size:,} bytes of {what}" for what, size in parts.items()))
        saved = cart.bytes["states"] - sum(parts.values())
        print(f"whole states in their place: {cart.bytes['states']:,} bytes; saved: {saved:,}")
    rng = random.Random(options.seed)
    for _ in range(options.random):
        problem = problem or wander(rng).problems()
    if problem:
        print(f"{parser.prog}: {problem}", file=sys.stderr)
        return 1
    print(f"\nchecked: {1 + options.random} carts, each line is what was put in and not taken away")
    return 0


if __name__ == "__main__":
    sys.exit(main())
