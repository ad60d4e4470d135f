from os import PathLike
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

from coterie._types import Buffer, Key, Keys, Nulls
from coterie.filters._filter import Filter

@disjoint_base
class FuseFilter(Filter):
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __init__(
        self,
        keys: Keys,
        *,
        bits: int = 8,
        seed: int = 0,
        key: Buffer | None = None,
        hashed: bool = False,
        nulls: Nulls = "raise",
    ) -> None: ...
    def __contains__(self, key: Key, /) -> bool: ...
    def contains(self, key: Key, /) -> bool: ...
    def contains_many(
        self,
        keys: Keys,
        /,
        *,
        hashed: bool = False,
        nulls: Nulls = "raise",
        out: NDArray[np.bool] | None = None,
    ) -> NDArray[np.bool]: ...
    @property
    def bits(self) -> int: ...
    @property
    def fpr(self) -> float: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def bits_per_key(self) -> float: ...
    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    @classmethod
    def open(  # type: ignore[override]
        cls,
        path: str | bytes | PathLike[str] | PathLike[bytes],
        /,
        mode: Literal["r"] = "r",
        *,
        key: Buffer | None = None,
    ) -> Self: ...
