"""The file of `--plot`: a figure of matplotlib, which is imported here, and only when one is asked for."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from coterie._cli.errors import Refused, refusing_os_errors
from coterie._files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 120
FONT_SIZE = 9  # points

# The endings, and what is left out of a file so that the same figures give the same bytes.
METADATA: dict[str, dict[str, None]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}

# DejaVu Sans comes with matplotlib. The others have what it lacks, and are used if they are installed.
FONTS = (
    *("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "IPAexGothic"),
    *("Hiragino Sans", "PingFang SC", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic"),
)
STYLE: dict[str, Any] = {
    "font.size": FONT_SIZE,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.parse_math": False,  # a "$" in a name is a "$"
    "svg.hashsalt": "coterie",
}


@contextmanager
def open_picture(path: str) -> Iterator["Figure"]:
    """An empty figure that is drawn to `path` when the body has ended well; else nothing is left of it.

    A missing matplotlib, an unknown ending and a file that cannot be written are refused at once.
    """
    ending = os.path.splitext(path)[1].lower()
    if ending not in METADATA:
        raise Refused(f"--plot {path}: a picture ends in {', '.join(METADATA)}")
    try:
        from matplotlib import font_manager, style
        from matplotlib.figure import Figure
    except ImportError as error:
        raise Refused(_missing(error)) from error
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it remarks on fonts
    installed = font_manager.fontManager.get_font_names()
    fonts = {"font.family": [font for font in FONTS if font in installed]}
    with refusing_os_errors(path), replacing(path) as file, style.context(["default", STYLE, fonts]):
        figure = Figure(layout="constrained")
        yield figure
        figure.savefig(file, format=ending[1:], dpi=DOTS_PER_INCH, metadata=METADATA[ending])


def drawable(text: str) -> str:
    """The text with every character escaped that the fonts of the open picture lack."""
    if text.isascii():
        return text
    from matplotlib import font_manager, rcParams

    fonts = [font_manager.get_font(font_manager.findfont(name)) for name in rcParams["font.family"]]
    lacking = {char for char in text if not any(font.get_char_index(ord(char)) for font in fonts)}
    return "".join(char.encode("unicode_escape").decode() if char in lacking else char for char in text)


def _missing(error: ImportError) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == "matplotlib":
        return "--plot needs matplotlib: pip install 'coterie[plot]'"
    return f"--plot: matplotlib cannot be imported: {error}"
