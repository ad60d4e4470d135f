"""The page: whole, self-contained, and every figure in it."""

import re
from html.parser import HTMLParser

import pytest

from benchmarks.report import html
from benchmarks.report.results import Results
from tests.benchmarks.runs import row, run

VOID = {"meta", "wbr"}


class Reader(HTMLParser):
    """Collects ids, links and text, and fails where tags do not match."""

    def __init__(self, page):
        super().__init__()
        self.open, self.ids, self.links, self.tags, self.text = [], [], [], [], []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def rows():
    for size, times in {"10 nodes": (17, 15, 400, 900), "1000 nodes": (26, 15, 800, 2000)}.items():
        for ns, role in zip(times, ("coterie", "floor", "plain", "peer"), strict=True):
            yield row(ns, role, size, facts={"memory": "3 KiB"})
    yield row(3, case="array", question="ring.assign, uint64 array", size="")
    yield row(0.04, case="long", question="digest(k), long bytes", size="1 KiB", unit="byte")


@pytest.fixture(scope="module")
def page():
    return html.page(Results(run(*rows())))


def test_tags_match_and_links_lead_somewhere(page):
    reader = Reader(page)
    assert len(reader.ids) == len(set(reader.ids))
    assert {link.removeprefix("#") for link in reader.links} <= set(reader.ids)
    assert {"placement/ring/one_key", "placement/ring/array"} <= set(reader.ids)


def test_it_needs_nothing_else(page):
    tags = [tag for tag, _ in Reader(page).tags]
    assert not {"script", "link", "img", "iframe"} & set(tags)
    assert not re.search(r"https?:|@import|url\(|\$\w", page)


def test_every_figure_has_its_spread_and_its_distances(page):
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page)
    for figure in ("17.0 ns", "15.0 ns", "400 ns", "900 ns", "26.0 ns", "2.00 µs", "25.0 GB/s", "3 KiB"):
        assert figure in cells
    assert "1.0%" in cells
    assert {"1.13x", "26.7x", "60.0x"} <= set(cells)  # 17, 400 and 900 over the floor's 15
    assert {"23.5x", "52.9x"} <= set(cells)  # 400 and 900 over Coterie's 17


def test_machine_and_names(page):
    words = " ".join(Reader(page).text)
    for text in ("A CPU, level avx2", "CPython 3.11.7", "2.4.0", "uhashring 2.5", "gcc 12", "a < peer"):
        assert text in words
    assert "commit 0123456789ab and changes" in words
    assert "2026-01-31 12:00 UTC" in words


def test_wide_tables_scroll_in_a_box(page):
    assert page.count("<table>") == page.count('<div class="box"') == 4


def test_marks_stand_in_order_of_time_and_inside(page):
    first = page[page.index('<svg class="chart"') :]
    marks = [float(x) for x in re.findall(r'<svg x="([\d.]+)%"', first)][:8]
    lanes = [marks[i : i + 2] for i in range(0, 8, 2)]
    assert all(0 < x < 100 for x in marks)
    assert all(small <= large for small, large in lanes)
    assert lanes[1] < lanes[0] < lanes[2] < lanes[3]
    assert lanes[1][0] == lanes[1][1]


def test_a_run_without_floors_and_peers():
    Reader(html.page(Results(run(row(17)))))
