# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Interval tree clocks."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_CheckSignals
from cpython.object cimport Py_EQ, Py_NE
from libc.stdint cimport SIZE_MAX, uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy

from coterie._core cimport cpu_level_address
from coterie._stored cimport blank
from coterie.clocks._ids cimport MOST_COUNT, check_number
from coterie.clocks._order cimport holds

from operator import index

from coterie._errors import DecodeError
from coterie.clocks._forms import bytes_of, tree_to_text, trees_of_json, trees_to_json
from coterie.clocks._relation import Relation

cdef extern from "coterie/clocks/itc.h" nogil:
    enum:
        COTERIE_EQUAL
        COTERIE_CONCURRENT
        COTERIE_ITC_DEEPEST
        COTERIE_ITC_LEAF
    ctypedef struct coterie_itc_tree:
        uint64_t *numbers
        uint16_t *levels
        size_t n
    ctypedef struct coterie_itc_growth:
        size_t leaf
        unsigned depth
        unsigned under
    ctypedef struct coterie_itc_maker:
        bint done
    ctypedef enum coterie_itc_problem:
        COTERIE_ITC_GOOD
        COTERIE_ITC_TOO_DEEP
        COTERIE_ITC_TOO_MANY
    int coterie_itc_relation(const coterie_itc_tree *a, const coterie_itc_tree *b, int level)
    void coterie_itc_join(const coterie_itc_tree *a, const coterie_itc_tree *b, coterie_itc_tree *out, int level)
    bint coterie_itc_overlap(const coterie_itc_tree *a, const coterie_itc_tree *b)
    bint coterie_itc_split(const coterie_itc_tree *id, coterie_itc_tree *left, coterie_itc_tree *right)
    bint coterie_itc_fill(const coterie_itc_tree *id, coterie_itc_tree *history, coterie_itc_growth *growth)
    void coterie_itc_grow(const coterie_itc_tree *id, coterie_itc_tree *history, const coterie_itc_growth *growth)
    void coterie_itc_nodes(const coterie_itc_tree *tree, uint64_t *numbers, uint8_t *kinds)
    void coterie_itc_begin(coterie_itc_maker *maker, coterie_itc_tree *out, int strict)
    coterie_itc_problem coterie_itc_put(coterie_itc_maker *maker, int inner, uint64_t number)
    void coterie_itc_normalize(coterie_itc_tree *tree)
    size_t coterie_itc_write(const uint64_t *id, const uint8_t *id_kinds, size_t id_nodes, const uint64_t *history,
                             const uint8_t *history_kinds, size_t history_nodes, uint8_t *out)
    const char *coterie_itc_read(const uint8_t *data, size_t size, coterie_itc_tree *id, coterie_itc_tree *history)

cdef const int *LEVEL = cpu_level_address()
cdef tuple RELATIONS = tuple(Relation)
cdef enum:
    LEAF = sizeof(uint64_t) + sizeof(uint16_t)  # bytes
    MANY = 1 << 22  # nodes of an argument, and numbers of inner ones
    MUCH = 1024  # bytes, for which a tree is counted before it is made


# ---- trees: the numbers of a coterie_itc_tree and then its levels, in a bytes object, which stamps share and which nobody else
# sees. Equal trees are equal bytes. ----

cdef bytes room(size_t leaves, coterie_itc_tree *tree):
    cdef bytes data
    if leaves > SIZE_MAX // (4 * LEAF):
        raise MemoryError(f"no memory for {leaves} leaves")
    data = PyBytes_FromStringAndSize(NULL, leaves * LEAF)
    view(data, tree)
    return data


cdef inline void view(bytes data, coterie_itc_tree *tree) noexcept:
    tree.n = <size_t>PyBytes_GET_SIZE(data) // LEAF
    tree.numbers = <uint64_t *>PyBytes_AS_STRING(data)
    tree.levels = <uint16_t *>(tree.numbers + tree.n)


# The bytes of a tree that lies in these, if it needs all of them; else others.
cdef bytes fitted(bytes data, const coterie_itc_tree *tree):
    cdef coterie_itc_tree new
    if tree.n * LEAF == <size_t>PyBytes_GET_SIZE(data):
        return data
    return copied(tree, tree.n, &new)


