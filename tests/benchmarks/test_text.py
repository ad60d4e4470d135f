from benchmarks.report import text
from benchmarks.report.results import Results
from benchmarks.report.units import digits, time
from tests.benchmarks.runs import row, run


def test_a_table():
    rows = [
        row(20),
        row(15, "floor"),
        row(500, "plain"),
        row(26, size="1000 nodes", facts={"memory": "3 KiB"}),
    ]
    assert text.tables(Results(run(*rows))) == [
        "ring[k], one str key, per key\n"
        "                             100 nodes, ns     1000 nodes, ns\n"
        "  coterie                 20.0   1%          26.0   1%\n"
        "  floor: d[k] of a dict   15.0   1%  1.33x      -\n"
        "  plain Python             500   1%  25.0x      -\n"
        "  memory                                    3 KiB"
    ]


def test_bytes_are_shown_as_a_rate():
    (table,) = text.tables(Results(run(row(0.04, unit="byte"))))
    assert "GB/s" in table
    assert "25.0" in table


def test_numbers():
    assert [digits(x) for x in (0.0123, 0.123, 1.23, 12.3, 123.4, 123_456, 1_234_567)] == [
        "0.012",
        "0.12",
        "1.23",
        "12.3",
        "123",
        "123k",
        "1.2M",
    ]
    assert [time(x) for x in (2e-10, 1.5e-8, 2e-6, 0.5, 2.0)] == [
        "0.20 ns",
        "15.0 ns",
        "2.00 us",
        "500 ms",
        "2.00 s",
    ]
