"""Interval tree clocks as their paper defines them, by recursion.

Almeida, Baquero, Fonte, "Interval Tree Clocks: A Logical Clock for Dynamic Systems", 2008. An id is 0, 1
or a pair; a history is a number or a triple of a number and two histories, which count on top of it.
"""

SPLIT = 1000  # what a leaf that is split costs, beside a level of depth


def norm_id(id):
    """An id whose halves are in normal form, in normal form."""
    return id[0] if id in ((0, 0), (1, 1)) else id


def lift(e, m):
    """A history that is greater by m everywhere."""
    return e + m if isinstance(e, int) else (e[0] + m, *e[1:])


def least(e):
    """The least count, of a history in normal form."""
    return e if isinstance(e, int) else e[0]


def greatest(e):
    """The greatest count."""
    return e if isinstance(e, int) else e[0] + max(greatest(e[1]), greatest(e[2]))


def norm(n, left, right):
    """A history whose halves are in normal form, in normal form."""
    if isinstance(left, int) and left == right:
        return n + left
    m = min(least(left), least(right))
    return n + m, lift(left, -m), lift(right, -m)


def leq(a, b):
    """Whether history b knows all that a knows."""
    if isinstance(a, int):
        return a <= least(b)
    n, left, right = a
    if isinstance(b, int):
        return n <= b and leq(lift(left, n), b) and leq(lift(right, n), b)
    m, other, another = b
    return n <= m and leq(lift(left, n), lift(other, m)) and leq(lift(right, n), lift(another, m))


def join(a, b):
    """The history that knows what both know."""
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    n, *a_halves = (a, 0, 0) if isinstance(a, int) else a
    m, *b_halves = (b, 0, 0) if isinstance(b, int) else b
    return norm(0, *(join(lift(x, n), lift(y, m)) for x, y in zip(a_halves, b_halves, strict=True)))


def split(id):
    """The two halves of an id."""
    if id == 0:
        return 0, 0
    if id == 1:
        return (1, 0), (0, 1)
    left, right = id
    if left == 0:
        a, b = split(right)
        return (0, a), (0, b)
    if right == 0:
        a, b = split(left)
        return (a, 0), (b, 0)
    return (left, 0), (0, right)


def add(a, b):
    """The id that owns what both own. ValueError if they overlap."""
    if a == 0 or b == 0:
        return a or b
    if a == 1 or b == 1:
        raise ValueError("the ids overlap")
    return norm_id((add(a[0], b[0]), add(a[1], b[1])))


def fill(id, e):
    """The history made simpler by counts that the id owns."""
    if id == 0 or isinstance(e, int):
        return e
    if id == 1:
        return greatest(e)
    n, left, right = e
    if id[0] == 1:
        right = fill(id[1], right)
        return norm(n, max(greatest(left), least(right)), right)
    if id[1] == 1:
        left = fill(id[0], left)
        return norm(n, left, max(greatest(right), least(left)))
    return norm(n, fill(id[0], left), fill(id[1], right))


def grow(id, e):
    """The history with one more event of the id, in the cheapest place, and what that costs."""
    if isinstance(e, int):
        if id == 1:
            return e + 1, 0
        grown, cost = grow(id, (e, 0, 0))
        return grown, cost + SPLIT
    n, left, right = e
    options = []
    if id[1] != 0:
        grown, cost = grow(id[1], right)
        options.append((cost + 1, (n, left, grown)))
    if id[0] != 0:
        grown, cost = grow(id[0], left)
        options.append((cost + 1, (n, grown, right)))
    cost, grown = min(options, key=lambda option: option[0])  # the right one, if they cost the same
    return grown, cost


def event(id, e):
    """The history with one more event of the id."""
    filled = fill(id, e)
    return filled if filled != e else grow(id, e)[0]


# ---- bits, as a text of 0 and 1 ----


def bits_of_id(id):
    """An id as bits."""
    if isinstance(id, int):
        return f"00{id}"
    left, right = id
    if left == 0:
        return "01" + bits_of_id(right)
    if right == 0:
        return "10" + bits_of_id(left)
    return "11" + bits_of_id(left) + bits_of_id(right)


def bits_of_history(e):
    """A history as bits."""
    if isinstance(e, int):
        return "1" + bits_of_number(e, 2)
    n, left, right = e
    first, second = ("" if half == 0 else bits_of_history(half) for half in (left, right))
    kind = {(True, False): "00", (False, True): "01", (False, False): "1"}[left == 0, right == 0]
    if n == 0:
        return "0" + {"00": "00", "01": "01", "1": "10"}[kind] + first + second
    return "011" + {"00": "00", "01": "01", "1": "1"}[kind] + bits_of_history(n) + first + second


def bits_of_number(n, width):
    """A number as bits: as many ones as its width is above two, and a zero, before it."""
    return f"0{n:0{width}b}" if n < 1 << width else "1" + bits_of_number(n - (1 << width), width + 1)


def to_bytes(id, e):
    """A stamp as bytes."""
    bits = bits_of_id(id) + bits_of_history(e)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")