# A copy with room for so many leaves.
cdef bytes copied(const coterie_itc_tree *tree, size_t leaves, coterie_itc_tree *new):
    cdef bytes data = room(leaves, new)
    memcpy(new.numbers, tree.numbers, tree.n * sizeof(uint64_t))
    memcpy(new.levels, tree.levels, tree.n * sizeof(uint16_t))
    new.n = tree.n
    return data


cdef bytes leaf(uint64_t number):
    cdef coterie_itc_tree tree
    cdef bytes data = room(1, &tree)
    tree.numbers[0], tree.levels[0] = number, 0
    return data


cdef bytes NOTHING = leaf(0), WHOLE = leaf(1)


cdef bytes joined(bytes one, bytes other):
    cdef coterie_itc_tree a, b, out
    cdef bytes data
    if one is other:
        return one
    view(one, &a)
    view(other, &b)
    data = room(a.n + b.n - 1, &out)
    coterie_itc_join(&a, &b, &out, LEVEL[0])
    return fitted(data, &out)


# ---- trees as Python has them. A flat list of nodes is that of `_forms`. ----

# The nodes of a tree: their numbers, then their kinds.
cdef bytes nodes_of(bytes data):
    cdef coterie_itc_tree tree
    cdef size_t n
    cdef bytes nodes
    view(data, &tree)
    n = 2 * tree.n - 1
    nodes = PyBytes_FromStringAndSize(NULL, n * (sizeof(uint64_t) + 1))
    coterie_itc_nodes(&tree, <uint64_t *>PyBytes_AS_STRING(nodes), <uint8_t *>PyBytes_AS_STRING(nodes) + n * sizeof(uint64_t))
    return nodes


cdef list flat_of(bytes data, bint history):
    cdef bytes nodes = nodes_of(data)
    cdef size_t i, n = <size_t>PyBytes_GET_SIZE(nodes) // (sizeof(uint64_t) + 1)
    cdef const uint64_t *numbers = <const uint64_t *>PyBytes_AS_STRING(nodes)
    cdef const uint8_t *kinds = <const uint8_t *>(numbers + n)
    cdef list flat = []
    for i in range(n):
        if kinds[i] != COTERIE_ITC_LEAF:
            flat.append(None)
        if history or kinds[i] == COTERIE_ITC_LEAF:
            flat.append(numbers[i])
    return flat


# In normal form; None if the nodes are no tree.
cdef bytes tree_of_flat(list flat, bint history):
    cdef coterie_itc_maker maker
    cdef coterie_itc_tree tree
    cdef coterie_itc_problem problem
    cdef Py_ssize_t inner = flat.count(None), leaves = len(flat) - (2 * inner if history else inner)
    cdef size_t i = 0, n = len(flat)
    cdef uint64_t number
    cdef bint opens
    cdef bytes data
    if leaves != inner + 1:
        return None
    data = room(leaves, &tree)
    coterie_itc_begin(&maker, &tree, False)
    while i < n:
        opens = flat[i] is None
        number = 0
        if opens:
            i += 1
        if history or not opens:
            if i == n or flat[i] is None:
                return None
            number = flat[i]
            i += 1
        if maker.done:
            return None
        problem = coterie_itc_put(&maker, opens, number)
        if problem == COTERIE_ITC_TOO_DEEP:
            raise OverflowError(f"the tree is deeper than {COTERIE_ITC_DEEPEST}")
        if problem == COTERIE_ITC_TOO_MANY:
            raise OverflowError("history counts more than 2**63-1 events")
    if not maker.done:
        return None
    coterie_itc_normalize(&tree)
    return fitted(data, &tree)


cdef uint64_t number_of(object value, bint history) except? 0:
    if history:
        return check_number(value, "history", MOST_COUNT)
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        raise TypeError(f"id is a {type(value).__name__}: pass 0, 1 or a pair of ids")
    value = index(value)
    if value != 0 and value != 1:
        raise ValueError("id has a number besides 0 and 1")
    return value


