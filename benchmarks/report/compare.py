"""Two runs: what became slower or faster beyond the noise of both."""

from math import log
from statistics import median
from textwrap import fill

from benchmarks import naming
from benchmarks.report.units import digits, time

EFFECT = (
    0.1  # the least change that counts: rows of one build differ more from process to process than within one
)
DRIFT, MOVED = (
    0.05,
    0.03,
)  # median change and share of the other rows that tell of another state of the machine
SAME = {
    "cpu": "CPU",
    "cpu_level": "CPU level",
    "python": "Python",
    "numpy": "NumPy",
}  # else ratios are compared
OURS = ("coterie", "variant")
BASES = ("floor", "plain")  # what ratios are to, the first that both have
WIDTH = 110


class Change:
    """A row in both runs, each as (its figure, the figure that it is divided by or None)."""

    def __init__(self, old, new):
        self.name, self.role, self.unit = new[0].name, new[0].role, new[0].unit
        self.texts = [text(*pair) for pair in (old, new)]
        ratios = [quotient(*new, of) / quotient(*old, of) for of in ("least", "median")]
        self.ratio = min(ratios, key=lambda ratio: abs(log(ratio)))  # the one that shows less
        self.noise = EFFECT + sum(figure.spread for figure in (*old, *new) if figure)
        self.agree = (ratios[0] > 1) == (ratios[1] > 1)

    @property
    def slower(self):
        return self.agree and self.ratio > 1 + self.noise

    @property
    def faster(self):
        return self.agree and 1 / self.ratio > 1 + self.noise

    def line(self, width):
        before, after = self.texts
        times = f"{digits(self.ratio)}x" if self.ratio >= 2 else f"{self.ratio - 1:+.0%}"
        return f"  {self.name:<{width}}  {before:>9} -> {after:<9}{times:>6}, noise {self.noise:.0%}"


def quotient(figure, base, of):
    return getattr(figure, of) / (getattr(base, of) if base else 1)


def text(figure, base):
    return f"{digits(figure.least / base.least)}x" if base else time(figure.least, figure.unit)


class Comparison:
    """What differs between two results."""

    def __init__(self, old, new):
        self.old, self.new = old, new
        self.differences = [
            f"{name} {old.machine[key]} -> {new.machine[key]}"
            for key, name in SAME.items()
            if old.machine[key] != new.machine[key]
        ]
        before, after = by_name(old), by_name(new)
        self.added = [name for name in after if name not in before]
        self.gone = [name for name in before if name not in after]
        self.incomparable, self.changes = [], []
        for name in after:
            if name in before:
                self.add(before[name], after[name])

    def add(self, old, new):
        bases = self.bases(old, new) if self.differences else (None, None)
        if bases:
            self.changes.append(Change((old, bases[0]), (new, bases[1])))
        elif new.role != "floor":
            self.incomparable.append(new.name)

    def bases(self, old, new):
        """What the row is divided by in each run; None if there is nothing that both have."""
        for role in BASES[: BASES.index(new.role) if new.role in BASES else None]:
            bases = self.old.of(role, old), self.new.of(role, new)
            if all(bases):
                return bases
        return None

    @property
    def slower(self):
        """Whether a row of Coterie's became slower."""
        return any(change.slower and change.role in OURS for change in self.changes)

    def lines(self):
        """The comparison as text."""
        yield f"Compared with {self.old.summary()}."
        yield from self.versions()
        yield from self.changed("Slower", [change for change in self.changes if change.slower])
        yield from self.changed("Faster", [change for change in self.changes if change.faster])
        told = sum(change.slower or change.faster for change in self.changes)
        yield f"Within noise: {len(self.changes) - told} rows."
        yield from self.drift()
        yield from listed("New", self.added)
        yield from listed("Gone", self.gone)
        yield from listed(
            "Not comparable, with neither a floor nor a plain row beside them", self.incomparable
        )

    def versions(self):
        if self.differences:
            yield f"Not the same machine or versions: {'; '.join(self.differences)}."
            yield "So only ratios are compared: to the floor, or to the plain row where there is no floor."
        old, new = self.old.machine, self.new.machine
        if old["compiler"] != new["compiler"]:
            yield f"The floors were compiled by {old['compiler']} -> {new['compiler']}."
        numbers = [
            f"{package} {old['peers'].get(package, 'absent')} -> {number}"
            for package, number in new["peers"].items()
            if old["peers"].get(package) != number
        ]
        if numbers:
            yield f"Other versions of the peers: {', '.join(numbers)}."

    def changed(self, title, changes):
        ours = [change for change in changes if change.role in OURS]
        others = [change for change in changes if change.role not in OURS]
        width = max((len(change.name) for change in changes), default=0)
        for name, group in ((f"{title}, of Coterie's rows", ours), (f"{title}, of the others", others)):
            yield f"{name}: {len(group) or 'none'}"
            group.sort(key=lambda change: -abs(log(change.ratio)))
            yield from (change.line(width) for change in group)

    def drift(self):
        """How the machine did: rows that are not Coterie's should take as long as before."""
        others = [change for change in self.changes if change.role not in OURS]
        if others and not self.differences:
            middle = median(change.ratio for change in others) - 1
            moved = sum(change.slower or change.faster for change in others)
            yield f"The others changed by {middle:+.1%} in the median, {moved} of {len(others)} beyond noise."
            if abs(middle) > DRIFT or moved > MOVED * len(others):
                yield "So the machine was in another state or busy: measure again before believing the rest."


def by_name(results):
    return {figure.name: figure for figure in results.figures}


def listed(title, names):
    """The names, those of a case together."""
    if names:
        yield f"{title}: {len(names)}"
    cases = {}
    for name in names:
        case = naming.case_name(name)
        cases.setdefault(case, []).append(name.removeprefix(case).strip("[]"))
    for case, rows in cases.items():
        yield fill(
            f"{case}: {', '.join(rows)}", WIDTH, initial_indent="  ", subsequent_indent="    ", **WHOLE
        )


WHOLE = {"break_long_words": False, "break_on_hyphens": False}
