"""One row of a table: a pytest-benchmark measurement that knows which question it answers."""

from time import perf_counter

import pytest

from benchmarks import floors
from benchmarks.peers import adapter

BUDGET = 0.25  # seconds of timing a row, about
ROUND = 200e-6  # seconds of the shortest round
ROUNDS = (3, 500)
LONG = 0.05  # seconds of a call that needs no further warming up

stopped = set()  # groups whose answers were wrong


class Row:
    """Fixture of the cases: `ask`, then `check`, then `time`; or `ask`, then `floor`."""

    def __init__(self, benchmark, about, topic):
        self.benchmark = benchmark
        benchmark.extra_info.update(about=about, topic=topic)

    def ask(self, question, size="", unit="key"):
        """Rows of one question stand in one table, those of one size in one column; times are per unit."""
        group = f"{question}; {size}" if size else question
        if group in stopped:
            pytest.skip("stopped: a wrong answer")
        self.benchmark.group = group
        self.benchmark.extra_info.update(question=question, size=size, unit=unit)

    def check(self, contender, answers, expected, allowed=()):
        """An exact contender must answer as expected, any other within what is allowed."""
        answers = [getattr(a, "tolist", lambda a=a: a)() for a in answers]
        if contender.exact:
            wrong = [f"{a!r} instead of {e!r}" for a, e in zip(answers, expected, strict=True) if a != e]
        else:
            wrong = [f"{a!r}" for a in answers if a not in allowed]
        if wrong:
            if contender.role == adapter.OURS:
                stopped.add(self.benchmark.group)
            count = f"{len(wrong)} of {len(answers)} wrong"
            pytest.fail(f"{contender.label} answers {wrong[0]} ({count})", pytrace=False)

    def time(self, contender, run, per=1, before=None, **facts):
        """Time `run()`, which does the unit `per` times, with `before()` ahead of each round."""
        self.measure(contender.role, contender.label, run, per, before)
        self.benchmark.extra_info["facts"] = facts

    def floor(self, floor, before=None):
        """Time a floor: a name, or one made for this case."""
        if isinstance(floor, str):
            try:
                floor = floors.get(floor)
            except KeyError:
                pytest.skip("no C compiler")
        self.measure("floor", f"floor: {floor.label}", floor.run, floor.per, before)

    def measure(self, role, label, run, per, before=None):
        if before:
            before()
        start = perf_counter()
        run()
        once = perf_counter() - start
        iterations = 1 if before else max(1, int(ROUND / once))
        rounds = int(min(max(BUDGET / (once * iterations), ROUNDS[0]), ROUNDS[1]))
        self.benchmark.extra_info.update(role=role, label=label, per=per)
        self.benchmark.pedantic(
            run, setup=before, rounds=rounds, iterations=iterations, warmup_rounds=int(once < LONG)
        )
