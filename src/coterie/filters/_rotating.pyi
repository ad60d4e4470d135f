from collections.abc import Callable
from datetime import timedelta
from os import PathLike
from typing import Literal, Self

from typing_extensions import disjoint_base

from coterie._types import Buffer, Key
from coterie.filters._sliced import Sliced

@disjoint_base
class RotatingBloomFilter(Sliced):
    def __init__(
        self,
        capacity: int,
        fpr: float = 0.01,
        *,
        window: float | timedelta | None = None,
        generations: int = 2,
        clock: Callable[[], float] | None = None,
        seed: int = 0,
        key: Buffer | None = None,
    ) -> None: ...
    def add(self, key: Key, /) -> None: ...
    def add_new(self, key: Key, /) -> bool: ...
    def contains(self, key: Key, /) -> bool: ...
    def rotate(self) -> None: ...
    def clear(self) -> None: ...
    @property
    def window(self) -> float | None: ...
    @property
    def generations(self) -> int: ...
    @property
    def bits_per_key(self) -> float: ...
    def approx_len(self) -> int: ...
    @classmethod
    def from_bytes(
        cls, data: Buffer, /, *, key: Buffer | None = None, clock: Callable[[], float] | None = None
    ) -> Self: ...
    @classmethod
    def open(  # type: ignore[override]
        cls,
        path: str | bytes | PathLike[str] | PathLike[bytes],
        /,
        mode: Literal["r", "c"] = "r",
        *,
        key: Buffer | None = None,
        clock: Callable[[], float] | None = None,
    ) -> Self: ...
    @classmethod
    def from_buffer(
        cls, buffer: Buffer, /, *, key: Buffer | None = None, clock: Callable[[], float] | None = None
    ) -> Self: ...

def resumed(
    clock: Callable[[], float] | None,
    cls: type[RotatingBloomFilter],
    data: Buffer,
    key: Buffer | None = None,
    /,
) -> RotatingBloomFilter: ...
