import os
from typing import BinaryIO, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

from coterie._types import Buffer, Keys
from coterie.filters._foreign import ForeignFilter

_Type: TypeAlias = Literal["BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY", "INT32", "INT64"]
_Nulls: TypeAlias = Literal["raise", "skip"]

@disjoint_base
class ParquetBloomFilter(ForeignFilter):
    def __init__(
        self, capacity: int, fpr: float = 0.01, *, type: _Type = "BYTE_ARRAY", power_of_two: bool = True
    ) -> None: ...
    def update(self, keys: Keys, /, *, hashed: bool = False, nulls: _Nulls = "raise") -> None: ...
    def contains_many(
        self,
        keys: Keys,
        /,
        *,
        hashed: bool = False,
        nulls: _Nulls | bool = "raise",
        out: NDArray[np.bool] | None = None,
    ) -> NDArray[np.bool]: ...
    @property
    def type(self) -> _Type: ...
    def estimated_fpr(self) -> float: ...
    def to_bytes(self) -> bytes: ...
    @classmethod
    def from_bytes(cls, data: Buffer, /, *, type: _Type) -> Self: ...
    @classmethod
    def read(
        cls,
        file: str | os.PathLike[str] | BinaryIO | Buffer,
        offset: int,
        length: int | None = None,
        /,
        *,
        type: _Type,
    ) -> Self: ...
