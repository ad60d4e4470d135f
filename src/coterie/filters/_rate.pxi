# The rate of false positives as an argument; needs PyFloat_AsDouble and `shown`.

cdef double check_rate(object fpr) except -1:
    cdef double rate
    try:
        rate = PyFloat_AsDouble(fpr)
    except TypeError:
        raise TypeError(f"fpr is a {type(fpr).__name__}: pass a number between 0 and 1") from None
    except OverflowError:  # of an int
        rate = 2
    if not 0 < rate < 1:
        raise ValueError(f"fpr is {shown(fpr)}: pass a number between 0 and 1")
    return rate
