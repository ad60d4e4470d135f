# The counters of clocks as an array, row by row, and the ids of its columns. `ids` are these, or None: those of all clocks.
cdef tuple collected(object clocks, object ids)
# The same of clocks that were encoded.
cdef tuple decoded(object data, object ids, object max_entries)
