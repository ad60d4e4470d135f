"""Numbers as people read them."""

UNITS = [(1, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")]


def unit_for(seconds):
    """(its length in seconds, its name) of the largest unit that keeps the number above 1."""
    return next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])


def digits(value):
    """About three significant digits, without an exponent."""
    if value >= 1e5:
        return f"{value / 1e6:.1f}M" if value >= 1e6 else f"{value / 1e3:.0f}k"
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3}f}"


def time(seconds, unit=""):
    """With its unit: "17.4 ns"; for a byte as a rate: "30.1 GB/s"."""
    if unit == "byte":
        return f"{digits(1e-9 / seconds)} GB/s"
    scale, name = unit_for(seconds)
    return f"{digits(seconds / scale)} {name}"


def micro(text):
    """With the sign that a page can show and not every terminal."""
    return text.replace("us", "µs")
