# cython: autotestdict=False, freethreading_compatible=True
"""What all replicated sets have in common: the methods of Python's sets, by a few of their own.

A set brings `_strings_of`, which makes the bytes of elements; `_element`, which makes an element of bytes; `_some`, which lists
the bytes of elements that are in it; `_content`, which counts the changes of what is in it; `_have`, which looks for many; and
`_change`, which removes some and adds others, all or none. It has to define a number method, such as `__bool__`: else Python
does not look for those of a second base.
"""

import sys
from itertools import chain

from coterie.crdts._columns import objects_of


class SetMethods:
    """Those of a set that grows."""

    __slots__ = ()

    def add_many(self, values):
        """Add elements: all, or none if one cannot be. values: any iterable, arrays and columns too."""
        self._change(None, self._strings_of(values, "values"))

    def update(self, /, *iterables):
        """Add the elements of iterables: all, or none if one cannot be."""
        if len(iterables) == 1:
            self.add_many(iterables[0])
        else:
            self.add_many(chain.from_iterable([objects_of(each, "an argument") for each in iterables]))

    def contains_many(self, values):
        """Which elements are there: an array of bool, one for each."""
        return self._have(self._strings_of(values, "values"))

    def isdisjoint(self, other, /):
        """Whether no element is in both."""
        return not self._have(self._strings_of(other, "other")).any()

    def __iter__(self):
        return self._walk(*self._some(0, 1))  # the next ones may be far

    def _walk(self, strings, start, content):
        most = 8
        while strings:
            for string in strings:
                if self._content() != content:
                    raise RuntimeError("the set changed during iteration")
                yield self._element(string)
            most = min(2 * most, 4096)
            strings, start, now = self._some(start, most)
            if now != content:
                raise RuntimeError("the set changed during iteration")

    def _plain(self, strings):
        return {self._element(string) for string in strings}

    # The bytes of what is in it, and of what is in the other.
    def _both(self, other):
        return {*self._some(0, sys.maxsize)[0]}, {*self._strings_of(other, "other").each()}

    def __and__(self, other):
        """The elements that are in both: a plain set."""
        mine, theirs = self._both(other)
        return self._plain(mine & theirs)

    def __sub__(self, other):
        """The elements that are not in the other: a plain set."""
        mine, theirs = self._both(other)
        return self._plain(mine - theirs)

    def __xor__(self, other):
        """The elements that are in one of both: a plain set."""
        mine, theirs = self._both(other)
        return self._plain(mine ^ theirs)

    def __rsub__(self, other):
        mine, theirs = self._both(other)
        return self._plain(theirs - mine)

    def __rand__(self, other):
        return self & other

    def __rxor__(self, other):
        return self ^ other


class MutableSetMethods(SetMethods):
    """Those of a set from which elements can be removed."""

    __slots__ = ()

    def discard_many(self, values):
        """Remove those of some elements that are there."""
        self._change(self._strings_of(values, "values"), None)

    # Removes and adds what `choose` says of what is in it, unless that changes meanwhile.
    def _change_by(self, choose, most=sys.maxsize):
        while True:
            mine, _, content = self._some(0, most)
            if self._change(*choose(mine), content):
                return mine

    def pop(self):
        """Remove any element; which it was. KeyError if there is none."""
        read = {}

        def choose(mine):
            if not mine:
                raise KeyError("pop from an empty set")
            if mine[0] not in read:  # again, if reading it has changed the set
                read[mine[0]] = self._element(mine[0])
            return mine, None

        return read[self._change_by(choose, 1)[0]]

    def clear(self):
        """Remove all elements."""
        self._change_by(lambda mine: (mine, None))

    def __iand__(self, other):
        others = {*self._strings_of(other, "other").each()}
        self._change_by(lambda mine: ([string for string in mine if string not in others], None))
        return self

    def __isub__(self, other):
        self._change(self._strings_of(other, "other"), None)
        return self

    def __ixor__(self, other):
        others = {*self._strings_of(other, "other").each()}

        def choose(mine):
            there = others.intersection(mine)
            return there, others - there

        self._change_by(choose)
        return self
