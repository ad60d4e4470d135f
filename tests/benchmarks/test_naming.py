from benchmarks import naming

ROW = "placement/ring/one_key[str-100-coterie.Ring]"


def test_names_come_from_where_a_row_stands():
    assert naming.row_name("cases/placement/bench_ring.py::test_one_key[str-100-coterie.Ring]") == ROW
    assert naming.row_name("placement/bench_ring.py::test_one_key[str-100-coterie.Ring]") == ROW
    assert naming.case_name(ROW) == "placement/ring/one_key"


def test_what_a_selection_holds():
    assert ROW in naming.Selection()
    assert ROW in naming.Selection("placement", "Ring one_key")
    assert ROW not in naming.Selection("hashing")
    assert ROW not in naming.Selection(case="uhashring")
    assert ROW not in naming.Selection(case="coterie.ring")  # a part of the row's name, not of the case's
    assert ROW in naming.Selection(case="one_key[str-100")
    assert ROW not in naming.Selection(case="one_key[int")
