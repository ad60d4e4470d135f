from coterie.crdts._map_root cimport MapRoot


# What a map holds at a key and a kind, as it is at each time: the outermost map, and the path in it.
cdef class Child:
    cdef MapRoot root
    cdef bytes path

    cdef bytes string_of(self, object element)

# A child of one of its classes, which Python cannot make.
cdef Child child_of(type kind, MapRoot root, bytes path)
# What the bytes of an element, a key or a value stand for.
cdef object read_bytes(MapRoot root, bytes string)
# The path of a key's child: that of its map, the key's bytes, and a kind.
cdef bytes path_of(bytes map, bytes key, int kind)
