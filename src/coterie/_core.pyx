# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""What every structure stands on: the key rule, batches, the CPU level, storage and the container format."""

cimport cython
cimport numpy as cnp
from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_ND, PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_FillInfo, PyBuffer_Release, PyObject_CheckBuffer,
    PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.exc cimport PyErr_CheckSignals
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_IsValid
from libc.stdint cimport UINT64_MAX, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset, strcmp

from coterie._keys cimport PyLong_CheckExact, coterie_int_bits, key_digest

import mmap
import os
import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from operator import index, length_hint

import numpy as np

from coterie._errors import DecodeError

cnp.import_array()

include "_core_level.pxi"
include "_core_keys.pxi"
include "_core_answers.pxi"
include "_core_batch.pxi"
include "_core_items.pxi"
include "_core_columns.pxi"
include "_core_arrays.pxi"
include "_core_arrow.pxi"
include "_core_pandas.pxi"
include "_core_storage.pxi"
include "_core_container.pxi"
