# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Copies of structures, with what subclasses add to them."""

cimport cython

from copy import deepcopy

cdef extern from "Python.h":
    bint PyObject_TypeCheck(object, object type)


@cython.auto_pickle(False)
cdef class Stored:
    """A structure with a state that can be shared, stored and sent. Not made by itself."""

    cdef int share(self, Stored other) except -1:
        raise TypeError(f"{type(self).__name__} is only a base: make one of its subclasses")

    def copy(self):
        """An independent object in the same state. Constant time: memory is shared until one of them changes."""
        return copied(self, None)

    def __copy__(self):
        return copied(self, None)

    def __deepcopy__(self, memo):
        return copied(self, memo)


cdef Stored copied(Stored stored, object memo):
    cdef Stored new = shared(type(stored), stored)
    state = stored.__getstate__()  # what a subclass adds
    if memo is not None:
        memo[id(stored)] = new
        state = deepcopy(state, memo)
    if state is not None:
        set_state(new, state)
    return new


# As copy and pickle set a state.
cdef int set_state(object new, object state) except -1:
    if hasattr(new, "__setstate__"):
        new.__setstate__(state)
        return 0
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    if attributes:
        new.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        setattr(new, name, value)
    return 0


cdef object blank(object cls, object kind, tuple arguments=()):
    new = cls.__new__(cls, *arguments)
    if not PyObject_TypeCheck(new, kind):  # isinstance asks classes that may say what is not so
        raise TypeError(f"{cls.__name__}.__new__ made a {type(new).__name__}: it has to make a {cls.__name__}")
    return new


cdef Stored shared(object cls, Stored stored):
    cdef Stored new = <Stored>blank(cls, cls)
    new.share(stored)
    return new
