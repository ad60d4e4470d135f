from os import PathLike
from typing import Literal, Self

from typing_extensions import disjoint_base

from coterie._types import Buffer, Key
from coterie.filters._sliced import Sliced

@disjoint_base
class ScalableBloomFilter(Sliced):
    def __init__(
        self,
        capacity: int = 1024,
        fpr: float = 0.01,
        *,
        growth: int = 2,
        tightening: float = 0.85,
        seed: int = 0,
        key: Buffer | None = None,
    ) -> None: ...
    def add(self, key: Key, /) -> None: ...
    def add_new(self, key: Key, /) -> bool: ...
    def contains(self, key: Key, /) -> bool: ...
    def clear(self) -> None: ...
    @property
    def capacity(self) -> int: ...
    @property
    def growth(self) -> int: ...
    @property
    def tightening(self) -> float: ...
    @property
    def slices(self) -> int: ...
    @property
    def bits_per_key(self) -> float: ...
    def approx_len(self) -> int: ...
    @classmethod
    def open(  # type: ignore[override]
        cls,
        path: str | bytes | PathLike[str] | PathLike[bytes],
        /,
        mode: Literal["r", "c"] = "r",
        *,
        key: Buffer | None = None,
    ) -> Self: ...
    @classmethod
    def from_buffer(cls, buffer: Buffer, /, *, key: Buffer | None = None) -> Self: ...
