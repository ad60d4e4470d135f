"""The text of a plan: figures, alignment, what is left out."""

from coterie._cli.load import Load
from coterie._cli.movement import Flow, Movement
from coterie._cli.planreport import as_text


def movement(names, weights, counts, flows, empty_lines=0):
    """`weights` and `counts` have a list for before and one for after."""
    loads = [
        Load(
            noun="node",
            names=names,
            weights=weights[i],
            counts=counts[i],
            keys=sum(counts[i]),
            empty_lines=empty_lines,
            replicas=1,
        )
        for i in (0, 1)
    ]
    return Movement(*loads, [Flow(*flow) for flow in flows])


def test_equal_weights():
    text = as_text(
        movement(
            ["a", "b", "c"],
            ([1.0, 1.0, 0.0], [0.0, 1.0, 1.0]),
            ([4000, 6000, 0], [0, 5500, 4500]),
            [("a", "c", 4000), ("b", "c", 500)],
        )
    )
    assert text == (
        "node   before   after  change   share  expected\n"
        "a       4,000       -  -4,000       -         -\n"
        "b       6,000   5,500    -500  55.00%    50.00%\n"
        "c           -   4,500  +4,500  45.00%    50.00%\n"
        "total  10,000  10,000\n"
        "\n"
        "from  to   keys   share\n"
        "a     c   4,000  40.00%\n"
        "b     c     500   5.00%\n"
        "\n"
        "4,500 of 10,000 keys move (45.00%)\n"
        "the least by weights is 5,000 (50.00%), moved/least 0.900\n"
    )


def test_weights():
    text = as_text(
        movement(
            ["節点", "b", "c"],
            ([1.0, 2.0, 0.5], [3.0, 2.0, 0.0]),
            ([10, 20, 5], [21, 14, 0]),
            [("b", "節点", 6), ("c", "節点", 5)],
            empty_lines=1234,
        )
    )
    assert text == (
        "node   weight  before  after  change   share  expected\n"
        "節点   1 -> 3      10     21     +11  60.00%    60.00%\n"
        "b           2      20     14      -6  40.00%    40.00%\n"
        "c         0.5       5      -      -5       -         -\n"
        "total              35     35\n"
        "\n"
        "from  to    keys   share\n"
        "b     節点     6  17.14%\n"
        "c     節点     5  14.29%\n"
        "\n"
        "11 of 35 keys move (31.43%)\n"
        "the least by weights is 11 (31.43%), moved/least 1.000\n"
        "1,234 empty lines skipped\n"
    )


def test_long_flows_are_cut():
    names = [f"n{i}" for i in range(6)] + ["new"]
    flows = [(f"n{i}", "new", 600 - i) for i in range(6)]
    loads = ([1000] * 6 + [0], [400 + i for i in range(6)] + [3585])
    plan = movement(names, ([1.0] * 6 + [0.0], [1.0] * 7), loads, flows)
    lines = as_text(plan, 4).split("\n\n")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["from", "n0", "n1", "n2", "n3", "and"]
    assert lines[-1] == "and 2 more pairs, 1,191 keys in all; --all-flows prints them"
    assert as_text(plan, 6) == as_text(plan, None) == as_text(plan)
    assert "more pairs" not in as_text(plan)


def test_nothing_moves():
    text = as_text(movement(["a", "b"], ([1.0, 1.0], [2.0, 2.0]), ([5, 5], [5, 5]), []))
    assert text.endswith("\n\n0 of 10 keys move (0.00%)\nthe least by weights is 0 (0.00%)\n")
    assert text.count("\n\n") == 1
