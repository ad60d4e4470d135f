# What all structures share whose state can be taken over by another object of the class.
cdef class Stored:
    # Take over the state of another object of the same class, at no cost.
    cdef int share(self, Stored other) except -1

# An object of a class, without its `__init__`; TypeError unless its `__new__` made one of `kind`.
cdef object blank(object cls, object kind, tuple arguments=*)
# An object of the class in the state of another.
cdef Stored shared(object cls, Stored stored)
# Sets a state as copy and pickle do.
cdef int set_state(object new, object state) except -1
