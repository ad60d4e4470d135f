"""The benchmarks: `python -m benchmarks`."""

import os
import sys
from pathlib import Path
from time import monotonic

try:
    import pytest_benchmark  # noqa: F401

    from benchmarks import machine, options, peers, runner
    from benchmarks.floors import compiler
    from benchmarks.report import compare, html, text
    from benchmarks.report.results import Results, load
except ModuleNotFoundError as error:
    sys.exit(f"benchmarks: no module named {error.name!r}; install with: pip install -e '.[bench]'")

FAILED, UNUSABLE = 1, 2  # exit statuses


def main():
    chosen = options.parse()
    if chosen.list:
        return list_cases(chosen)
    try:
        old = load(chosen.compare, chosen.selection) if chosen.compare else None
        new = load(chosen.source, chosen.selection) if chosen.source else None
    except ValueError as error:
        return unusable(error)
    failed, notes = False, []
    if new is None:
        new, failed, notes = measure(chosen)
    if failed and new is None:
        return FAILED
    if not (new and new.figures):
        return unusable(f"no case named like {chosen.selection.case!r}; try --list")
    if chosen.html:
        Path(chosen.html).write_text(html.page(new), encoding="utf-8")
    if not (chosen.source and (chosen.html or chosen.compare)):
        print("\n\n".join(text.tables(new)), "", text.LEGEND, *notes, sep="\n")
    if old:
        comparison = compare.Comparison(old, new)
        print(*comparison.lines(), sep="\n")
        failed |= comparison.slower
    return FAILED if failed else 0


def measure(chosen):
    """(the results or None, whether something failed, what there is to say about the run)."""
    start = monotonic()
    print(*machine.lines(machine.describe()), "", sep="\n", flush=True)
    chooser = runner.Chooser(chosen.selection, chosen.full)
    data, progress, status = runner.run(chooser, sys.stdout, chosen.json)
    print()
    if data is None:
        return None, status != runner.NO_CASES, []
    notes = list(notes_on(progress, status, monotonic() - start))
    return Results(data), bool(progress.failures) or status != 0, notes


def notes_on(progress, status, seconds):
    if status == runner.INTERRUPTED:
        yield "Interrupted: the rest was not measured."
    if peers.missing():
        yield f"Peers left out: {', '.join(peers.missing())}."
    if compiler.library() is None:
        yield "No C compiler ($CC, cc, gcc, clang): the floors of the hardware are left out."
    yield f"{seconds:.0f} s."
    for message, names in progress.failures.items():
        yield f"FAILED {names[0]}{f' and {len(names) - 1} more' * (len(names) > 1)}: {message}"


def list_cases(chosen):
    chooser = runner.Chooser(chosen.selection, chosen.full)
    runner.run(chooser, sys.stdout, collect_only=True)
    width = max(map(len, chooser.chosen), default=0)
    for case, (about, rows) in chooser.chosen.items():
        print(f"{case:<{width}}  {about} {len(rows)} rows, {rows[0]} ...")
    return 0


def unusable(message):
    print(f"benchmarks: {message}", file=sys.stderr)
    return UNUSABLE


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the exit would complain again
        sys.exit(FAILED)
