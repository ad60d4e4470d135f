"""`coterie place`: where the keys of a file go, and how evenly."""

import argparse
import sys
import time
from contextlib import ExitStack
from shutil import get_terminal_size
from textwrap import indent
from typing import TextIO

import numpy as np

from coterie import HashRing, JumpHash
from coterie._cli import nodespec
from coterie._cli.errors import Refused, refusing_os_errors
from coterie._cli.keyfile import KeyFile
from coterie._cli.load import Load
from coterie._cli.outfile import open_assignments
from coterie._cli.progress import Progress, format_bytes, format_rate
from coterie._cli.report import EIGHTHS, table
from coterie._cli.text import can_encode, show

MAX_SHARDS = 1_000_000  # every shard is a line of the table

TAKES = {"ring": {"nodes", "vnodes"}, "jump": {"shards"}}  # the options that not every scheme has

DESCRIPTION = """\
Place every key of the files and print each node's load: its keys, its share of
all keys, the share that its weight asks for, and the deviation of one from the
other.

A key is the bytes of a line without its end (\\n or \\r\\n). Empty lines are
skipped and counted. A line that holds a NUL byte or is longer than 1 MiB is
refused. Gzip is recognised by its content. Files are read as a stream: memory
does not grow with them."""

EPILOG = f"""\
nodes:
{indent(nodespec.HELP, "  ")}

table:
  deviation is share / expected - 1; max/mean is the largest share / expected.
  The table goes to standard output, progress and timing to standard error.

examples:
  coterie place --nodes cache-a,cache-b:2,cache-c keys.txt
  coterie place --nodes 10.0.0.1:11211=1,10.0.0.2:11211=2 --replicas 2 keys.gz
  coterie place --scheme jump --shards 12 --out shards.tsv.gz mon.txt tue.txt
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
    add("keyfiles", nargs="+", metavar="KEYFILE", help='keys, one a line; "-" is standard input')
    add("--scheme", choices=sorted(TAKES), default="ring", help="how keys are placed (default: ring)")
    add("--nodes", metavar="NODE,...", help="ring: the nodes and their weights, see below")
    add("--vnodes", type=int, metavar="N", help="ring: points of a node of weight 1 (default: 160)")
    add("--shards", type=int, metavar="N", help="jump: the number of shards; they are 0 to N-1")
    add("--seed", type=int, default=0, metavar="N", help="each seed is another placement (default: 0)")
    add("--replicas", type=int, default=1, metavar="N", help="nodes that each key is placed on (default: 1)")
    add(
        "--out",
        metavar="FILE",
        help="write each key and, after tabs, its nodes; gzip if FILE ends in .gz; "
        '"-" is standard output, and the table then goes to standard error',
    )
    add("--quiet", action="store_true", help="no progress and no timing")


def run(args: argparse.Namespace) -> None:
    """Read, place, write and report."""
    scheme, weights = _scheme(args)
    noun = "shard" if args.scheme == "jump" else "node"
    if not 1 <= args.replicas <= len(weights):
        raise Refused(f"--replicas {args.replicas}: must be 1 to {len(weights)}, the number of {noun}s")
    if args.keyfiles.count("-") > 1:
        raise Refused("standard input (-) can be read only once")
    files = [KeyFile(path) for path in args.keyfiles]
    names = [str(node) for node in scheme.nodes]

    start = time.monotonic()
    keys, counts = _place(scheme, names, files, args)
    seconds = time.monotonic() - start

    count_of = dict(zip(names, counts.tolist(), strict=True))
    load = Load(
        noun=noun,
        names=list(weights),
        weights=list(weights.values()),
        counts=[count_of[name] for name in weights],
        keys=keys,
        empty_lines=sum(file.empty_lines for file in files),
        replicas=args.replicas,
    )
    stream = sys.stderr if args.out == "-" else sys.stdout
    with refusing_os_errors("standard error" if args.out == "-" else "standard output"):
        show(stream, table(load, get_terminal_size().columns, can_encode(stream, EIGHTHS)))
    if not args.quiet:
        size = format_bytes(sum(file.bytes_read for file in files))
        show(sys.stderr, f"{keys:,} keys, {size} in {seconds:.2f} s: {format_rate(keys, seconds)}\n")


def _scheme(args: argparse.Namespace) -> tuple[HashRing | JumpHash, dict[str, float]]:
    """The scheme that the arguments ask for, and the weight of each node, in the order given."""
    for option in sorted(set().union(*TAKES.values())):
        if getattr(args, option) is not None and option not in TAKES[args.scheme]:
            raise Refused(f"--scheme {args.scheme} does not take --{option}")
    try:
        if args.scheme == "jump":
            return _jump(args)
        return _ring(args)
    except (ValueError, OverflowError) as error:
        raise Refused(str(error)) from error


def _ring(args: argparse.Namespace) -> tuple[HashRing, dict[str, float]]:
    if args.nodes is None:
        raise Refused("--scheme ring needs --nodes, such as --nodes cache-a,cache-b:2")
    weights = nodespec.parse_nodes(args.nodes)
    options = {} if args.vnodes is None else {"vnodes": args.vnodes}
    return HashRing(weights, seed=args.seed, **options), weights


def _jump(args: argparse.Namespace) -> tuple[JumpHash, dict[str, float]]:
    if args.shards is None:
        raise Refused("--scheme jump needs --shards, such as --shards 12")
    if not 1 <= args.shards <= MAX_SHARDS:
        raise Refused(f"--shards {args.shards}: must be 1 to {MAX_SHARDS}")
    return JumpHash(args.shards, seed=args.seed), dict.fromkeys(map(str, range(args.shards)), 1.0)


def _place(
    scheme: HashRing | JumpHash, names: list[str], files: list[KeyFile], args: argparse.Namespace
) -> tuple[int, np.ndarray]:
    """The number of keys in the files, and how many of them, copies included, each position got."""
    keys = 0
    counts = np.zeros(len(names), dtype=np.int64)
    with ExitStack() as stack:
        out = stack.enter_context(open_assignments(args.out, names)) if args.out is not None else None
        progress = stack.enter_context(Progress(_progress_stream(args), _total_size(files)))
        for file in files:
            for batch in file.batches():
                if args.replicas == 1:
                    positions = scheme.assign(batch)[:, np.newaxis]
                else:
                    positions = scheme.assign_replicas(batch, args.replicas)
                counts += np.bincount(positions.ravel(), minlength=len(names))
                keys += len(batch)
                if out is not None:
                    out.write(batch, positions)
                progress.update(sum(f.bytes_read for f in files), keys)
    return keys, counts


def _progress_stream(args: argparse.Namespace) -> TextIO | None:
    """Standard error if a person watches it and nothing else is written to that terminal."""
    if args.quiet or sys.stderr is None or not sys.stderr.isatty():
        return None
    if args.out == "-" and sys.stdout is not None and sys.stdout.isatty():
        return None
    return sys.stderr


def _total_size(files: list[KeyFile]) -> int | None:
    """The bytes of all files, or None if that is unknown for one of them."""
    sizes = [file.size for file in files if file.size is not None]
    return sum(sizes) if len(sizes) == len(files) else None
