from os import PathLike
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from coterie._stored import Stored
from coterie._types import Buffer, Keys, Nulls

__pyx_capi__: dict[str, object]

class Scheme(Stored):
    __reversed__: ClassVar[None]
    def tokens(
        self,
        keys: Keys,
        /,
        *,
        hashed: bool = False,
        nulls: Nulls = "raise",
        out: NDArray[np.uint64] | None = None,
    ) -> NDArray[np.uint64]: ...
    def to_bytes(self) -> bytes: ...
    @classmethod
    def from_bytes(cls, data: Buffer, /) -> Self: ...
    def save(self, path: str | bytes | PathLike[str] | PathLike[bytes], /) -> None: ...
    @classmethod
    def open(cls, path: str | bytes | PathLike[str] | PathLike[bytes], /) -> Self: ...
