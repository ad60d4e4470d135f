"""A load as a table for people."""

from coterie._cli.columns import aligned
from coterie._cli.load import Load
from coterie._cli.text import showable, width

EIGHTHS = " ▏▎▍▌▋▊▉"
LONGEST_BAR = 30
SHORTEST_BAR = 8  # with less room there is no bar


def table(load: Load, columns: int = 80, unicode: bool = True) -> str:
    """One row for each node, a total, and remarks. Bars are drawn in the `columns` that are left."""
    lines = aligned(_rows(load))
    room = min(LONGEST_BAR, columns - width(lines[0]) - 2)
    if room >= SHORTEST_BAR and load.total:
        largest = max(load.shares)
        for i, share in enumerate(load.shares, 1):
            lines[i] += "  " + _bar(share / largest * room, unicode)
    return "\n".join([line.rstrip() for line in lines] + _remarks(load)) + "\n"


def _rows(load: Load) -> list[list[str]]:
    """The cells: a header, the nodes, the total. Weights are left out if all of them are 1."""
    total, number = load.total, load.number_format
    deviations = [signed_percent(deviation) if total else "-" for deviation in load.deviations]
    columns = [[load.noun, *load.names, "total"]]
    if any(weight != 1 for weight in load.weights):
        columns.append(["weight", *(f"{weight:g}" for weight in [*load.weights, sum(load.weights)])])
    columns.append(["keys", *(f"{count:,}" for count in [*load.counts, load.copies])])
    if load.sums is not None:
        columns.append([showable(load.unit), *(f"{amount:{number}}" for amount in [*load.amounts, total])])
    columns += [
        ["share", *(f"{share:.2%}" for share in [*load.shares, 1 if total else 0])],
        ["expected", *(f"{share:.2%}" for share in [*load.expected, 1])],
        ["deviation", *deviations, ""],
    ]
    return list(map(list, zip(*columns, strict=True)))


def signed_percent(deviation: float) -> str:
    """A deviation, 0.1 for +10.0%."""
    return f"{deviation:+.1%}" if deviation < 100 else ">9999%"


def _bar(length: float, unicode: bool) -> str:
    """A bar of so many columns, exact to an eighth of one."""
    if not unicode:
        return "#" * round(length)
    full, eighths = divmod(round(length * 8), 8)
    return "█" * full + EIGHTHS[eighths].strip()


def max_over_mean(load: Load) -> str:
    """How much more than its weight's share the fullest node has."""
    deviations = load.deviations
    worst = max(deviations)
    fullest = load.names[deviations.index(worst)]
    return f"max/mean {1 + worst:{'.3f' if worst < 1e6 else '.3g'}} ({load.noun} {fullest})"


def _remarks(load: Load) -> list[str]:
    remarks = []
    if load.total:
        remarks.append(max_over_mean(load))
    if load.replicas > 1:
        remarks.append(f"{load.keys:,} keys x {load.replicas} replicas")
        if len(set(load.weights)) > 1:
            remarks.append("replicas go to distinct nodes, so heavy nodes get less than their weight's share")
    return remarks + load.skipped
