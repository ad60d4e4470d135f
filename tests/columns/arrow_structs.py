"""The structs of the Arrow C data interface, made by hand: any of their fields may be wrong.

https://arrow.apache.org/docs/format/CDataInterface.html and the pages below it.
"""

import ctypes
import itertools
import sys
from collections import Counter
from ctypes import CFUNCTYPE, c_char_p, c_int, c_int64, c_void_p, py_object
from dataclasses import dataclass, field, replace

from tests.columns.guarded import Guarded


class ArrowSchema(ctypes.Structure):
    pass


class ArrowArray(ctypes.Structure):
    pass


class ArrowArrayStream(ctypes.Structure):
    pass


ArrowSchema._fields_ = [
    ("format", c_char_p),
    ("name", c_char_p),
    ("metadata", c_char_p),
    ("flags", c_int64),
    ("n_children", c_int64),
    ("children", c_void_p),
    ("dictionary", c_void_p),
    ("release", c_void_p),
    ("private_data", c_void_p),
]
ArrowArray._fields_ = [
    ("length", c_int64),
    ("null_count", c_int64),
    ("offset", c_int64),
    ("n_buffers", c_int64),
    ("n_children", c_int64),
    ("buffers", c_void_p),
    ("children", c_void_p),
    ("dictionary", c_void_p),
    ("release", c_void_p),
    ("private_data", c_void_p),
]
ArrowArrayStream._fields_ = [
    (name, c_void_p) for name in ("get_schema", "get_next", "get_last_error", "release", "private_data")
]
NAMES = {ArrowSchema: b"arrow_schema", ArrowArray: b"arrow_array", ArrowArrayStream: b"arrow_array_stream"}

RELEASE = CFUNCTYPE(None, c_void_p)
GET = CFUNCTYPE(c_int, c_void_p, c_void_p)
LAST_ERROR = CFUNCTYPE(c_void_p, c_void_p)

new_capsule = ctypes.pythonapi.PyCapsule_New
new_capsule.restype, new_capsule.argtypes = py_object, [c_void_p, c_char_p, c_void_p]


@dataclass(frozen=True)
class Column:
    """One array, field by field. buffers: bytes, or None for NULL.

    schema: the column that the schema describes, if it is not this one.
    """

    format: bytes | None
    length: int = 0
    buffers: tuple = ()
    offset: int = 0
    null_count: int = -1
    children: tuple = ()
    dictionary: "Column | None" = None
    flags: int = 2
    metadata: bytes | None = None
    name: bytes | None = b"key"
    schema: "Column | None" = None
    # What the structs say where it is not so.
    n_buffers: int | None = None
    n_children: int | None = None
    no_buffers: bool = False  # the pointer to the buffers is NULL
    no_children: bool = False

    def but(self, **fields):
        """The same with some fields that are others."""
        return replace(self, **fields)

    def but_buffer(self, at, buffer):
        """The same with another buffer."""
        return replace(self, buffers=(*self.buffers[:at], buffer, *self.buffers[at + 1 :]))

    @property
    def described(self):
        return self.schema or self


@dataclass
class Books:
    """What was handed out, and how many structs were released."""

    made: Counter = field(default_factory=Counter)
    released: Counter = field(default_factory=Counter)
    faults: list = field(default_factory=list)
    capsules: list = field(default_factory=list)

    def capsule(self, struct, name=None):
        """A capsule with the struct in it.

        It has no destructor, since Python code cannot run in one. These books do what that would do.
        """
        name = NAMES[type(struct)] if name is None else name
        made = new_capsule(ctypes.addressof(struct), name or None, None)
        self.capsules.append((struct, name, made))
        return made

    def closed(self):
        """Whether all have been released, each of them once, when the capsules go."""
        while self.capsules:
            struct, _, capsule = self.capsules.pop()
            if sys.getrefcount(capsule) > 2:
                self.faults.append("a capsule has not been let go")
            if struct.release:
                RELEASES[type(struct)](ctypes.addressof(struct))
        return self.made == self.released and not self.faults


numbers = itertools.count(1)
held = {}  # by the number in its private_data: the books that a struct stands in, and what it points to


def hold(struct, books, below=(), *things):
    """Count the struct; keep the structs below it, and other things, until its release."""
    struct.private_data = next(numbers)
    held[struct.private_data] = books, below, things
    kind = type(struct).__name__
    books.made[kind] += 1
    struct.release = ctypes.cast(RELEASES[type(struct)], c_void_p).value


