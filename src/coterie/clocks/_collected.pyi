from typing import final

__pyx_capi__: dict[str, object]

@final
class Numbers: ...

@final
class Columns:
    def __new__(cls, ids: object) -> Columns: ...

@final
class Successors: ...
