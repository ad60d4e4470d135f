"""The table of loads: figures, alignment, bars."""

from coterie._cli.load import Load, Sums
from coterie._cli.report import table
from coterie._cli.text import number_format, shortened, showable, width


def load(names, weights, counts, **changes):
    fields = {"noun": "node", "keys": sum(counts), "empty_lines": 0, "replicas": 1} | changes
    return Load(names=names, weights=weights, counts=counts, **fields)


def test_weighted_table():
    text = table(load(["a", "b"], [1.0, 3.0], [2000, 6000], empty_lines=3), columns=60)
    assert text == (
        "node   weight   keys    share  expected  deviation\n"
        "a           1  2,000   25.00%    25.00%      +0.0%  ██▋\n"
        "b           3  6,000   75.00%    75.00%      +0.0%  ████████\n"
        "total       4  8,000  100.00%   100.00%\n"
        "max/mean 1.000 (node a)\n"
        "3 empty lines skipped\n"
    )


def test_equal_weights_have_no_weight_column():
    text = table(load(["0", "1"], [1.0, 1.0], [90, 110], noun="shard"), columns=48, unicode=False)
    assert text == (
        "shard  keys    share  expected  deviation\n"
        "0        90   45.00%    50.00%     -10.0%\n"
        "1       110   55.00%    50.00%     +10.0%\n"
        "total   200  100.00%   100.00%\n"
        "max/mean 1.100 (shard 1)\n"
    )


def test_max_over_mean_is_relative_to_the_weight():
    assert "max/mean 1.600 (node light)" in table(load(["heavy", "light"], [3.0, 1.0], [60, 40]))


def test_bars_grow_with_the_share_and_the_room():
    for columns in (20, 60, 80, 500):
        for unicode in (True, False):
            lines = table(load(["a", "b", "c"], [1.0, 1.0, 1.0], [0, 50, 100]), columns, unicode).splitlines()
            bars = [line.partition("%  ")[2].rpartition("%")[2].strip() for line in lines[1:4]]
            assert bars[0] == ""
            assert max(map(len, bars)) <= 30
            assert abs(len(bars[2]) - 2 * len(bars[1])) <= 1
            assert bars[2].isascii() is not (unicode and columns >= 60)


def test_columns_stay_aligned():
    names = ["a", "ip-10-0-0-1.eu-west-1.compute.internal", "節点", "e\u0301t\u00e9", "knoten-ä", "🐘"]
    lines = table(load(names, [1.0] * 6, [1, 22, 333, 4444, 55555, 666666]), columns=120).splitlines()
    ends = {width(line[: line.index("%") + 1]) for line in lines[1:8]}
    assert len(ends) == 1


def test_no_keys():
    text = table(load(["a", "b"], [1.0, 2.0], [0, 0]))
    assert text == (
        "node   weight  keys  share  expected  deviation\n"
        "a           1     0  0.00%    33.33%          -\n"
        "b           2     0  0.00%    66.67%          -\n"
        "total       3     0  0.00%   100.00%\n"
    )


def test_sums():
    """What keys weigh is beside their number, and shares are of it."""
    sums = Sums("a\tb", [1500.0, 500.5])
    text = table(load(["a", "b"], [3.0, 1.0], [20, 10], nulls=1234, sums=sums), columns=60)
    assert text == (
        "node   weight  keys  sum(a\\tb)    share  expected  deviation\n"
        "a           3    20  1,500.000   74.98%    75.00%      -0.0%\n"
        "b           1    10    500.500   25.02%    25.00%      +0.1%\n"
        "total       4    30  2,000.500  100.00%   100.00%\n"
        "max/mean 1.001 (node b)\n"
        "1,234 nulls skipped\n"
    )


def test_number_format():
    def written(*numbers):
        return [f"{number:{number_format(numbers)}}" for number in numbers]

    assert written() == []
    assert written(0, 0.0) == ["0", "0"]
    assert written(12345678.0, 1.0, 0.0) == ["12,345,678", "1", "0"]
    assert written(1234567.25, 0.5) == ["1,234,567", "0"]
    assert written(1234.5, 0.25) == ["1,234.500", "0.250"]
    assert written(0.5, 0.25) == ["0.5000000", "0.2500000"]
    assert written(1e-9, 0.0) == ["1.000000e-09", "0.000000e+00"]
    assert written(2.5e16, 1.0) == ["2.500000e+16", "1.000000e+00"]
    assert f"{-0.5:+{number_format([-0.5])}}" == "-0.5000000"


def test_weights_out_of_all_proportion():
    rows = table(load(["a", "b"], [1e-300, 1.0], [1, 99])).splitlines()
    assert rows[1].split() == ["a", "1e-300", "1", "1.00%", "0.00%", ">9999%", rows[1].split()[-1]]
    assert rows[-1] == "max/mean 1e+298 (node a)"
    assert table(load(["a", "b"], [5e-324, 1e9], [1, 99])).endswith("max/mean inf (node a)\n")


def test_replicas():
    text = table(load(["a", "b"], [1.0, 1.0], [100, 100], keys=100, replicas=2))
    assert text.endswith("max/mean 1.000 (node a)\n100 keys x 2 replicas\n")
    text = table(load(["a", "b"], [1.0, 2.0], [100, 100], keys=100, replicas=2))
    assert "heavy nodes get less" in text


def test_width():
    widths = {"": 0, "abc": 3, "ä": 1, "a\u0308": 1, "節点": 4, "🐘": 2, "a\u200db": 2}
    assert {text: width(text) for text in widths} == widths


def test_showable():
    assert showable("plain ä 節") == "plain ä 節"
    assert showable("a\nb\x1b\udcff\u2028") == "a\\nb\\x1b\\udcff\\u2028"


def test_shortened():
    name = "ip-10-0-0-1.eu-west-1.compute.internal"
    assert shortened(name, 38) == name
    assert shortened(name, 20) == "ip-10-0-0-….internal"
    assert shortened("節点-123", 6) == "節点…3"
    for text in (name, "節" * 30, "a節" * 15, "e\u0301" * 40):
        for columns in range(1, 45):
            short = shortened(text, columns)
            assert width(short) <= columns
            start, _, end = short.partition("…")
            assert text.startswith(start)
            assert text.endswith(end)
