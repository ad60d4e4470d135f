cimport numpy as cnp

from coterie._core cimport Storage
from coterie.clocks._ids cimport Kind

# A matrix of counters and the ids of its columns as a container, and an object of the class of one; DecodeError if the
# storage holds anything else.
cdef Storage matrix_to_storage(cnp.ndarray counts, tuple ids, Kind kind)
cdef object matrix_of_storage(object cls, Storage storage)
