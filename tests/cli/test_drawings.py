"""Pictures show what the tables say, and can be read."""

from dataclasses import replace
from itertools import pairwise

import pytest

from coterie._cli.load import Load, Sums
from coterie._cli.loadplot import draw_load
from coterie._cli.movement import Flow, Movement
from coterie._cli.moveplot import draw_movement
from coterie._cli.picture import open_picture

pytest.importorskip("matplotlib", reason="matplotlib is not installed")


def names(count):
    """Names that are long, not ASCII, or look like markup."""
    kinds = "cache-{}", "$x_{}^2$ \\frac & <b>", "ip-10-0-0-{}.eu-west-1.compute.internal", "節点-{}", "🐘é{}"
    return [kinds[i % 5].format(i) for i in range(count)]


def load(count, keys, weight=lambda node: 1 + node % 3):
    return Load(
        noun="node",
        names=names(count),
        weights=[float(weight(node)) for node in range(count)],
        counts=[keys * weight(node) for node in range(count)],
        keys=sum(keys * weight(node) for node in range(count)),
        empty_lines=0,
        replicas=1,
    )


def texts(figure):
    """All that is written in a figure."""
    kind = pytest.importorskip("matplotlib.text").Text
    return {text.get_text(): text for text in figure.findobj(kind) if text.get_text()}


def labels(axis):
    """The boxes of an axis's labels, of those within its limits."""
    low, high = sorted(axis.get_view_interval())
    pairs = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
    return [label.get_window_extent() for place, label in pairs if low <= place <= high and label.get_text()]


def assert_readable(figure):
    """No label of a row or a column touches another, and none, nor a title, leaves the picture."""
    figure.draw_without_rendering()
    page = figure.bbox.padded(1)
    drawn = [texts(figure)[figure.get_suptitle()].get_window_extent()]
    for axes in figure.findobj(lambda artist: hasattr(artist, "get_yticklabels")):
        for boxes in (labels(axes.xaxis), labels(axes.yaxis)):
            assert not any(one.overlaps(other) for one, other in pairwise(boxes))
            drawn += [axes.title.get_window_extent(), *boxes]
    assert all(page.containsx(x) for box in drawn for x in (box.x0, box.x1))
    assert all(page.containsy(y) for box in drawn for y in (box.y0, box.y1))


@pytest.mark.parametrize("count", [1, 3, 12, 100, 120, 121, 1000])
@pytest.mark.parametrize("keys", [0, 7_000_000])
def test_load_is_readable(tmp_path, count, keys):
    with open_picture(str(tmp_path / "x.png")) as figure:
        draw_load(figure, load(count, keys), "rendezvous")
    assert_readable(figure)
    written = texts(figure)
    assert figure.get_suptitle().startswith("rendezvous: ")
    assert f" keys on {count:,} nodes" in figure.get_suptitle()
    assert ("share / expected" in written) is (count > 120)
    shown = {name for name in written if name.startswith("cache-")}
    assert len(shown) == (len(range(0, count, 5)) if count <= 120 else 10)
    assert max(figure.get_size_inches()) < 30


def test_load_is_drawn(tmp_path):
    uneven = replace(load(3, 100), counts=[110, 180, 310])
    with open_picture(str(tmp_path / "x.png")) as figure:
        draw_load(figure, uneven, "ring")
    axes = figure.axes[0]
    bars = [bar.get_width() for bar in axes.patches]
    marks = [line[0][0] for line in axes.collections[0].get_segments()]
    assert bars == pytest.approx([110 / 6, 180 / 6, 310 / 6])
    assert marks == pytest.approx([100 / 6, 200 / 6, 300 / 6])
    assert {"+10.0%", "-10.0%", "+3.3%"} <= texts(figure).keys()
    assert figure.get_suptitle() == "ring: 600 keys on 3 nodes, max/mean 1.100 (node cache-0)"


