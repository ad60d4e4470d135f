"""`coterie plan`: what a change of nodes moves."""

import argparse
import sys
from contextlib import ExitStack
from textwrap import indent

from coterie._cli import changes, keystream, nodespec, schemes
from coterie._cli.errors import refusing_os_errors
from coterie._cli.keystream import KeyStream, screen_for_progress
from coterie._cli.movement import Movement, Tally
from coterie._cli.moveplot import draw_movement
from coterie._cli.picture import open_picture
from coterie._cli.planjson import JSON_HELP, as_json
from coterie._cli.planreport import MOST_FLOWS, as_text
from coterie._cli.text import show

DESCRIPTION = f"""\
Place every key of the files on the nodes before a change and on those after it,
and print each node's keys before and after, how many keys move from which node
to which, and how that compares with the least that has to move. Nothing is
changed: this is the plan of a change.

{keystream.HELP}

With replicas in mind: this is about the first node of each key."""

EPILOG = f"""\
tables:
{indent(keystream.COLUMN_HELP, "  ")}

schemes:
{indent(schemes.HELP, "  ")}

nodes:
{indent(nodespec.HELP, "  ")}

changes:
  --add, --remove and --set can be given together, and each several times. All
  is one change: moves are from the nodes before all of it to those after.
  --remove takes names alone, so --remove 10.0.0.1:11211 is a name.

least:
  A node has to lose what its share by weight shrinks by, and the least is the
  sum of that: adding a fourth node to three equal ones moves a quarter. A
  change can move a little less where a node had less than its share.

--json:
{indent(JSON_HELP, "  ")}

examples:
  coterie plan --nodes cache-a,cache-b,cache-c --add cache-d keys.txt
  coterie plan --nodes a:2,b,c --remove b --set a:3 --json keys.gz | jq .moved
  coterie plan --scheme maglev --nodes a,b,c --add d --plot plan.png keys.txt
  coterie plan --scheme jump --shards 12 --add 12,13 mon.txt tue.txt
  find /usr | coterie plan --nodes 10.0.0.1:11211=1,10.0.0.2:11211=2 \\
    --add 10.0.0.3:11211=2 --remove 10.0.0.1:11211 -

exit status:
  0 if all went well, 2 if an argument or a file cannot be used."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `plan` to the commands."""
    parser = commands.add_parser(
        "plan",
        help="print which keys of a file a change of nodes moves",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    add = parser.add_argument
    keystream.add_options(parser)
    schemes.add_options(parser)
    changes.add_options(parser)
    add("--all-flows", action="store_true", help=f"print every pair of nodes, not the {MOST_FLOWS} largest")
    add("--json", action="store_true", help="print one JSON document instead, see below")
    add("--plot", metavar="FILE", help="draw loads and flows; FILE ends in .png, .svg or .pdf")
    add("--quiet", action="store_true", help="no progress and no timing")


def run(args: argparse.Namespace) -> None:
    """Read, place twice, and report."""
    choice = schemes.chosen(args)
    after = changes.changed(choice, args)
    stream = KeyStream(args)
    tally = Tally(choice, after, stream.weight_column)
    with ExitStack() as stack:
        figure = None if args.plot is None else stack.enter_context(open_picture(args.plot))
        with stream.reading(screen_for_progress(args.quiet)) as batches:
            for batch in batches:
                tally.add(batch)
        movement = tally.movement(stream.empty_lines, stream.nulls)
        if figure is not None:
            draw_movement(figure, movement, args.scheme)
    with refusing_os_errors("standard output"):
        show(sys.stdout, _report(movement, args))
    if not args.quiet:
        show(sys.stderr, stream.summary())


def _report(movement: Movement, args: argparse.Namespace) -> str:
    if args.json:
        return as_json(movement, args.scheme)
    return as_text(movement, None if args.all_flows else MOST_FLOWS)