cdef bytes tree_of(object value, bint history):
    cdef list flat = [], parts = [value], left = []
    cdef tuple found
    cdef int size = 3 if history else 2
    while parts:
        part = parts.pop()
        if isinstance(part, (tuple, list)):
            found = tuple(part)
            if len(found) != size:
                raise ValueError(f"history has a list of {len(found)}: each has a number and two histories" if history else
                                 f"id has a list of {len(found)}: each has two ids")
            if len(left) == COTERIE_ITC_DEEPEST:
                raise OverflowError(f"the tree is deeper than {COTERIE_ITC_DEEPEST}")
            flat.append(None)
            if history:
                flat.append(number_of(found[0], history))
            parts.append(found[size - 1])
            parts.append(found[size - 2])
            left.append(2)
        else:
            flat.append(number_of(part, history))
            while left:
                left[len(left) - 1] -= 1
                if left[len(left) - 1]:
                    break
                left.pop()
            if len(flat) % 1024 == 0:
                PyErr_CheckSignals()
            if len(flat) > MANY:  # the same list may be in it again and again
                raise OverflowError(f"the tree has more than {MANY} nodes")
    return tree_of_flat(flat, history)


cdef object nested(list flat, bint history):
    cdef list done = []
    cdef Py_ssize_t i
    for i in range(len(flat) - 1, -1, -1):
        part = flat[i]
        if part is None:  # its parts are the last ones
            part = (done.pop(), done.pop(), done.pop()) if history else (done.pop(), done.pop())
        done.append(part)
    return done[0]


# ---- the class ----

