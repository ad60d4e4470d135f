# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""What filters to which keys can be added share."""

cimport cython
cimport numpy as cnp

from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free

from coterie._core cimport BOOL, NOTHING, each_chunk
from coterie.filters._filter cimport Digests, Filter, cannot_fail, feed

from collections.abc import Iterator
from itertools import islice

import numpy as np

from coterie._core import _bools

cnp.import_array()

cdef enum:
    PORTION = 1 << 20  # keys of an iterator at a time


@cython.auto_pickle(False)
cdef class Batch:
    pass


@cython.auto_pickle(False)
cdef class MutableFilter(Filter):
    """A filter to which keys can be added. Not made by itself."""

    cdef Batch begin_batch(self, size_t n, bint removes):
        raise TypeError(f"{type(self).__name__} is only a base: make a BloomFilter, say")

    cdef int end_batch(self, Batch batch) except -1:
        return 0

    cdef int notice(self) except -1:
        return 0

    # ---- many keys ----

    def update(self, keys, /, *, hashed=False, nulls="raise"):
        """Add many keys. keys, hashed, nulls: as for `contains_many`; nulls="skip" leaves nulls out.

        A bad key adds nothing, or from an iterator only whole portions of 2**20 keys; Ctrl-C may add some, and so may memory
        that runs out in a filter that grows. For that, the digests of all but NumPy's integers are collected first, 8 bytes
        each.
        """
        cdef size_t first = 0
        if isinstance(keys, Iterator) and not hasattr(keys, "__arrow_c_stream__"):
            while portion := list(islice(keys, PORTION)):
                try:
                    self.add_many(portion, hashed, nulls)
                except Exception as error:
                    if first:
                        error.add_note(f"(the batch begins with key number {first} of the iterator, counted from 0)")
                    raise
                first += PORTION
        else:
            self.add_many(keys, hashed, nulls)

    def add_new_many(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """Add many keys, one after the other; for each True if it was certainly not there before. A bool array.

        keys, hashed, nulls, out: as for `contains_many`. A bad key adds nothing; otherwise as `update`.
        """
        answers = self.answer(keys, hashed, nulls, out, False)
        self.notice()
        return answers

    cdef int add_many(self, object keys, bint hashed, object nulls) except -1:
        cdef Batch batch
        cdef Digests digests
        if knows_all(self, keys):
            batch = self.begin_batch(cnp.PyArray_SIZE(keys), False)
            try:
                self.each(keys, batch.sink, batch.ctx, NOTHING, hashed, nulls, None)
            finally:
                self.end_batch(batch)
        else:
            self.collect(keys, hashed, nulls, &digests)
            try:
                self.write(&digests, NULL, False)
            finally:
                free(digests.data)
        return self.notice()

    cdef object answer(self, object keys, bint hashed, object nulls, object out, bint removes):
        cdef Batch batch
        cdef Digests digests
        cdef cnp.ndarray wanted, done
        if not self._keyed and knows_all(self, keys):
            batch = self.begin_batch(cnp.PyArray_SIZE(keys), removes)
            try:
                return each_chunk(keys, batch.sink, batch.ctx, BOOL, -1, hashed, 1, nulls, out)
            finally:
                self.end_batch(batch)
        rows, valid = self.collected(keys, hashed, nulls, out)
        _bools(np.zeros(len(rows), bool), valid, nulls, out)  # or an error, before there is a change
        wanted = rows if valid is None else rows[valid]
        done = np.empty(len(wanted), bool)
        digests.data, digests.len = <uint64_t *>cnp.PyArray_DATA(wanted), len(wanted)
        self.write(&digests, <uint8_t *>cnp.PyArray_DATA(done), removes)
        if valid is not None:
            answers = np.zeros(len(rows), bool)
            answers[valid] = done
            done = answers
        return _bools(done, valid, nulls, out)

    cdef int write(self, const Digests *digests, uint8_t *answers, bint removes) except -1:
        cdef Batch batch
        if digests.len == 0 and self._unmarked:
            return 0  # the file is as it was
        batch = self.begin_batch(digests.len, removes)
        try:
            feed(digests, batch.sink, batch.ctx, answers)
        finally:
            self.end_batch(batch)
        return 0

    cdef bint write_one(self, uint64_t digest, bint removes) except -1:
        cdef Batch batch = self.begin_batch(1, removes)
        cdef uint8_t answer = 0
        try:
            batch.sink(batch.ctx, &digest, 1, &answer)
        finally:
            self.end_batch(batch)
        return answer

    # ---- what it is ----

    @property
    def capacity(self):
        """How many distinct keys the filter was made for."""
        return self._capacity

    @property
    def fpr(self):
        """The promised rate of false positives."""
        return self._fpr


# Whether a batch can begin before its digests are known: all are sure to be had, and none is refused.
cdef bint knows_all(MutableFilter filter, object keys) except -1:
    return not filter._strict and not filter._unmarked and cannot_fail(keys)
