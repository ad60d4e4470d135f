"""Tables from pytest-benchmark's JSON: one a question, with a row a contender and a column a size."""

ROLES = ["coterie", "floor", "plain", "idiom", "peer"]
UNITS = [(1, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")]
VALUE, SPREAD, RATIO = 7, 5, 7  # widths of the parts of a cell
LEGEND = """\
A cell holds the least time of all rounds, their interquartile range in per cent of the median, and a ratio:
in a floor's row Coterie's time over the floor's, in any other row its time over Coterie's."""


def tables(data):
    """The text of every table, in the order in which the questions were asked."""
    questions = {}
    for bench in data["benchmarks"]:
        if "role" in bench["extra_info"]:
            questions.setdefault(bench["extra_info"]["question"], []).append(Figure(bench))
    return [table(question, figures) for question, figures in questions.items()]


class Figure:
    """One measurement: the least time of one unit, and the spread of the rounds."""

    def __init__(self, bench):
        info, stats = bench["extra_info"], bench["stats"]
        self.size, self.role, self.label, self.unit = info["size"], info["role"], info["label"], info["unit"]
        self.facts = info.get("facts", {})
        self.least = stats["min"] / info["per"]
        self.spread = stats["iqr"] / stats["median"]


def table(question, figures):
    figures = sorted(figures, key=lambda figure: ROLES.index(figure.role))  # stable: sizes keep their order
    sizes = list(dict.fromkeys(figure.size for figure in figures))
    columns = [Column(size, [figure for figure in figures if figure.size == size]) for size in sizes]
    rows = {figure.label: [column.cell(figure.label) for column in columns] for figure in figures}
    rows |= {fact: [column.fact(fact) for column in columns] for figure in figures for fact in figure.facts}
    width = max(21, *map(len, rows)) + 2
    unit = "" if figures[0].unit == "byte" else f", per {figures[0].unit}"
    lines = [question + unit, " " * width + "".join(column.heading() for column in columns)]
    lines += [f"  {label:<{width - 2}}" + "".join(cells) for label, cells in rows.items()]
    return "\n".join(line.rstrip() for line in lines)


class Column:
    """The figures of one size, in the unit that suits Coterie's."""

    def __init__(self, size, figures):
        self.size = size
        self.figures = {figure.label: figure for figure in figures}
        by_role = {figure.role: figure for figure in figures}
        self.ours, self.floor = by_role.get("coterie"), by_role.get("floor")
        units = UNITS[-1:] if figures[0].unit == "key" else UNITS
        reference = (self.ours or figures[0]).least
        self.scale, self.unit = next((unit for unit in units if reference >= unit[0]), UNITS[-1])
        if figures[0].unit == "byte":
            self.scale, self.unit = None, "GB/s"

    def heading(self):
        text = f"{self.size}, {self.unit}" if self.size else self.unit
        return f"{text:>{VALUE + SPREAD + RATIO}}"

    def cell(self, label):
        figure = self.figures.get(label)
        if figure is None:
            return f"{'-':>{VALUE}}" + " " * (SPREAD + RATIO)
        value = digits(figure.least / self.scale if self.scale else 1e-9 / figure.least)
        return f"{value:>{VALUE}}{figure.spread:>{SPREAD}.0%}{self.ratio(figure):>{RATIO}}"

    def ratio(self, figure):
        if self.ours is None or figure is self.ours:
            return ""
        ratio = figure.least / self.ours.least
        return digits(1 / ratio if figure is self.floor else ratio) + "x"

    def fact(self, name):
        text = self.ours.facts.get(name, "") if self.ours else ""
        return f"{text:>{VALUE}}" + " " * (SPREAD + RATIO)


def digits(value):
    """About three significant digits, without an exponent."""
    if value >= 1e5:
        return f"{value / 1e6:.1f}M" if value >= 1e6 else f"{value / 1e3:.0f}k"
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3}f}"
