from typing import final

__pyx_capi__: dict[str, object]

@final
class Slots: ...

@final
class Forget:
    def __init__(self, key: tuple[object, ...]) -> None: ...
    def __call__(self, gone: object) -> None: ...
