"""The command line."""

import argparse
from pathlib import Path

from benchmarks import runner
from benchmarks.naming import Selection

EPILOG = """\
Exit status: 1 if an answer was wrong, a row failed, or --compare found that a row of Coterie's became slower
beyond noise; 2 if the options or a file cannot be used; else 0.
"""


def parse(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="The benchmarks of Coterie.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--family", choices=runner.families(), help="only this family of structures")
    parser.add_argument(
        "--case",
        metavar="SUBSTRING",
        default="",
        help="only cases with this in their name, such as placement/ring/one_key (a space may stand for a "
        "slash); or only rows, if there is a [ in it: ring/one_key[str-100",
    )
    parser.add_argument("--full", action="store_true", help="also the rows that the short suite leaves out")
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    parser.add_argument("--json", metavar="FILE", help="write pytest-benchmark's JSON to FILE")
    parser.add_argument("--html", metavar="FILE", help="write a page with charts and every figure to FILE")
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        help="measure nothing: print, show (--html) or compare (--compare) the figures in FILE, from --json",
    )
    parser.add_argument(
        "--compare",
        metavar="OLD",
        help="say what became slower or faster than in OLD, from --json, beyond the noise of both",
    )
    chosen = parser.parse_args(arguments)
    check(parser, chosen)
    chosen.selection = Selection(chosen.family, chosen.case)
    return chosen


def check(parser, chosen):
    """Find out before the first minute of measuring that a result has no place to go."""
    if chosen.source and (chosen.json or chosen.full or chosen.list):
        parser.error("--from measures nothing: it goes with --html, --compare, --family and --case alone")
    for file in filter(None, (chosen.json, chosen.html)):
        if not Path(file).parent.is_dir():
            parser.error(f"{file}: no such folder")
