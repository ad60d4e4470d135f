"""Python's own protocols: pickles, copies, subclasses, objects without __init__, repr, hash, iteration."""

import contextlib
import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest

import coterie
from coterie import BloomFilter, CapacityWarning
from tests.filters.blooms import KEY, aligned, filled, layouts, refuse, state

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
KEYS = [f"user:{i}" for i in range(500)]
WAYS = {
    "copy": lambda bloom: bloom.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {p}": lambda bloom, p=p: pickle.loads(pickle.dumps(bloom, p)) for p in PROTOCOLS},
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
OPTIONS = [{}, {"seed": 2**64 - 1}, {"strict": True}, {"layout": "pair"}, {"layout": "classic"}]


class Tagged(BloomFilter):
    """A subclass with attributes."""

    def __init__(self, capacity, fpr=0.01, *, tag=None, **options):
        super().__init__(capacity, fpr, **options)
        self.tag = tag


class Slotted(BloomFilter):
    """A subclass with a slot."""

    __slots__ = ("tag",)


class Stateful(BloomFilter):
    """A subclass that says itself what its state is."""

    def __getstate__(self):
        return {"kept": self.tag}

    def __setstate__(self, kept):
        self.tag = kept["kept"]


class Forgetful(BloomFilter):
    """A subclass that does not initialise."""

    def __init__(self):
        pass


# ---- copies and pickles ----


@ways
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_copies(way, options):
    bloom = filled(KEYS, 1000, **options)
    copied = way(bloom)
    assert type(copied) is BloomFilter
    assert copied is not bloom
    assert copied == bloom
    assert state(copied) == state(bloom)
    before = state(bloom)
    copied.update(range(100))
    assert copied.contains_many(range(100)).all()
    assert state(bloom) == before


@ways
@pytest.mark.parametrize("cls", [Tagged, Slotted, Stateful])
def test_subclasses_keep_their_state(way, cls):
    bloom = cls(1000)
    bloom.tag = ["a"]
    bloom.update(KEYS)
    copied = way(bloom)
    assert type(copied) is cls
    assert copied == bloom
    assert copied.tag == ["a"]
    assert (copied.tag is bloom.tag) == (way in (WAYS["copy"], WAYS["copy.copy"]))
    assert copied.contains_many(KEYS).all()


class Lower(BloomFilter):
    """A subclass that changes keys on their way."""

    def update(self, keys, **options):
        super().update((key.lower() for key in keys), **options)


def test_overridden_methods_are_asked_once():
    bloom = Lower(100)
    bloom.update(["A", "b"])
    assert bloom == filled(["a", "b"])
    bloom.update(iter(["C"]))
    assert bloom == filled(["a", "b", "c"])
    assert bloom.add_new_many(["D"]).tolist() == [True]


def test_deepcopy_of_a_cycle():
    bloom = Tagged(100)
    bloom.tag = {"self": bloom}
    copied = copy.deepcopy(bloom)
    assert copied.tag["self"] is copied
    assert copied is not bloom


def test_operators_of_subclasses():
    a, b = Tagged(100, tag=1), Tagged(100, tag=2)
    a.update(["a"])
    b.update(["b"])
    assert isinstance(a | b, BloomFilter)
    assert (a | b).contains_many(["a", "b"]).all()
    assert a != b
    same = a
    a |= b
    assert a is same
    assert a.tag == 1
    assert a == filled(["a", "b"])


def test_bytes_of_subclasses(tmp_path):
    bloom = Tagged(1000)
    bloom.update(KEYS)
    bloom.save(tmp_path / "bloom")
    for read in (
        Tagged.from_bytes(bloom.to_bytes()),
        Tagged.open(tmp_path / "bloom"),
        Tagged.open(tmp_path / "bloom", "r+"),
        Tagged.from_buffer(aligned(bloom.to_bytes())),
    ):
        assert type(read) is Tagged
        assert read == bloom


def test_pickled_out_of_band():
    """The bits do not pass through the pickle."""
    bloom = filled(KEYS, 1_000_000)
    buffers = []
    data = pickle.dumps(bloom, 5, buffer_callback=buffers.append)
    assert len(data) < 1000
    assert sum(buffer.raw().nbytes for buffer in buffers) >= bloom.nbytes
    read = pickle.loads(data, buffers=buffers)
    assert read == bloom
    before = state(bloom)
    read.add("new")
    assert "new" in read
    assert state(bloom) == before
    writable = [bytearray(buffer.raw()) for buffer in buffers]
    again = pickle.loads(data, buffers=writable)
    again.add("new")
    assert "new" in again


def test_what_was_pickled_out_of_band_may_change_later():
    """The buffers are those of the moment, or keep the filter from changing: never something in between."""
    bloom = filled(KEYS, 1000)
    want = bloom.copy()
    buffers = []
    data = pickle.dumps(bloom, 5, buffer_callback=buffers.append)
    bloom.update(range(300))
    assert pickle.loads(data, buffers=buffers) == want
    assert bloom.contains_many(range(300)).all()


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@ways
def test_copies_of_opened_filters(way, mode, tmp_path):
    """They are independent of the file."""
    filled(KEYS, 1000).save(tmp_path / "bloom")
    opened = BloomFilter.open(tmp_path / "bloom", mode)
    data = opened.to_bytes()
    copied = way(opened)
    copied.update(range(100))
    assert copied.contains_many(range(100)).all()
    assert opened.to_bytes() == data


# ---- objects that nobody initialised ----

CALLS = {
    "in": lambda bloom: "a" in bloom,
    "contains": lambda bloom: bloom.contains("a"),
    "contains_many": lambda bloom: bloom.contains_many(["a"]),
    "contains_many of none": lambda bloom: bloom.contains_many([]),
    "contains_many of an array": lambda bloom: bloom.contains_many(np.arange(5000)),
    "add": lambda bloom: bloom.add("a"),
    "add_new": lambda bloom: bloom.add_new("a"),
    "update": lambda bloom: bloom.update(["a"]),
    "update of none": lambda bloom: bloom.update([]),
    "update of an array": lambda bloom: bloom.update(np.arange(5000)),
    "add_new_many": lambda bloom: bloom.add_new_many(["a"]),
    "copy": lambda bloom: bloom.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "clear": lambda bloom: bloom.clear(),
    "approx_len": lambda bloom: bloom.approx_len(),
    "estimated_fpr": lambda bloom: bloom.estimated_fpr(),
    "to_bytes": lambda bloom: bloom.to_bytes(),
    "save": lambda bloom: bloom.save("/dev/null"),
    "verify": lambda bloom: bloom.verify(),
    "pickle": lambda bloom: pickle.dumps(bloom),
    "pickle 5": lambda bloom: pickle.dumps(bloom, 5),
    "bool": bool,
    "repr": repr,
    "str": str,
    "==": lambda bloom: bloom == filled(["a"]),
    "== itself": lambda bloom: bloom == bloom.__class__.__new__(bloom.__class__),
    "!=": lambda bloom: bloom != filled(["a"]),
    **{
        name: lambda bloom, name=name: getattr(BloomFilter, name)(bloom, filled(["a"]))
        for name in ("__or__", "__and__", "__ior__", "__iand__", "__le__", "__lt__", "__ge__", "__gt__")
    },
    **{
        f"{name} from the left": lambda bloom, name=name: getattr(BloomFilter, name)(filled(["a"]), bloom)
        for name in ("__or__", "__and__", "__ior__", "__iand__", "__le__", "__lt__", "__ge__", "__gt__")
    },
    **{
        name: lambda bloom, name=name: getattr(bloom, name)
        for name in (
            *("capacity", "fpr", "seed", "layout", "strict", "nbytes"),
            *("bits_per_key", "fill_ratio"),
        )
    },
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    "make", [lambda: BloomFilter.__new__(BloomFilter), Forgetful], ids=["new", "subclass"]
)
def test_without_init(make, call):
    """It is a filter for one key, and may be initialised afterwards."""
    bloom = make()
    assert not bloom
    assert bloom == BloomFilter(1)
    with contextlib.suppress(ValueError, TypeError), warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        call(bloom)
    assert BloomFilter.__new__(BloomFilter) == BloomFilter(1)  # they share nothing that changes
    BloomFilter.__init__(bloom, 100)
    bloom.update(["a"])
    assert bloom == filled(["a"])
    assert state(bloom) == state(filled(["a"]))


@layouts
def test_init_again(layout):
    """As good as new."""
    bloom = filled(KEYS, 1000, seed=5, strict=True)
    kept = bloom.copy()
    bloom.__init__(100, 0.2, seed=3, layout=layout)
    assert state(bloom) == state(BloomFilter(100, 0.2, seed=3, layout=layout))
    assert kept == filled(KEYS, 1000, seed=5, strict=True)


def test_failing_init_leaves_what_was_there():
    bloom = filled(KEYS, 1000, seed=5)
    bad = [((0,), {}), ((10, 2), {}), ((10,), {"seed": -1}), ((10,), {"layout": "x"}), (("a",), {})]
    bad += [
        ((10,), {"key": b"short"}),
        ((10,), {"key": 5}),
        ((10, 1e-12), {"layout": "block"}),
        ((2**40, 1e-9), {}),
        ((10,), {"seed": 6, "strict": np.array([1, 2])}),  # neither true nor false
    ]
    for arguments, options in bad:
        refuse(bloom, (TypeError, ValueError), "", bloom.__init__, *arguments, **options)
        assert "user:1" in bloom
        assert bloom == filled(KEYS, 1000, seed=5)


def test_base_alone():
    """Nothing can be made of it, and nothing breaks."""
    base = BloomFilter.__mro__[1]
    for cls in (base, type("Subclass", (base,), {})):
        for make in (
            cls,
            lambda cls=cls: cls.__new__(cls),
            lambda cls=cls: cls.from_bytes(BloomFilter(1).to_bytes()),
        ):
            with pytest.raises(TypeError, match="only a base"):
                make()


# ---- what it is not ----


def test_not_hashable():
    assert BloomFilter.__hash__ is None
    with pytest.raises(TypeError, match="unhashable"):
        hash(filled(["a"]))


def test_not_iterable():
    bloom = filled(["a"])
    for call in (iter, list, len, reversed, sorted, lambda bloom: "a" in [*bloom]):
        with pytest.raises(TypeError):
            call(bloom)
    with pytest.raises(TypeError):
        bloom["a"]


def test_equality():
    bloom = filled(KEYS, 1000, seed=5)
    assert bloom == filled(KEYS[::-1], 1000, seed=5)
    for other in (
        filled(KEYS[1:], 1000, seed=5),
        filled(KEYS, 1000, seed=6),
        filled(KEYS, 2000, seed=5),
        filled(KEYS, 1000, 0.001, seed=5),
        filled(KEYS, 1000, seed=5, layout="classic"),
        filled(KEYS, 1000, seed=5, key=KEY),
        *(None, 5, "a", set(KEYS), object()),
    ):
        assert (bloom == other) is (other == bloom) is False
        assert bloom != other

    class Anything:
        def __eq__(self, other):
            return True

    assert bloom == Anything()


# ---- text ----


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_repr(options):
    bloom = filled(KEYS, 1000, 0.001, **options)
    text = repr(bloom)
    assert text == str(bloom) == f"{bloom}"
    assert len(text) < 200
    for part in ("BloomFilter", "1000", "0.001"):
        assert part in text


def test_repr_of_subclasses():
    assert "Tagged" in repr(Tagged(100))


SIGNATURES = {
    "add": "(self, key, /)",
    "add_new": "(self, key, /)",
    "contains": "(self, key, /)",
    "update": "(self, keys, /, *, hashed=False, nulls='raise')",
    "add_new_many": "(self, keys, /, *, hashed=False, nulls='raise', out=None)",
    "contains_many": "(self, keys, /, *, hashed=False, nulls='raise', out=None)",
    "copy": "(self, /)",
    "clear": "(self, /)",
    "approx_len": "(self, /)",
    "estimated_fpr": "(self, /)",
    "verify": "(self, /)",
    "to_bytes": "(self, /)",
    "from_bytes": "(data, /, *, key=None)",
    "from_buffer": "(buffer, /, *, key=None)",
    "save": "(self, path, /)",
    "open": "(path, /, mode='r', *, key=None)",
}
PROPERTIES = {"capacity", "fpr", "seed", "layout", "strict", "nbytes", "bits_per_key", "fill_ratio"}


def test_signatures():
    want = "(capacity, fpr=0.01, *, seed=0, key=None, layout='auto', strict=False)"
    assert str(inspect.signature(BloomFilter)) == want
    for name, text in SIGNATURES.items():
        signature = str(inspect.signature(getattr(BloomFilter, name)))
        assert signature.replace("(self, /)", "(self)") == text.replace("(self, /)", "(self)"), name


def test_names():
    assert BloomFilter.__name__ == BloomFilter.__qualname__ == "BloomFilter"
    assert BloomFilter is coterie.BloomFilter is coterie.filters.BloomFilter
    public = {name for name in dir(BloomFilter) if not name.startswith("_")}
    assert public == SIGNATURES.keys() | PROPERTIES
    for name in public:
        assert getattr(BloomFilter, name).__doc__, name


def test_types_of_properties():
    bloom = filled(KEYS, 1000)
    types = {name: type(getattr(bloom, name)) for name in PROPERTIES}
    ints, floats = dict.fromkeys(("capacity", "seed", "nbytes"), int), ("fpr", "bits_per_key", "fill_ratio")
    assert types == {**ints, **dict.fromkeys(floats, float), "layout": str, "strict": bool}
    assert type(bloom.contains("a")) is type(bloom.add_new("a")) is bool
    assert type(bloom.estimated_fpr()) is float
