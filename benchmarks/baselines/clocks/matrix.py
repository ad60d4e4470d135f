"""Matrix clocks as dicts of dicts."""

from benchmarks.baselines.clocks.vector import merge_into


class PlainMatrixClock:
    """What each member is known to know."""

    def __init__(self, members):
        self.rows = {member: {} for member in members}

    def update(self, member, clock):
        """Merge into a row."""
        merge_into(self.rows[member], clock)

    def frontier(self):
        """The least entry of all rows, without zeros."""
        ids = set.union(*(set(row) for row in self.rows.values()))
        least = {id: min(row.get(id, 0) for row in self.rows.values()) for id in ids}
        return {id: count for id, count in least.items() if count}