def release_of(kind):
    def release(address):
        struct = kind.from_address(address)
        books, below, _ = held.pop(struct.private_data, (LOST, (), ()))
        books.released[kind.__name__] += 1
        if books is LOST or not struct.release:
            books.faults.append(f"{kind.__name__} released twice")
        struct.release = None
        for child in below:
            if child.release:
                RELEASES[type(child)](ctypes.addressof(child))

    return RELEASE(release)


RELEASES = {kind: release_of(kind) for kind in NAMES}
LOST = Books()  # what should stay empty: what was released without being there


def pointers(structs):
    """An array of pointers to structs; it has at least one, so that it has an address."""
    return (c_void_p * max(len(structs), 1))(*(ctypes.addressof(struct) for struct in structs))


def fill_schema(struct, column, books):
    """Make this ArrowSchema that of a column."""
    column = column.described
    children = [fill_schema(ArrowSchema(), child, books) for child in column.children]
    below = pointers(children)
    struct.format, struct.name, struct.metadata = column.format, column.name, column.metadata
    struct.flags = column.flags
    struct.n_children = len(children) if column.n_children is None else column.n_children
    struct.children = ctypes.addressof(below) if children and not column.no_children else None
    struct.dictionary = None
    if column.dictionary is not None:
        children.append(fill_schema(ArrowSchema(), column.dictionary, books))
        struct.dictionary = ctypes.addressof(children[-1])
    hold(struct, books, children, below)
    return struct


def fill_array(struct, column, books, behind=True):
    """Make this ArrowArray that of a column. behind: the guards stand behind the buffers, not before them."""
    children = [fill_array(ArrowArray(), child, books, behind) for child in column.children]
    below = pointers(children)
    memory = [None if buffer is None else Guarded(buffer, behind) for buffer in column.buffers]
    buffers = (c_void_p * max(len(memory), 1))(*(part and part.address for part in memory))
    struct.length, struct.null_count, struct.offset = column.length, column.null_count, column.offset
    struct.n_buffers = len(memory) if column.n_buffers is None else column.n_buffers
    struct.buffers = None if column.no_buffers else ctypes.addressof(buffers)
    struct.n_children = len(children) if column.n_children is None else column.n_children
    struct.children = ctypes.addressof(below) if children and not column.no_children else None
    struct.dictionary = None
    if column.dictionary is not None:
        children.append(fill_array(ArrowArray(), column.dictionary, books, behind))
        struct.dictionary = ctypes.addressof(children[-1])
    hold(struct, books, children, below, memory, buffers)
    return struct


class Arrays:
    """An object with __arrow_c_array__."""

    def __init__(self, column, behind=True):
        self.column, self.behind, self.books = column, behind, Books()

    def schema(self):
        return fill_schema(ArrowSchema(), self.column, self.books)

    def array(self):
        return fill_array(ArrowArray(), self.column, self.books, self.behind)

    def __arrow_c_array__(self, requested_schema=None):
        return self.books.capsule(self.schema()), self.books.capsule(self.array())


class Stream:
    """An object with __arrow_c_stream__, of columns whose schema is that of the first.

    Each of columns may be an int as well: the error that get_next returns there. So may be the schema.
    message: what get_last_error says; None: NULL.
    """

    def __init__(self, *columns, schema=None, message=b"the stream's own words", behind=True):
        self.columns, self.message, self.behind = list(columns), message, behind
        self.schema = columns[0] if schema is None else schema
        self.books = Books()
        self.asked = Counter()
        # They refer to this object, and it to them: it goes when the garbage is collected.
        self.callbacks = GET(self.get_schema), GET(self.get_next), LAST_ERROR(self.get_last_error)

    def get_schema(self, _, address):
        self.asked["schema"] += 1
        if isinstance(self.schema, int):
            return self.schema
        fill_schema(ArrowSchema.from_address(address), self.schema, self.books)
        return 0

    def get_next(self, _, address):
        self.asked["next"] += 1
        struct = ArrowArray.from_address(address)
        if not self.columns:
            struct.release = None
            return 0
        column = self.columns.pop(0)
        if isinstance(column, int):
            return column
        fill_array(struct, column, self.books, self.behind)
        return 0

    def get_last_error(self, _):
        return ctypes.cast(c_char_p(self.message), c_void_p).value

    def stream(self):
        struct = ArrowArrayStream()
        struct.get_schema, struct.get_next, struct.get_last_error = (
            ctypes.cast(callback, c_void_p).value for callback in self.callbacks
        )
        hold(struct, self.books, (), self)
        return struct

    def __arrow_c_stream__(self, requested_schema=None):
        return self.books.capsule(self.stream())
