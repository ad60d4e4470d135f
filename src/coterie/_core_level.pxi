# The CPU level: chosen once, when the module is imported.

cdef extern from "coterie/level.h" nogil:
    int coterie_level_best()

cdef tuple LEVELS = ("baseline", "avx2", "avx512")
cdef int _level = coterie_level_best()


cdef const int *cpu_level_address() noexcept:
    return &_level


def cpu_level():
    """The CPU level whose kernels are in use: "baseline", "avx2" or "avx512".

    The environment variable COTERIE_CPU, read when Coterie is imported, asks for a lower one. Answers never depend
    on the level.
    """
    return LEVELS[_level]


def _set_cpu_level(name, /):
    """Switch all kernels of the process to another level; for tests."""
    global _level
    if name not in LEVELS or LEVELS.index(name) > coterie_level_best():
        raise ValueError(f"CPU level {name!r}: this machine has {', '.join(LEVELS[:coterie_level_best() + 1])}")
    _level = LEVELS.index(name)


def _read_cpu_level():
    global _level
    name = os.environ.get("COTERIE_CPU")
    if not name:
        return
    if name not in LEVELS:
        raise ImportError(f"COTERIE_CPU={name!r}: allowed are {', '.join(LEVELS)}")
    if LEVELS.index(name) > _level:
        warnings.warn(
            f"COTERIE_CPU={name!r} is above this machine's level; using {cpu_level()!r}", RuntimeWarning, stacklevel=2
        )
    else:
        _level = LEVELS.index(name)


_read_cpu_level()
