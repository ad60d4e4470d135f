"""How large the caches are, and sets of memory that live in one of them or in none."""

import os
from pathlib import Path

SYSTEM = Path(
    "/sys/devices/system/cpu/cpu0/cache"
)  # first: sysconf may tell what the host of a virtual machine has
MIB = 2**20


def size(level, otherwise):
    """The bytes of a level of the caches, as the first CPU sees it."""
    for folder in sorted(SYSTEM.glob("index*")):
        try:
            found, kind, text = (
                folder.joinpath(name).read_text().strip() for name in ("level", "type", "size")
            )
        except OSError:
            continue
        if found == str(level) and kind != "Instruction" and text.endswith("K"):
            return int(text[:-1]) * 1024
    try:
        return os.sysconf(f"SC_LEVEL{level}_CACHE_SIZE") or otherwise
    except (ValueError, OSError, AttributeError):
        return otherwise


def ram():
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 8192 * MIB


L2 = size(2, MIB)
L3 = size(3, 8 * L2)
SETS = {  # three quarters of a cache, so that a call's keys find room beside it
    "L2": L2 // 4 * 3,
    "L3": min(L3 // 4 * 3, 64 * MIB),  # the largest ones are shared with strangers
    "DRAM": min(max(8 * L3, 256 * MIB), 2048 * MIB, ram() // 8) // (16 * MIB) * (16 * MIB),
}