def movement(count, joins, flows):
    """A plan of as many nodes before, more after, and flows between nodes by number."""
    every = names(count + joins)
    weights, counts = [1.0] * count + [0.0] * joins, [10**6] * count + [0] * joins
    before = Load("node", every, weights, counts, 10**6 * count, 0, 1)
    after = replace(before, weights=[1.0] * (count + joins), counts=list(counts))
    for source, target, keys in flows:
        after.counts[source] -= keys
        after.counts[target] += keys
    return Movement(
        before, after, [Flow(every[source], every[target], keys) for source, target, keys in flows]
    )


ONE_JOINS = {count: [(i, count, 400 - i % 300) for i in range(count)] for count in (1, 3, 12, 100, 1000)}


@pytest.mark.parametrize("count", ONE_JOINS)
def test_movement_is_readable(tmp_path, count):
    plan = movement(count, 1, ONE_JOINS[count])
    with open_picture(str(tmp_path / "x.png")) as figure:
        draw_movement(figure, plan, "rendezvous")
    assert_readable(figure)
    written = texts(figure)
    assert figure.get_suptitle().startswith(f"rendezvous: {plan.moved:,} of {count:,},000,000 keys move (")
    assert ("share / expected" in written) is (count == 1000)
    flows = [text for text in written if " → " in text]
    assert len(flows) == (count if count < 1000 else 62)


@pytest.mark.parametrize(("sources", "targets"), [(100, 19), (10, 110), (60, 60)])
def test_many_flows_are_a_matrix(tmp_path, sources, targets):
    flows = [(i, sources + j, 1 + i * j) for i in range(sources) for j in range(targets)]
    plan = movement(sources, targets, sorted(flows, key=lambda flow: -flow[2]))
    with open_picture(str(tmp_path / "x.png")) as figure:
        draw_movement(figure, plan, "ring")
    assert_readable(figure)
    written = texts(figure)
    assert {"from", "to", "keys", f"{len(flows):,} flows"} <= written.keys()
    image = next(axes.images[0] for axes in figure.findobj(lambda artist: getattr(artist, "images", [])))
    cells = image.get_array()
    assert cells.shape == (max(sources, targets), min(sources, targets))
    assert sorted(cells.compressed()) == sorted(flow.keys for flow in plan.flows)


@pytest.mark.parametrize("unit", [1.0, 0.001, 0.0])
@pytest.mark.parametrize("count", [3, 60])
def test_weighed_keys(tmp_path, count, unit):
    """Shares and flows of what keys weigh, which for some keys is nothing."""
    flows = [(i, count + j, 1 + i * j) for i in range(count) for j in range(count)]
    plan = movement(count, count, sorted(flows, key=lambda flow: -flow[2]))
    loads = [
        replace(side, nulls=0, sums=Sums("by\ntes", [unit * keys for keys in side.counts]))
        for side in (plan.before, plan.after)
    ]
    weighed = [flow._replace(sum=unit * (flow.keys - 1)) for flow in plan.flows]
    with open_picture(str(tmp_path / "x.png")) as figure:
        draw_load(figure, loads[0], "ring")
    assert_readable(figure)
    assert "share of sum(by\\ntes), %" in texts(figure)
    with open_picture(str(tmp_path / "x.png")) as figure:
        draw_movement(figure, Movement(*loads, weighed), "ring")
    assert_readable(figure)
    assert " sum(by\\ntes) move (" in figure.get_suptitle()
    assert ("from" in texts(figure)) is (count == 60 and unit > 0)


def test_flows_of_equal_size(tmp_path):
    """A scale of colours that has one value."""
    flows = [(i, 50 + j, 1) for i in range(50) for j in range(10)]
    with open_picture(str(tmp_path / "x.svg")) as figure:
        draw_movement(figure, movement(50, 10, flows), "ring")
    assert_readable(figure)


def test_nothing_moves(tmp_path):
    with open_picture(str(tmp_path / "x.png")) as figure:
        draw_movement(figure, movement(3, 0, []), "ring")
    assert_readable(figure)


def test_no_keys(tmp_path):
    plan = movement(3, 1, [])
    empty = [replace(side, keys=0, counts=[0] * 4) for side in (plan.before, plan.after)]
    with open_picture(str(tmp_path / "x.png")) as figure:
        draw_movement(figure, Movement(*empty, []), "ring")
    assert_readable(figure)
