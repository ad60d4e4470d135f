# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Flags in maps."""

cimport cython

from coterie.crdts._map_child cimport Child


@cython.final
@cython.auto_pickle(False)
cdef class FlagChild(Child):
    """A flag at a key of a map, False at first, that stays enabled if it is enabled and disabled at the same time."""

    def enable(self):
        """Make it True, whatever others do at the same time."""
        self.root.put(self.path)

    def disable(self):
        """Make it False, unless others enable it at the same time."""
        self.root.drop(self.path)

    @property
    def value(self):
        """Whether it is enabled."""
        return self.root.has(self.path)

    def __bool__(self):
        return self.root.has(self.path)

    def __repr__(self):
        return f"<{type(self).__name__} of {self.value}>"


@cython.final
@cython.auto_pickle(False)
cdef class DWFlagChild(Child):
    """A flag at a key of a map, True at first, that stays disabled if it is enabled and disabled at the same time."""

    def enable(self):
        """Make it True, unless others disable it at the same time."""
        self.root.drop(self.path)

    def disable(self):
        """Make it False, whatever others do at the same time."""
        self.root.put(self.path)

    @property
    def value(self):
        """Whether it is enabled."""
        return not self.root.has(self.path)

    def __bool__(self):
        return not self.root.has(self.path)

    def __repr__(self):
        return f"<{type(self).__name__} of {self.value}>"
