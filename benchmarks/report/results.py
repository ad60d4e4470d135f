"""The figures in pytest-benchmark's JSON, grouped by the question that they answer."""

import json
from pathlib import Path

from benchmarks import naming

ROLES = ["coterie", "floor", "variant", "plain", "idiom", "peer"]  # in the order of the rows of a table


class Figure:
    """One measurement: the times of one unit, in seconds, over all rounds."""

    def __init__(self, bench):
        info, stats = bench["extra_info"], bench["stats"]
        self.name = naming.row_name(bench["fullname"])
        self.case = naming.case_name(self.name)
        self.about, self.topic = info.get("about", ""), info.get("topic", "")
        self.question, self.size, self.unit = info["question"], info["size"], info["unit"]
        self.role, self.label, self.facts = info["role"], info["label"], info.get("facts", {})
        self.rounds = stats["rounds"]
        self.least, self.q1, self.median, self.q3 = (
            stats[key] / info["per"] for key in ("min", "q1", "median", "q3")
        )

    @property
    def spread(self):
        """The interquartile range over the median."""
        return (self.q3 - self.q1) / self.median


class Question:
    """The figures of one table: a row a contender, a column a size."""

    def __init__(self, figures):
        self.title, self.case, self.unit = figures[0].question, figures[0].case, figures[0].unit
        self.sizes = list(dict.fromkeys(figure.size for figure in figures))
        self.figures = sorted(
            figures, key=lambda figure: ROLES.index(figure.role)
        )  # stable: sizes stay in order
        self.roles = {figure.label: figure.role for figure in self.figures}
        self.facts = list(dict.fromkeys(fact for figure in self.figures for fact in figure.facts))
        self.by_place = {(figure.label, figure.size): figure for figure in self.figures}
        self.by_role = {(figure.role, figure.size): figure for figure in self.figures}

    @property
    def labels(self):
        return list(self.roles)

    @property
    def per(self):
        """For a heading: ", per key"; a byte's times are shown as GB/s."""
        return "" if self.unit == "byte" else f", per {self.unit}"

    def get(self, label, size):
        return self.by_place.get((label, size))

    def of(self, role, size):
        """The one figure of Coterie, the floor or the plain baseline; None if it was not measured."""
        return self.by_role.get((role, size))

    def over(self, figure, role):
        """How many times as long as Coterie, or as the floor, this took; None without it."""
        other = self.of(role, figure.size)
        return figure.least / other.least if other else None

    def fact(self, name, size):
        ours = self.of("coterie", size)
        return ours.facts.get(name, "") if ours else ""


class Results:
    """One run: the machine, and every figure of the selected cases."""

    def __init__(self, data, selection=None):
        self.machine = data["machine_info"]["coterie"]
        self.system = " ".join(data["machine_info"].get(key, "") for key in ("system", "release", "machine"))
        self.commit = commit_of(data.get("commit_info") or {})
        self.when = data.get("datetime", "")[:16].replace("T", " ")
        ours = [bench for bench in data["benchmarks"] if "role" in bench["extra_info"]]
        figures = [Figure(bench) for bench in ours]
        self.figures = [figure for figure in figures if selection is None or figure.name in selection]

        self.by_place = {(f.case, f.question, f.size, f.role): f for f in self.figures}

    def of(self, role, figure):
        """The floor's or the plain baseline's figure beside this one; None if it was not measured."""
        return self.by_place.get((figure.case, figure.question, figure.size, role))

    def summary(self):
        """For example "the run of 2026-01-31 12:00 UTC, coterie 0.1.0, commit 0123456789ab"."""
        return f"the run of {self.when} UTC, coterie {self.machine['coterie']}, commit {self.commit}"

    def questions(self):
        """The questions in the order in which they were asked."""
        groups = {}
        for figure in self.figures:
            groups.setdefault((figure.case, figure.question), []).append(figure)
        return [Question(figures) for figures in groups.values()]


def commit_of(info):
    return info.get("id", "unknown")[:12] + " and changes" * bool(info.get("dirty"))


def load(file, selection=None):
    """The results in a file that --json wrote; ValueError says why there are none."""
    try:
        return Results(json.loads(Path(file).read_text(encoding="utf-8")), selection)
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file}: not written by python -m benchmarks --json ({error!r})") from None
