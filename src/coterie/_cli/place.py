"""`coterie place`: where the keys of a file go, and how evenly."""

import argparse
import sys
from contextlib import ExitStack
from shutil import get_terminal_size
from textwrap import indent

import numpy as np
from numpy.typing import NDArray

from coterie._cli import keystream, nodespec, schemes
from coterie._cli.counts import Counts
from coterie._cli.errors import Refused, refusing_os_errors
from coterie._cli.keystream import KeyStream, screen_for_progress
from coterie._cli.load import Load
from coterie._cli.loadplot import draw_load
from coterie._cli.outfile import open_assignments
from coterie._cli.picture import open_picture
from coterie._cli.report import EIGHTHS, table
from coterie._cli.text import can_encode, show
from coterie._types import Keys

DESCRIPTION = f"""\
Place every key of the files and print each node's load: its keys, its share of
all keys, the share that its weight asks for, and the deviation of one from the
other.

{keystream.HELP}"""

EPILOG = f"""\
tables:
{indent(keystream.COLUMN_HELP, "  ")}

schemes:
{indent(schemes.HELP, "  ")}

nodes:
{indent(nodespec.HELP, "  ")}

table:
  deviation is share / expected - 1; max/mean is the largest share / expected.
  The table goes to standard output, progress and timing to standard error.

examples:
  coterie place --nodes cache-a,cache-b:2,cache-c keys.txt
  coterie place --nodes 10.0.0.1:11211=1,10.0.0.2:11211=2 --replicas 2 keys.gz
  coterie place --scheme jump --shards 12 --out shards.tsv.gz mon.txt tue.txt
  coterie place --scheme maglev --nodes a,b,c --plot load.png keys.txt
  coterie place --nodes a,b,c --column user_id --weight-column bytes \\
    events.parquet more.csv.gz
  find /usr | coterie place --nodes a,b,c --out - - | head

exit status:
  0 if all went well, 2 if an argument or a file cannot be used."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `place` to the commands."""
    parser = commands.add_parser(
        "place",
        help="place the keys of a file and print each node's load",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    add = parser.add_argument
    keystream.add_options(parser)
    schemes.add_options(parser)
    add("--replicas", type=int, default=1, metavar="N", help="nodes that each key is placed on (default: 1)")
    add(
        "--out",
        metavar="FILE",
        help="write each key and, after tabs, its nodes; gzip if FILE ends in .gz; "
        '"-" is standard output, and the table then goes to standard error; integers of a --column are '
        "written as decimals, and a key with a line end is refused",
    )
    add("--plot", metavar="FILE", help="draw each node's load; FILE ends in .png, .svg or .pdf")
    add("--quiet", action="store_true", help="no progress and no timing")


def run(args: argparse.Namespace) -> None:
    """Read, place, write and report."""
    choice = schemes.chosen(args)
    if not 1 <= args.replicas <= len(choice.weights):
        allowed = f"1 to {len(choice.weights)}, the number of {choice.noun}s"
        raise Refused(f"--replicas {args.replicas}: must be {allowed}")
    stream = KeyStream(args)
    with ExitStack() as stack:
        figure = None if args.plot is None else stack.enter_context(open_picture(args.plot))
        load = _load(choice, stream, args)
        if figure is not None:
            draw_load(figure, load, args.scheme)
    output = sys.stderr if args.out == "-" else sys.stdout
    with refusing_os_errors("standard error" if args.out == "-" else "standard output"):
        show(output, table(load, get_terminal_size().columns, can_encode(output, EIGHTHS)))
    if not args.quiet:
        show(sys.stderr, stream.summary())


def _load(choice: schemes.Choice, stream: KeyStream, args: argparse.Namespace) -> Load:
    """Place every key, write it to `--out`, and count."""
    placement, names = choice.place(choice.weights)
    counts = Counts(len(names), stream.weight_column)
    writes_here = args.out == "-" and sys.stdout is not None and sys.stdout.isatty()
    with ExitStack() as stack:
        out = None if args.out is None else stack.enter_context(open_assignments(args.out, names))
        screen = None if writes_here else screen_for_progress(args.quiet)
        for batch in stack.enter_context(stream.reading(screen)):
            positions = _positions(placement, batch.keys, args.replicas)
            counts.add(positions, batch.weights)
            if out is not None:
                out.write(batch, positions)
    position = {name: i for i, name in enumerate(names)}
    order = [position[name] for name in choice.weights]
    return Load(
        noun=choice.noun,
        names=list(choice.weights),
        weights=list(choice.weights.values()),
        counts=counts.keys[order].tolist(),
        keys=stream.keys,
        empty_lines=stream.empty_lines,
        replicas=args.replicas,
        nulls=stream.nulls,
        sums=counts.sums(order),
    )


def _positions(placement: schemes.Placement, keys: Keys, replicas: int) -> NDArray[np.int32]:
    """A row for each key, a column for each of its nodes."""
    if replicas == 1:
        return placement.assign(keys)[:, np.newaxis]
    return placement.assign_replicas(keys, replicas)
