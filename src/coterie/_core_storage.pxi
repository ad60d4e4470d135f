# The bytes under a structure.

cdef extern from "coterie/base.h" nogil:
    void *coterie_alloc(size_t size)
    void coterie_free(void *memory)
    void *coterie_alloc_zeros(size_t size)
    void coterie_free_zeros(void *memory, size_t size)

# No critical sections: one that has to wait lets those around it go.
cdef extern from * nogil:
    """
    static inline void coterie_count(Py_ssize_t *at, Py_ssize_t more) { __atomic_add_fetch(at, more, __ATOMIC_SEQ_CST); }
    static inline Py_ssize_t coterie_counted(const Py_ssize_t *at) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }
    """
    void coterie_count(Py_ssize_t *at, Py_ssize_t more)
    Py_ssize_t coterie_counted(const Py_ssize_t *at)


@cython.final
cdef class Storage:
    @staticmethod
    cdef Storage allocate(size_t size):
        cdef Storage storage = Storage.__new__(Storage)
        storage.data = <char *>coterie_alloc(size)
        storage.begin(size)
        return storage

    @staticmethod
    cdef Storage zeros(size_t size):
        cdef Storage storage = Storage.__new__(Storage)
        storage.zeroed = True
        with nogil:
            storage.data = <char *>coterie_alloc_zeros(size)
        storage.begin(size)
        return storage

    cdef int begin(self, size_t size) except -1:
        if self.data is NULL:
            raise MemoryError(f"no memory for {size} bytes")
        self.nbytes = size
        self.writable = True
        self.holders = 1
        return 0

    @staticmethod
    cdef Storage view_of(object buffer, bint writable):
        """The bytes of a C-contiguous buffer, wherever they begin."""
        cdef Storage storage = Storage.__new__(Storage)
        PyObject_GetBuffer(buffer, &storage.view, PyBUF_WRITABLE if writable else PyBUF_SIMPLE)
        storage.borrowed = True
        storage.writable = writable
        storage.data = <char *>storage.view.buf
        storage.nbytes = storage.view.len
        storage.holders = 1
        return storage

    @staticmethod
    cdef Storage borrow(object buffer):
        """The bytes of a C-contiguous buffer, read-only; a copy of them if they are not aligned to 64."""
        cdef Storage storage = Storage.view_of(buffer, False)
        return storage if <size_t>storage.data % 64 == 0 else storage.copy()

    @staticmethod
    cdef Storage map(object path):
        """The bytes of a file, mapped read-only."""
        return Storage.map_as(path, "r")

    @staticmethod
    cdef Storage map_as(object path, str mode):
        """The bytes of a file. mode: "r" to read them, "r+" to change the file, "c" to change what is mapped alone."""
        access = mmap.ACCESS_WRITE if mode == "r+" else mmap.ACCESS_COPY if mode == "c" else mmap.ACCESS_READ
        with open(os.fspath(path), "r+b" if mode == "r+" else "rb") as file:  # a number would be a file descriptor
            if os.fstat(file.fileno()).st_size == 0:
                return Storage.allocate(0)
            return Storage.view_of(mmap.mmap(file.fileno(), 0, access=access), mode != "r")

    cdef Storage copy(self):
        """A copy of the bytes, held by the caller alone."""
        cdef Storage copy = Storage.allocate(self.nbytes)
        memcpy(copy.data, self.data, self.nbytes)
        return copy

    cdef Storage share(self):
        """Itself, with one more holder."""
        coterie_count(&self.holders, 1)
        return self

    cdef void drop(self) noexcept:
        """A holder lets go."""
        coterie_count(&self.holders, -1)

    cdef Storage own(self):
        """What the calling holder may write to: itself, or a copy that the caller now holds instead."""
        cdef Storage copy
        if self.writable and coterie_counted(&self.holders) == 1 and coterie_counted(&self.exports) == 0:
            return self
        copy = self.copy()
        self.drop()
        return copy

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        if flags & PyBUF_WRITABLE:
            raise BufferError("the bytes of a structure are read-only")
        coterie_count(&self.exports, 1)
        PyBuffer_FillInfo(buffer, self, self.data, self.nbytes, True, flags)

    def __releasebuffer__(self, Py_buffer *buffer):
        coterie_count(&self.exports, -1)

    def __dealloc__(self):
        if self.borrowed:
            PyBuffer_Release(&self.view)
        elif self.zeroed:
            coterie_free_zeros(self.data, self.nbytes)
        else:
            coterie_free(self.data)
