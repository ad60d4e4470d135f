"""The short suite: `python -m benchmarks`."""

import argparse
import sys
from time import monotonic

try:
    import pytest_benchmark  # noqa: F401

    from benchmarks import machine, peers, report, runner
    from benchmarks.floors import compiler
except ModuleNotFoundError as error:
    sys.exit(f"benchmarks: no module named {error.name!r}; install with: pip install -e '.[bench]'")


def main():
    options = arguments()
    start = monotonic()
    selection = runner.Selection(options.case, options.full)
    if options.list:
        return list_questions(options, selection)
    print(*machine.lines(machine.describe()), "", sep="\n", flush=True)
    data, progress, status = runner.run(options.family, selection, sys.stdout, options.json)
    if status == 5:
        print(f"benchmarks: no case named like {options.case!r}; try --list", file=sys.stderr)
        return 2
    if data is None:
        return 1
    print()
    print("\n\n".join(report.tables(data)))
    print(f"\n{report.LEGEND}")
    if status == 2:
        print("Interrupted: the rest was not measured.")
    for line in footer(progress, monotonic() - start):
        print(line)
    return int(bool(progress.failures) or status != 0)


def arguments():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The benchmarks of Coterie.")
    parser.add_argument("--family", choices=runner.families(), help="only this family of structures")
    parser.add_argument("--case", metavar="SUBSTRING", default="", help="only cases with this in their name")
    parser.add_argument("--full", action="store_true", help="also the sizes that the short suite leaves out")
    parser.add_argument("--json", metavar="FILE", help="also write pytest-benchmark's JSON to FILE")
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    return parser.parse_args()


def list_questions(options, selection):
    runner.run(options.family, selection, sys.stdout, collect_only=True)
    for question, (text, rows) in selection.chosen.items():
        print(f"{question:<27}{text} {len(rows)} rows, {rows[0]} ...")
    return 0


def footer(progress, seconds):
    if peers.missing():
        yield f"Peers that are not installed, rows left out: {', '.join(peers.missing())}."
    if compiler.library() is None:
        yield "No C compiler ($CC, cc, gcc, clang): the floors of the hardware are left out."
    yield f"{seconds:.0f} s."
    for message, names in progress.failures.items():
        yield f"FAILED {names[0]}{f' and {len(names) - 1} more' * (len(names) > 1)}: {message}"


if __name__ == "__main__":
    sys.exit(main())
