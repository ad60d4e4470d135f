"""How large the CPU's caches are."""

from pathlib import Path

USUAL = 1 << 20  # bytes of a second cache
UNITS = {"K": 10, "M": 20}


def second_cache() -> int:
    """The bytes of the second cache of a core; a usual size where the system does not say."""
    try:
        for folder in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
            if (folder / "level").read_text().strip() == "2":
                size = (folder / "size").read_text().strip()
                return int(size[:-1]) << UNITS[size[-1]]
    except (OSError, ValueError, KeyError, IndexError):
        pass
    return USUAL
