"""What counts as slower or faster, and what is said."""

import json

import pytest

from benchmarks.naming import Selection
from benchmarks.report.compare import Comparison
from benchmarks.report.results import Results, load
from tests.benchmarks.runs import row, run

BASE = [row(20), row(15, "floor"), row(500, "plain"), row(900, "peer")]
NAME = "placement/ring/one_key[100-coterie.Ring]"


def compare(old, new, **machine):
    return Comparison(Results(run(*old)), Results(run(*new, **machine)))


def names(comparison, what):
    return [change.name for change in comparison.changes if getattr(change, what)]


def test_equal_runs():
    comparison = compare(BASE, BASE)
    assert not comparison.slower
    assert names(comparison, "slower") == names(comparison, "faster") == []
    assert "Within noise: 4 rows." in comparison.lines()


@pytest.mark.parametrize(
    ("ns", "slower", "faster"),
    [(22.6, True, False), (22.2, False, False), (17.8, False, True), (18, False, False)],
)
def test_a_change_counts_from_ten_per_cent_and_both_spreads(ns, slower, faster):
    comparison = compare(BASE, [row(ns), *BASE[1:]])
    assert names(comparison, "slower") == [NAME] * slower
    assert names(comparison, "faster") == [NAME] * faster
    assert comparison.slower == slower


def test_wide_spreads_raise_what_counts():
    assert compare([row(20, spread=0.01)], [row(23, spread=0.01)]).slower
    assert not compare([row(20, spread=0.1)], [row(23, spread=0.01)]).slower
    assert not compare([row(20, spread=0.01)], [row(23, spread=0.1)]).slower


def test_least_time_and_median_must_agree():
    lucky = row(20)
    lucky["stats"]["min"] *= 0.5
    assert not names(compare([row(20)], [lucky]), "faster")
    assert not compare([lucky], [row(20)]).slower


def test_only_rows_of_coterie_decide():
    comparison = compare(BASE, [*BASE[:3], row(1800, "peer")])
    assert names(comparison, "slower") == ["placement/ring/one_key[100-peer.Ring]"]
    assert not comparison.slower


def test_rows_of_one_run_only():
    lines = "\n".join(compare(BASE, [*BASE[:3], row(3, case="array")]).lines())
    assert "New: 1\n  placement/ring/array: 100-coterie.Ring" in lines
    assert "Gone: 1\n  placement/ring/one_key: 100-peer.Ring" in lines


@pytest.mark.parametrize(
    "differs", [{"cpu": "B"}, {"cpu_level": "avx512"}, {"python": "3.13"}, {"numpy": "2.5"}]
)
def test_on_another_machine_only_ratios_count(differs):
    twice = [row(40), row(30, "floor"), row(1000, "plain"), row(1800, "peer")]
    comparison = compare(BASE, twice, **differs)
    assert not comparison.slower
    assert names(comparison, "slower") == []
    assert comparison.incomparable == []
    assert any(
        "Not the same machine" in line and next(iter(differs.values())) in line for line in comparison.lines()
    )
    assert compare(BASE, [row(48), *twice[1:]], **differs).slower


def test_without_a_floor_ratios_are_to_the_plain_row():
    old, new = [row(20), row(500, "plain")], [row(60), row(1000, "plain")]
    comparison = compare(old, new, cpu="B")
    assert comparison.slower
    assert comparison.incomparable == ["placement/ring/one_key[100-plain.Ring]"]
    assert compare([row(20)], [row(60)], cpu="B").incomparable == [NAME]


def test_other_versions_are_told():
    lines = "\n".join(compare(BASE, BASE, peers={"uhashring": "3.0"}, compiler="clang 14").lines())
    assert "uhashring 2.5 -> 3.0" in lines
    assert "gcc 12 -> clang 14" in lines
    assert "ratios" not in lines


def test_files(tmp_path):
    file = tmp_path / "old.json"
    file.write_text(json.dumps(run(*BASE, row(3, case="array"))))
    assert len(load(file).figures) == 5
    assert [figure.case for figure in load(file, Selection(case="array")).figures] == ["placement/ring/array"]
    file.write_text("{}")
    with pytest.raises(ValueError, match="not written by"):
        load(file)
    with pytest.raises(ValueError, match="No such file"):
        load(tmp_path / "absent.json")


def test_a_busy_machine_is_told():
    slow = [row(20), row(18, "floor"), row(500, "plain"), row(900, "peer")]
    assert not any("measure again" in line for line in compare(BASE, BASE).lines())
    assert any("measure again" in line for line in compare(BASE, slow).lines())
