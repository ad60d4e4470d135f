"""What is no batch of keys is refused, with a word on what to pass."""

from array import array
from collections import ChainMap, Counter, OrderedDict
from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

import numpy as np
import pytest

from coterie import HashRing, JumpHash, digests
from coterie.hashing import jump, xxh3_64, xxh64


class Table:
    """As a data frame looks: iteration gives the names of the columns."""

    ndim = 2

    def __iter__(self):
        return iter(["a", "b"])

    def __len__(self):
        return 2


class OwnMapping(Mapping):
    def __getitem__(self, key):
        return key

    def __iter__(self):
        return iter(["a"])

    def __len__(self):
        return 1


ONE_KEY = ["text", b"blob", 5, True, bytearray(b"blob"), memoryview(b"blob")]
ONE_KEY += [np.str_("text"), np.bytes_(b"blob"), np.int64(5), np.bool_(True)]
MAPPINGS = [{}, {"a": 1}, OrderedDict(a=1), Counter("a"), ChainMap(), MappingProxyType({}), OwnMapping()]
DTYPES = ["f2", "f4", "f8", "g", "c8", "c16", "M8[s]", "m8[s]", "V8", [("a", "i8")]]

BATCH_CALLS = {
    "digests": digests,
    "assign of a ring": HashRing(["a"]).assign,
    "assign of shards": JumpHash(3).assign,
    "assign_replicas of a ring": lambda keys: HashRing(["a"]).assign_replicas(keys, 2),
    "assign_replicas of shards": lambda keys: JumpHash(3).assign_replicas(keys, 2),
}
# These take one key too.
ALL_CALLS = BATCH_CALLS | {"xxh3_64": xxh3_64, "xxh64": xxh64, "jump": lambda keys: jump(keys, 5)}


@pytest.fixture(params=ALL_CALLS)
def call(request):
    return ALL_CALLS[request.param]


@pytest.mark.parametrize("key", ONE_KEY, ids=lambda key: type(key).__name__)
@pytest.mark.parametrize("call", BATCH_CALLS.values(), ids=BATCH_CALLS)
def test_one_key(call, key):
    with pytest.raises(TypeError, match=f"{type(key).__name__}: put it in a list"):
        call(key)


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda mapping: type(mapping).__name__)
def test_mapping(call, mapping):
    with pytest.raises(TypeError, match=f"{type(mapping).__name__}: pass one column of keys"):
        call(mapping)


def test_table(call):
    with pytest.raises(TypeError, match="Table: pass one column of keys"):
        call(Table())


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("size", [0, 3])
def test_types_of_arrays(call, dtype, size):
    with pytest.raises(TypeError, match=r"keys has dtype .*: pass"):
        call(np.zeros(size, dtype))


@pytest.mark.parametrize("shape", [(), (1, 1), (3, 2), (0, 2), (2, 0), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("dtype", ["i8", "U3", "O", "f8"])
def test_dimensions(call, shape, dtype):
    with pytest.raises(TypeError, match=f"keys has {len(shape)} dimensions: pass a one-dimensional array"):
        call(np.zeros(shape, dtype))


def test_matrix(call):
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([1, 2])
    with pytest.raises(TypeError, match="2 dimensions"):
        call(matrix)


@pytest.mark.parametrize("mask", [False, True, [True, False, False]], ids=str)
def test_masked_array(call, mask):
    with pytest.raises(TypeError, match=r"masked array: pass keys\.compressed\(\)"):
        call(np.ma.array([1, 2, 3], mask=mask))


@pytest.mark.parametrize("thing", [None, 1.5, UUID(int=0), object(), int, len], ids=repr)
def test_neither_key_nor_batch(call, thing):
    with pytest.raises(TypeError, match=type(thing).__name__):
        call(thing)


def test_floats_in_other_containers(call):
    for container in ([1.5], (1.5,), iter([1.5]), array("d", [1.5]), memoryview(array("d", [1.5]))):
        with pytest.raises(TypeError, match="float is not"):
            call(container)


@pytest.mark.parametrize("keys", [["a"], [b"a"], ["a", 1]], ids=str)
def test_jump_takes_integers_alone(keys):
    for container in (keys, tuple(keys), iter(keys), np.array(keys), np.array(keys, object)):
        with pytest.raises(TypeError, match="integer"):
            jump(container, 5)
    with pytest.raises(TypeError, match="integer"):
        jump(np.array(["a"], np.dtypes.StringDType()), 5)
    with pytest.raises(TypeError, match="integer"):
        jump("a", 5)


def test_mask_that_reshapes_its_array():
    class Masked(np.ndarray):
        @property
        def mask(self):
            self.shape = ()

    with pytest.raises(TypeError, match="masked"):
        digests(np.arange(1).view(Masked))
