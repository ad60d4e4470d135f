"""Memory with pages beside it that nobody can read."""

import ctypes
import mmap

PAGE = mmap.PAGESIZE
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


class Guarded:
    """A copy of some bytes whose first or last neighbour is a byte that nobody can read.

    The memory goes with the object: whoever reads it later is likely to crash as well.
    """

    def __init__(self, data, behind=True):
        room = -(-len(data) // PAGE) * PAGE
        self.memory = mmap.mmap(-1, room + 2 * PAGE)
        first = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        at = PAGE + (room - len(data) if behind else 0)
        self.memory[at : at + len(data)] = data
        self.address = first + at
        for page in (first, first + PAGE + room):
            if LIBC.mprotect(page, PAGE, 0):  # PROT_NONE
                raise OSError(ctypes.get_errno(), "mprotect")
