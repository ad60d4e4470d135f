"""Rows of cells as lines of text."""

from collections.abc import Sequence

from coterie._cli.text import width


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Lines of equal width: the first `left` cells of each row to the left, the others to the right."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(row, widths, left)) for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int], left: int) -> list[str]:
    pads = [" " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)]
    pairs = list(zip(row, pads, strict=True))
    return [cell + pad for cell, pad in pairs[:left]] + [pad + cell for cell, pad in pairs[left:]]
