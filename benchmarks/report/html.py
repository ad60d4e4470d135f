"""One self-contained page: machine, method, every figure with its spread and distance to the floor."""

from html import escape
from itertools import groupby
from pathlib import Path
from string import Template

from benchmarks.report.chart import chart, legend
from benchmarks.report.html_tables import overview, table

HERE = Path(__file__).parent


def page(results):
    """The page's HTML. The anchor of a case is its name."""
    structures = by_structure(results.questions())
    return Template(read("page.html")).substitute(
        style=read("style.css"),
        method=read("method.html"),
        lead=lead(results),
        machine=machine(results),
        contents=contents(structures),
        overview=overview(results.questions()),
        sections="\n".join(section for structure in structures for section in sections(*structure)),
    )


def read(name):
    return (HERE / name).read_text(encoding="utf-8")


def by_structure(questions):
    """[("placement/ring", [("placement/ring/one_key", its questions), ...]), ...] in order."""
    cases = [(case, list(group)) for case, group in groupby(questions, lambda question: question.case)]
    return [(name, list(group)) for name, group in groupby(cases, lambda case: case[0].rpartition("/")[0])]


def lead(results):
    info = results.machine
    return escape(f"coterie {info['coterie']}, {info['cpu']}, {info['python']}, {results.when} UTC")


def machine(results):
    info = results.machine
    rows = {
        "CPU": f"{info['cpu']}, level {info['cpu_level']}",
        "System": results.system,
        "Python": info["python"],
        "NumPy": info["numpy"],
        "Coterie": f"{info['coterie']}, commit {results.commit}",
        "Peers": ", ".join(f"{name} {number}" for name, number in info["peers"].items()) or "none",
        "Floors compiled by": info["compiler"],
        "Measured": f"{results.when} UTC, {len(results.figures)} rows",
        "Measured with": f"pytest-benchmark {info['pytest-benchmark']}",
    }
    return "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())


def contents(structures):
    return "\n".join(
        f'<div><a href="#{structure}">{structure}</a><ul>'
        + "".join(f'<li><a href="#{case}">{case.rpartition("/")[2]}</a></li>' for case, _ in cases)
        + "</ul></div>"
        for structure, cases in structures
    )


def sections(structure, cases):
    """A structure's heading, then a section for each of its cases."""
    topic = cases[0][1][0].figures[0].topic
    yield f'<h2 id="{structure}">{structure}</h2>\n<p>{escape(topic)}</p>'
    for case, questions in cases:
        about = questions[0].figures[0].about
        yield f'<section id="{case}">\n<h3><a href="#{case}">{case}</a></h3>\n<p>{escape(about)}</p>'
        yield from (answer(question) for question in questions)
        yield "</section>"


def answer(question):
    heading = f"<h4>{escape(question.title + question.per)}</h4>"
    return "\n".join([heading, legend(question), chart(question), table(question)])