@cython.auto_pickle(False)
@cython.no_gc
@cython.freelist(16)
cdef class IntervalTreeClock:
    """IntervalTreeClock(id=1, history=0, /)\n--\n
    A stamp for replicas that come and go: ids are split and put together again, and nobody else has to know.

    id: what the replica owns of all: 0 (nothing), 1, or a pair of the ids that it has in both halves.
    history: what it knows: a number of events, or a number and two histories, one for each half, on top of it.

    Lists are taken too, and made simpler where that is possible. ValueError for what is malformed, OverflowError for trees
    deeper than 1024 and more than 2**63-1 events in one place.

    The first replica begins with `IntervalTreeClock()`, all others with what `fork` gives. A stamp never changes: after
    `fork`, `join` or `event` go on with the result alone, since the old stamp still works, and using both is using one id
    twice. `==`, the order and the hash look at the history only, so both results of a fork equal what was forked.

    All takes time and memory linear in the tree: about as many leaves as there are replicas. Safe to use from any thread.

    Almeida, Baquero, Fonte, "Interval Tree Clocks: A Logical Clock for Dynamic Systems", 2008.

    >>> from coterie import IntervalTreeClock
    >>> a, b = IntervalTreeClock().fork()
    >>> a = a.event()
    >>> a, b < a
    (IntervalTreeClock((1, 0), (0, 1, 0)), True)
    >>> a | b.event()
    IntervalTreeClock(1, 1)
    """

    cdef bytes own
    cdef bytes past
    cdef bint made

    def __cinit__(self):
        self.own, self.past = WHOLE, NOTHING

    def __init__(self, id=1, history=0, /):
        cdef bytes own = tree_of(id, False), past = tree_of(history, True)
        cdef bint made
        with cython.critical_section(self):
            made = self.made
            if not made:
                self.own, self.past, self.made = own, past, True
        if made:
            raise TypeError("an IntervalTreeClock never changes: make another one")

    # Another stamp of the class.
    cdef IntervalTreeClock like(self, bytes own, bytes past):
        return stamp_of(type(self), own, past)

    # ---- what a replica does ----

    def event(self):
        """The stamp with one more event. ValueError for an anonymous one, OverflowError at 2**63-1 events in one place."""
        cdef coterie_itc_tree id, old, new
        cdef coterie_itc_growth growth
        cdef bytes past
        if is_nothing(self.own):
            raise ValueError("the stamp is anonymous: it owns nothing where an event could count")
        view(self.own, &id)
        view(self.past, &old)
        past = copied(&old, old.n, &new)
        if coterie_itc_fill(&id, &new, &growth):
            return self.like(self.own, fitted(past, &new))
        if new.numbers[growth.leaf] == MOST_COUNT:
            raise OverflowError("a part of the history counts 2**63-1 events: it counts no further")
        if growth.depth != growth.under:
            past = copied(&old, old.n + growth.depth - growth.under, &new)
        coterie_itc_grow(&id, &new, &growth)
        return self.like(self.own, past)

    def fork(self):
        """Two stamps with the same history, which share the id. Of an anonymous one, two anonymous ones. OverflowError if that
        makes an id deeper than 1024."""
        cdef coterie_itc_tree id, left, right
        cdef bytes one, other
        if is_nothing(self.own):
            return self.like(self.own, self.past), self.like(self.own, self.past)
        view(self.own, &id)
        one, other = room(id.n + 1, &left), room(id.n + 1, &right)
        if not coterie_itc_split(&id, &left, &right):
            raise OverflowError(f"the id is as deep as {COTERIE_ITC_DEEPEST}: it can be split no further")
        return self.like(fitted(one, &left), self.past), self.like(fitted(other, &right), self.past)

    def join(self, other, /):
        """The stamp that owns what both own and knows what both know. ValueError if their ids overlap."""
        cdef IntervalTreeClock stamp = as_stamp(other)
        cdef coterie_itc_tree a, b
        view(self.own, &a)
        view(stamp.own, &b)
        if coterie_itc_overlap(&a, &b):
            raise ValueError("the ids overlap: both stamps own the same, so one of them was used after it was forked or joined")
        return self.like(joined(self.own, stamp.own), joined(self.past, stamp.past))

    def __or__(self, other):
        if not isinstance(other, IntervalTreeClock):
            return NotImplemented
        return self.join(other)

    def peek(self):
        """An anonymous stamp with the same history, for a message: who joins it takes over the history alone."""
        return self.like(NOTHING, self.past)

    # ---- two histories ----

    cdef int relation(self, IntervalTreeClock other) noexcept:
        cdef coterie_itc_tree a, b
        if self.past is other.past:
            return COTERIE_EQUAL
        view(self.past, &a)
        view(other.past, &b)
        return coterie_itc_relation(&a, &b, LEVEL[0])

    def compare(self, other, /):
        """How this history stands to another: a Relation."""
        return RELATIONS[self.relation(as_stamp(other))]

    def concurrent(self, other, /):
        """Whether each of two histories has events that the other has not."""
        return self.relation(as_stamp(other)) == COTERIE_CONCURRENT

    def __richcmp__(self, other, int op):
        if not isinstance(other, IntervalTreeClock):
            return NotImplemented
        if op == Py_EQ or op == Py_NE:
            return (self.past == (<IntervalTreeClock>other).past) == (op == Py_EQ)
        return holds(op, self.relation(<IntervalTreeClock>other))

    def __hash__(self):
        self.made = True  # one that `__new__` alone has made too: sets and dicts have to find it again
        return hash(self.past)

    # ---- what it is ----

    @property
    def id(self):
        """What it owns: 0, 1, or a pair of ids."""
        return nested(flat_of(self.own, False), False)

    @property
    def history(self):
        """What it knows: a number, or a tuple of a number and two histories."""
        return nested(flat_of(self.past, True), True)

    @property
    def is_anonymous(self):
        """Whether it owns nothing, and so has no events."""
        return is_nothing(self.own)

    def __repr__(self):
        id = tree_to_text(flat_of(self.own, False), 2, "(", ", ", ")", MOST_COUNT)
        history = tree_to_text(flat_of(self.past, True), 3, "(", ", ", ")", MOST_COUNT)
        return f"{type(self).__name__}({id}, {history})"

    # ---- copies and bytes ----

    def copy(self):
        """Itself: it never changes."""
        return self

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce_ex__(self, protocol):
        return type(self).from_bytes, (self.to_bytes(),), self.__getstate__()

    def to_bytes(self):
        """The stamp as bytes, the id included; stamps with equal ids and histories have equal bytes."""
        cdef bytes id = nodes_of(self.own), history = nodes_of(self.past)
        cdef size_t id_nodes = <size_t>PyBytes_GET_SIZE(id) // (sizeof(uint64_t) + 1)
        cdef size_t nodes = <size_t>PyBytes_GET_SIZE(history) // (sizeof(uint64_t) + 1), bits
        cdef const uint64_t *parts = <const uint64_t *>PyBytes_AS_STRING(id)
        cdef const uint64_t *numbers = <const uint64_t *>PyBytes_AS_STRING(history)
        cdef const uint8_t *id_kinds = <const uint8_t *>(parts + id_nodes)
        cdef const uint8_t *kinds = <const uint8_t *>(numbers + nodes)
        cdef bytes data
        bits = coterie_itc_write(parts, id_kinds, id_nodes, numbers, kinds, nodes, NULL)
        data = PyBytes_FromStringAndSize(NULL, (bits + 7) // 8)
        coterie_itc_write(parts, id_kinds, id_nodes, numbers, kinds, nodes, <uint8_t *>PyBytes_AS_STRING(data))
        return data

    @classmethod
    def from_bytes(cls, data, /):
        """The stamp that `to_bytes` wrote. data: bytes, bytearray or memoryview. DecodeError if they are anything else."""
        cdef bytes all = bytes_of(data, "IntervalTreeClock"), own, past
        cdef const uint8_t *bits = <const uint8_t *>PyBytes_AS_STRING(all)
        cdef size_t size = PyBytes_GET_SIZE(all), leaves = 4 * size + 1
        cdef coterie_itc_tree id, history
        if size > MUCH:  # the most leaves that bytes can have are several times as many as they do have
            id.numbers = history.numbers = NULL
            check(coterie_itc_read(bits, size, &id, &history))
            leaves = max(id.n, history.n)
        own, past = room(leaves, &id), room(leaves, &history)
        check(coterie_itc_read(bits, size, &id, &history))
        own, past = fitted(own, &id), fitted(past, &history)
        return stamp_of(cls, own, past)

    def to_json(self):
        """The stamp as JSON: `{"v":1,"id":[1,0],"event":[1,0,2]}`, with the id and the history. Numbers above 2**53-1 are
        strings."""
        return trees_to_json(flat_of(self.own, False), flat_of(self.past, True))

    @classmethod
    def from_json(cls, text, /):
        """The stamp that `to_json` wrote. text: str, or bytes in UTF-8. DecodeError if it is anything else."""
        cdef list id, history
        cdef bytes own, past
        id, history = trees_of_json(text, "IntervalTreeClock")
        try:
            own, past = tree_of_flat(id, False), tree_of_flat(history, True)
        except OverflowError as error:
            refuse(str(error))
        if own is None or past is None or set(id) - {None, 0, 1}:
            refuse("id and event are no trees")
        if flat_of(own, False) != id or flat_of(past, True) != history:
            refuse("it is not in normal form")
        return stamp_of(cls, own, past)


cdef inline bint is_nothing(bytes own) noexcept:
    return PyBytes_GET_SIZE(own) == LEAF and (<uint64_t *>PyBytes_AS_STRING(own))[0] == 0


cdef IntervalTreeClock stamp_of(object cls, bytes own, bytes past):
    cdef IntervalTreeClock stamp
    if cls is IntervalTreeClock:
        stamp = IntervalTreeClock.__new__(IntervalTreeClock)
    else:
        stamp = <IntervalTreeClock>blank(cls, cls)
        if stamp.made:
            raise TypeError(f"{cls.__name__}.__new__ made a {type(stamp).__name__}: it has to make a new {cls.__name__}")
    stamp.own, stamp.past, stamp.made = own, past, True
    return stamp


cdef IntervalTreeClock as_stamp(object value):
    if not isinstance(value, IntervalTreeClock):
        raise TypeError(f"other is a {type(value).__name__}: pass an IntervalTreeClock")
    return <IntervalTreeClock>value


cdef int check(const char *problem) except -1:
    return 0 if problem is NULL else refuse((<bytes>problem).decode())


cdef int refuse(str problem) except -1:
    raise DecodeError(f"not an IntervalTreeClock: {problem}")
