"""Tables for a terminal: one a question, with a row a contender and a column a size."""

from benchmarks.report.units import UNITS, digits, unit_for

VALUE, SPREAD, RATIO = 7, 5, 7  # widths of the parts of a cell
LEGEND = """\
A cell holds the least time of all rounds, their interquartile range in per cent of the median, and a ratio:
in a floor's row Coterie's time over the floor's, in any other row its time over Coterie's."""


def tables(results):
    """The text of every table."""
    return [table(question) for question in results.questions()]


def table(question):
    columns = [Column(question, size) for size in question.sizes]
    rows = {label: [column.cell(label) for column in columns] for label in question.labels}
    rows |= {fact: [column.fact(fact) for column in columns] for fact in question.facts}
    width = max(21, *map(len, rows)) + 2
    lines = [question.title + question.per, " " * width + "".join(column.heading() for column in columns)]
    lines += [f"  {label:<{width - 2}}" + "".join(cells) for label, cells in rows.items()]
    return "\n".join(line.rstrip() for line in lines)


class Column:
    """The figures of one size, in the unit that suits Coterie's."""

    def __init__(self, question, size):
        self.question, self.size = question, size
        first = next(figure for figure in question.figures if figure.size == size)
        reference = question.of("coterie", size) or first
        self.scale, self.unit = UNITS[-1] if question.unit == "key" else unit_for(reference.least)
        if question.unit == "byte":
            self.scale, self.unit = None, "GB/s"

    def heading(self):
        text = f"{self.size}, {self.unit}" if self.size else self.unit
        return f"{text:>{VALUE + SPREAD + RATIO}}"

    def cell(self, label):
        figure = self.question.get(label, self.size)
        if figure is None:
            return f"{'-':>{VALUE}}" + " " * (SPREAD + RATIO)
        value = digits(figure.least / self.scale if self.scale else 1e-9 / figure.least)
        return f"{value:>{VALUE}}{figure.spread:>{SPREAD}.0%}{self.ratio(figure):>{RATIO}}"

    def ratio(self, figure):
        ratio = self.question.over(figure, "coterie")
        if ratio is None or figure.role == "coterie":
            return ""
        return digits(1 / ratio if figure.role == "floor" else ratio) + "x"

    def fact(self, name):
        return f"{self.question.fact(name, self.size):>{VALUE}}" + " " * (SPREAD + RATIO)
