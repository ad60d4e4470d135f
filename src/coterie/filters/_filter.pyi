from os import PathLike
from typing import Literal, Self

from typing_extensions import disjoint_base

from coterie._stored import Stored
from coterie._types import Buffer

__pyx_capi__: dict[str, object]

@disjoint_base
class Filter(Stored):
    @property
    def seed(self) -> int: ...
    def to_bytes(self) -> bytes: ...
    @classmethod
    def from_bytes(cls, data: Buffer, /, *, key: Buffer | None = None) -> Self: ...
    def save(self, path: str | bytes | PathLike[str] | PathLike[bytes], /) -> None: ...
    @classmethod
    def open(
        cls,
        path: str | bytes | PathLike[str] | PathLike[bytes],
        /,
        mode: Literal["r", "r+", "c"] = "r",
        *,
        key: Buffer | None = None,
    ) -> Self: ...
    @classmethod
    def from_buffer(cls, buffer: Buffer, /, *, key: Buffer | None = None) -> Self: ...
    def verify(self) -> None: ...

def unpickled(cls: type[Filter], data: Buffer, key: Buffer | None = None, /) -> Filter: ...
