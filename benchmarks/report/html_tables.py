"""The tables of the page: one a question, and the overview."""

from html import escape

from benchmarks.report.units import digits, micro, time

COLUMNS = ["time", "IQR", "/ floor", "/ Coterie"]
OVERVIEW = ["question", "at", "Coterie", "IQR", "Coterie / floor", "plain Python", "best other"]


def table(question):
    """Every figure of a question."""
    sizes = [f'<th colspan="4" scope="colgroup">{escape(size)}</th>' for size in question.sizes]
    columns = [f'<th scope="col">{column}</th>' for _ in question.sizes for column in COLUMNS]
    head = f'<tr><td rowspan="2"></td>{"".join(sizes)}</tr>\n<tr>{"".join(columns)}</tr>'
    rows = [row(question, label) for label in question.labels]
    return boxed(question.title, head, rows + [fact_row(question, fact) for fact in question.facts])


def boxed(name, head, rows):
    """A table that scrolls inside its own box."""
    return (
        f'<div class="box" tabindex="0" role="region" aria-label="{escape(name)}"><table>\n'
        f"<thead>{head}</thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody></table></div>"
    )


def row(question, label):
    cells = [cell for size in question.sizes for cell in cells_of(question, question.get(label, size))]
    return f'<tr class="{question.roles[label]}"><th scope="row">{escape(label)}</th>{"".join(cells)}</tr>'


def cells_of(question, figure):
    if figure is None:
        return ['<td class="first">-</td>', *["<td></td>"] * 3]
    unit = question.unit
    quartiles = ", ".join(value(seconds, unit) for seconds in (figure.q1, figure.median, figure.q3))
    tip = f"quartiles of {figure.rounds} rounds: {quartiles}"
    return [
        f'<td class="first" title="{tip}">{value(figure.least, unit)}</td>',
        f"<td>{figure.spread:.1%}</td>",
        f"<td>{ratio(question.over(figure, 'floor')) if figure.role != 'floor' else ''}</td>",
        f"<td>{ratio(question.over(figure, 'coterie')) if figure.role != 'coterie' else ''}</td>",
    ]


def fact_row(question, fact):
    facts = [escape(question.fact(fact, size)) for size in question.sizes]
    cells = "".join(f'<td class="first" colspan="4">{text}</td>' for text in facts)
    return f'<tr class="fact"><th scope="row">{escape(fact)}</th>{cells}</tr>'


def overview(questions):
    """Coterie's figure of every question at its middle size, and how others compare."""
    head = "<tr>" + "".join(f'<th scope="col">{name}</th>' for name in OVERVIEW) + "</tr>"
    return boxed("Overview", head, [line for question in questions for line in overview_row(question)])


def overview_row(question):
    size = question.sizes[len(question.sizes) // 2]
    ours, plain = question.of("coterie", size), question.of("plain", size)
    if ours is None:
        return
    others = [f for f in question.figures if f.size == size and f.role in ("idiom", "peer")]
    best = min(others, key=lambda figure: figure.least, default=None)
    cells = [
        escape(size),
        value(ours.least, question.unit),
        f"{ours.spread:.1%}",
        ratio(question.over(ours, "floor")),
        ratio(question.over(plain, "coterie")) if plain else "",
        f"{ratio(question.over(best, 'coterie'))} {escape(best.label)}" if best else "",
    ]
    title = escape(question.title).replace(".", ".<wbr>")
    link = f'<a href="#{question.case}">{title}</a>'
    yield f'<tr><th scope="row">{link}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def value(seconds, unit):
    return micro(time(seconds, unit))


def ratio(number):
    return "" if number is None else f"{digits(number)}x"
