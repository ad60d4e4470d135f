# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""What all placement schemes share: tokens, pickles, bytes and files."""

cimport cython

from libc.stdint cimport uint64_t

from coterie._core cimport UINT64, Storage, each_chunk
from coterie._stored cimport Stored, shared

from pickle import PickleBuffer

from coterie._files import replace


cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_mix(uint64_t digest, uint64_t salt)

cdef set SCHEMES = set()


cdef object register(object kind):
    SCHEMES.add(kind)


cdef void tokens_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef size_t i
    for i in range(n):
        (<uint64_t *>out)[i] = coterie_mix(digests[i], (<uint64_t *>ctx)[0])


@cython.auto_pickle(False)
cdef class Scheme(Stored):
    """A placement scheme: says where keys live. The base of all schemes; not made by itself."""

    cdef uint64_t salt(self) noexcept:
        return 0

    cdef bytes encode(self):
        raise TypeError("Scheme is only a base: make a HashRing, say")

    cdef int decode(self, Storage storage) except -1:
        raise TypeError("Scheme is only a base: make a HashRing, say")

    __reversed__ = None

    def tokens(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """The tokens of many keys, as a uint64 array: a key's digest, mixed with the seed. The token alone decides where a
        key lives; `coterie.diff` says which ranges of them move.

        keys, hashed, nulls, out: as for `assign`; nulls="skip" is a ValueError, since any number may be a token.
        """
        cdef uint64_t salt = self.salt()
        return each_chunk(keys, tokens_sink, &salt, UINT64, -1, hashed, 1, nulls, out)

    def __reduce_ex__(self, protocol):
        data = self.encode()
        return type(self).from_bytes, (PickleBuffer(data) if protocol >= 5 else data,), self.__getstate__()

    def to_bytes(self):
        """The placement as bytes: what it was made of, not what was derived from that. Equal placements have equal
        bytes."""
        return self.encode()

    @classmethod
    def from_bytes(cls, data, /):
        """The placement that `to_bytes` or `save` wrote. data: any contiguous buffer.

        DecodeError if the bytes are anything else: all are checked. Few bytes can describe a large placement: of a ring up
        to 2**28 points, which take 4 GiB.
        """
        return decoded(cls, Storage.borrow(data))

    def save(self, path, /):
        """Write the placement to a file, which is replaced as a whole or not at all."""
        replace(path, self.encode())

    @classmethod
    def open(cls, path, /):
        """The placement of a file that `save` wrote. DecodeError if the file is anything else."""
        return decoded(cls, Storage.map(path))


cdef Scheme decoded(object cls, Storage storage):
    # Decoded into an object of the scheme itself, so that a subclass never sees one that was not.
    for kind in cls.__mro__:
        if kind in SCHEMES:
            break
    else:
        raise TypeError("Scheme is only a base: make a HashRing, say")
    cdef Scheme scheme = kind.__new__(kind)
    scheme.decode(storage)
    return scheme if cls is kind else <Scheme>shared(cls, scheme)
