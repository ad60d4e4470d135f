"""The names of cases and rows, made from where they stand."""


def row_name(nodeid):
    """For example "placement/ring/one_key[str-100-coterie.Ring]", from pytest's id of the test."""
    path, _, test = nodeid.partition("::")
    family, file = path.split("/")[-2:]
    structure = file.removeprefix("bench_").removesuffix(".py")
    return f"{family}/{structure}/{test.removeprefix('test_')}"


def case_name(row):
    """For example "placement/ring/one_key": the part that all rows of a case share."""
    return row.partition("[")[0]


class Selection:
    """What --family and --case choose."""

    def __init__(self, family=None, case=""):
        self.family = family
        self.case = case

    def __contains__(self, row):
        family = self.family is None or row.startswith(f"{self.family}/")
        name = row if "[" in self.case else case_name(row)
        return family and self.case.lower().replace(" ", "/") in name.lower()
