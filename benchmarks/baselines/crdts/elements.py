"""Elements in plain Python: what makes two of them the same, and in which order they stand."""

import math
import struct

KINDS = (type(None), bool, int, float, str, bytes, tuple)


def name(element):
    """What two elements have in common if they are the same."""
    kind = KINDS.index(type(element))
    if kind == KINDS.index(float):
        return kind, "nan" if math.isnan(element) else struct.pack(">d", element)
    if kind == KINDS.index(tuple):
        return kind, tuple(map(name, element))
    return kind, element
