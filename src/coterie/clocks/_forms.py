"""How clocks are written for others: numbers as bytes, and frames of JSON."""

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn, TypeAlias

from coterie._errors import DecodeError
from coterie.clocks._ids import check_most

PlainId: TypeAlias = str | bytes | int
Range: TypeAlias = tuple[PlainId, int, int]
Entry: TypeAlias = tuple[PlainId, int, list[Any]]

SAFE = 2**53 - 1  # the largest int that every reader of JSON keeps exactly
MINUS_ZERO = re.compile(r"-0[\s,\]}]")  # would be read as 0; ids and values may look like it too


def a(name: str) -> str:
    """A name with its article."""
    return f"an {name}" if name[0] in "AEIOU" else f"a {name}"


def bytes_of(data: object, name: str) -> bytes:
    """The bytes of a buffer. TypeError if it is none."""
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(f"data is a {type(data).__name__}: pass the bytes of {a(name)}")
    return bytes(data)


def stamp_to_bytes(stamp: int) -> bytes:
    """Eight bytes that sort as the stamps do."""
    return stamp.to_bytes(8, "big")


def stamp_of_bytes(data: object, most: int, name: str) -> int:
    """The stamp of eight bytes. DecodeError if they are more or fewer, or it is above `most`."""
    data = bytes_of(data, name)
    stamp = int.from_bytes(data, "big")
    if len(data) != 8:
        raise DecodeError(f"not a {name}: {len(data)} bytes instead of 8")
    if stamp > most:
        raise DecodeError(f"not a {name}: its stamp is above {most}")
    return stamp


# ---- JSON ----


def number_to_json(number: int) -> int | str:
    """An int as it stands in JSON."""
    return number if number <= SAFE else str(number)


def number_of_json(value: object, most: int, name: str) -> int:
    """The int 0 .. most that a value of JSON is."""
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit()) or (value[0] == "0" and value != "0") or len(value) > 20:
            raise DecodeError(f"not {a(name)}: {value[:40]!r} is no number")
        value = int(value)
    if type(value) is not int:
        raise DecodeError(f"not {a(name)}: a {type(value).__name__} stands where a number should")
    if not 0 <= value <= most:
        raise DecodeError(f"not {a(name)}: a number lies outside of 0 .. {most}")
    return value


def frame_to_json(fields: dict[str, Any]) -> str:
    """A dict as JSON without spaces, in its order."""
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def frame_of_json(text: object, fields: Sequence[str], name: str) -> dict[str, Any]:
    """The dict that JSON describes. DecodeError unless it has version 1 and exactly these fields, if any."""
    text = text_of(text, name)
    parse_int = unsigned if MINUS_ZERO.search(text) else None
    try:
        frame = json.loads(
            text, object_pairs_hook=distinct, parse_int=parse_int, parse_float=refuse, parse_constant=refuse
        )
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not {a(name)}: {str(error) or 'nested too deeply'}") from None
    if type(frame) is not dict or "v" not in frame or (fields and set(frame) != {"v", *fields}):
        raise DecodeError(f"not {a(name)}: its JSON is an object with exactly {', '.join(('v', *fields))}")
    if type(frame["v"]) is not int or frame["v"] != 1:
        raise DecodeError(f"not {a(name)}: v is not 1: written by another version of Coterie")
    return frame


def text_of(text: object, name: str) -> str:
    """A str, or what bytes say in UTF-8. DecodeError if it is neither."""
    if isinstance(text, bytes | bytearray | memoryview):
        try:
            text = bytes(text).decode()
        except UnicodeDecodeError:
            raise DecodeError(f"not {a(name)}: the bytes are not UTF-8") from None
    if not isinstance(text, str):
        raise DecodeError(f"not {a(name)}: text is a {type(text).__name__}: pass a str, or bytes in UTF-8")
    return text


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dict of pairs. ValueError if a key comes twice."""
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a key stands there twice")
    return result


def unsigned(number: str) -> int:
    """An int, without a sign. It takes longer than without, so it is for texts that may have a -0."""
    if number[0] == "-":
        raise ValueError(f"{number[:40]} has a sign")
    return int(number)


def refuse(number: str) -> NoReturn:
    """No floats."""
    raise ValueError(f"{number[:40]} is no int")


def stamp_to_json(kind: str, stamp: int) -> str:
    """The frame of a clock that is a stamp."""
    return frame_to_json({"v": 1, "k": kind, "c": number_to_json(stamp)})


def stamp_of_json(text: object, kind: str, most: int, name: str) -> int:
    """The stamp of such a frame."""
    frame = frame_of_json(text, ("k", "c"), name)
    if frame["k"] != kind:
        raise DecodeError(f"not a {name}: k is not {kind!r}")
    return number_of_json(frame["c"], most, name)


# ---- ids and counters ----

KINDS = {"str": 1, "bytes": 2, "int": 3}
NAMES = {number: name for name, number in KINDS.items()}
MOST_COUNT = 2**63 - 1


def id_to_key(id: PlainId) -> str:
    """An id as a key of JSON."""
    return id if isinstance(id, str) else id.hex() if isinstance(id, bytes) else str(id)


def id_of_key(key: str, kind: str, name: str) -> PlainId:
    """The id that a key of JSON is."""
    id: PlainId | None = None
    if kind == "str":
        id = key
    elif kind == "int" and key.isascii() and key.isdigit() and len(key) <= 20:
        id = int(key) if int(key) < 2**64 else None
    elif kind == "bytes" and len(key) % 2 == 0 and not set(key) - set("0123456789abcdef"):
        id = bytes.fromhex(key)
    if id is None or id_to_key(id) != key:
        raise DecodeError(f"not a {name}: {key[:40]!r} is no id of kind {kind}")
    if not isinstance(id, int):
        try:
            size = len(id.encode() if isinstance(id, str) else id)
        except UnicodeEncodeError:
            raise DecodeError(f"not a {name}: an id has a lone surrogate") from None
        if not 1 <= size <= 1024:
            raise DecodeError(f"not a {name}: an id has {size} bytes")
    return id


def ids_to_json(values: Sequence[tuple[PlainId, Any]], kind: int) -> str:
    """The frame of ids and what they have."""
    if not values:
        return frame_to_json({"v": 1, "c": {}})
    return frame_to_json({"v": 1, "k": NAMES[kind], "c": {id_to_key(id): value for id, value in values}})


def ids_of_json(text: object, max_entries: int, name: str) -> tuple[list[tuple[PlainId, Any]], int, int]:
    """The pairs of ids and what they have, in the order of such a frame, the kind of the ids, and how many
    further entries are accepted."""
    left = check_most(max_entries)
    frame = frame_of_json(text, (), name)
    if set(frame) not in ({"v", "c"}, {"v", "k", "c"}):
        raise DecodeError(f"not a {name}: its JSON is an object with v, c and, unless it is empty, k")
    values, kind = frame["c"], frame.get("k", "")
    if type(values) is not dict or ("k" in frame) != bool(values):
        raise DecodeError(f"not a {name}: c is an object, and k stands there unless it is empty")
    if not isinstance(kind, str) or (values and kind not in KINDS):
        raise DecodeError(f"not a {name}: k is not one of {', '.join(KINDS)}")
    left -= len(values)
    if left < 0:
        raise DecodeError(f"not a {name}: it has {len(values)} entries, more than max_entries")
    return [(id_of_key(key, kind, name), value) for key, value in values.items()], KINDS.get(kind, 0), left


def entries_to_json(ids: Sequence[PlainId], kind: int, counts: Sequence[int]) -> str:
    """The frame of ids and their counters."""
    return ids_to_json([(id, number_to_json(count)) for id, count in zip(ids, counts, strict=True)], kind)


def entries_of_json(text: object, max_entries: int, name: str) -> dict[PlainId, int]:
    """The dict of such a frame."""
    entries: dict[PlainId, int] = {}
    for id, value in ids_of_json(text, max_entries, name)[0]:
        entries[id] = number_of_json(value, MOST_COUNT, name)
        if entries[id] == 0:
            raise DecodeError(f"not a {name}: the counter of {str(id)[:40]!r} is 0")
    return entries


def ranges_to_json(ranges: Sequence[Range], kind: int) -> str:
    """The frame of ids and their ranges."""
    by_id: dict[PlainId, list[list[int | str]]] = {}
    for id, first, last in ranges:
        by_id.setdefault(id, []).append([number_to_json(first), number_to_json(last)])
    return ids_to_json(list(by_id.items()), kind)


def ranges_of_json(text: object, max_entries: int, name: str) -> tuple[list[Range], int]:
    """The ranges of such a frame, sorted, and the kind of the ids."""
    pairs, kind, left = ids_of_json(text, max_entries, name)
    ranges: list[Range] = []
    for id, own in pairs:
        if type(own) is not list or not own:
            raise DecodeError(f"not a {name}: {str(id)[:40]!r} has no list of ranges")
        before = -1
        for pair in own:
            if type(pair) is not list or len(pair) != 2:
                raise DecodeError(f"not a {name}: a range is a list of two counters")
            first, last = (number_of_json(number, MOST_COUNT, name) for number in pair)
            if first < max(before + 2, 1) or last < first:
                raise DecodeError(f"not a {name}: ranges are sorted, and lie apart")
            ranges.append((id, first, last))
            before = last
        left -= len(own) - (ranges[-len(own)][1] == 1)
    if left < 0:
        raise DecodeError(f"not a {name}: it has more entries than max_entries")
    return sorted(ranges), kind


def siblings_to_json(entries: Sequence[Entry], kind: int) -> str:
    """The frame of ids, each with its counter and its values."""
    for _, _, values in entries:
        for value in values:
            if not isinstance(value, str):
                raise TypeError(f"a value is a {type(value).__name__}: only str has JSON")
    return ids_to_json([(id, [number_to_json(count), values]) for id, count, values in entries], kind)


def siblings_of_json(text: object, max_entries: int, name: str) -> list[Entry]:
    """The entries of such a frame."""
    entries: list[Entry] = []
    pairs, _, left = ids_of_json(text, max_entries, name)
    for id, pair in pairs:
        if type(pair) is not list or len(pair) != 2 or type(pair[1]) is not list:
            raise DecodeError(f"not a {name}: {str(id)[:40]!r} has a list of a counter and a list of values")
        count, values = number_of_json(pair[0], MOST_COUNT, name), pair[1]
        if not all(isinstance(value, str) and is_text(value) for value in values):
            raise DecodeError(f"not a {name}: a value is no text")
        if not max(len(values), 1) <= count:
            raise DecodeError(f"not a {name}: {str(id)[:40]!r} has more values than writes")
        left -= len(values)
        entries.append((id, count, values))
    if left < 0:
        raise DecodeError(f"not a {name}: it has more entries than max_entries")
    return entries


def is_text(value: str) -> bool:
    """Whether a str has no lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def cells_to_json(hashes: int, seed: int, counts: Sequence[int]) -> str:
    """The frame of a Bloom clock."""
    cells = [number_to_json(count) for count in counts]
    return frame_to_json({"v": 1, "k": "bloom", "h": hashes, "s": number_to_json(seed), "c": cells})


def cells_of_json(text: object, most: int, name: str) -> tuple[int, int, list[int]]:
    """The hashes, the seed and the counts of such a frame."""
    frame = frame_of_json(text, ("k", "h", "s", "c"), name)
    cells = frame["c"]
    if frame["k"] != "bloom" or type(cells) is not list or not 1 <= len(cells) <= most:
        raise DecodeError(f"not a {name}: k is not 'bloom', or c is no list of 1 .. {most} counts")
    counts = [number_of_json(count, MOST_COUNT, name) for count in cells]
    hashes = number_of_json(frame["h"], len(cells), name)
    if hashes == 0:
        raise DecodeError(f"not a {name}: h is 0")
    return hashes, number_of_json(frame["s"], 2**64 - 1, name), counts


def rows_to_json(rows: Sequence[tuple[PlainId, list[PlainId], list[int]]], kind: int) -> str:
    """The frame of members and the entries of their rows."""
    values = []
    for member, ids, counts in rows:
        row = {id_to_key(id): number_to_json(count) for id, count in zip(ids, counts, strict=True)}
        values.append((member, row))
    return ids_to_json(values, kind)


def rows_of_json(
    text: object, max_entries: int, name: str
) -> tuple[list[tuple[PlainId, list[PlainId], list[int]]], int]:
    """The members of such a frame with their rows, sorted, and the kind of the ids."""
    pairs, kind, left = ids_of_json(text, max_entries, name)
    rows = []
    if not pairs:
        raise DecodeError(f"not a {name}: it has no members")
    for member, row in pairs:
        if type(row) is not dict:
            raise DecodeError(f"not a {name}: {str(member)[:40]!r} has no object of entries")
        left -= len(row)
        entries = {
            id_of_key(key, NAMES[kind], name): number_of_json(value, MOST_COUNT, name)
            for key, value in row.items()
        }
        if left < 0 or 0 in entries.values():
            raise DecodeError(f"not a {name}: a counter is 0, or it has more entries than max_entries")
        ids = sorted(entries, key=any_key)
        rows.append((member, ids, [entries[id] for id in ids]))
    return rows, kind


def any_key(id: PlainId) -> Any:
    """An id as a key for sorting those of one kind."""
    return id


def message_to_json(
    sender: PlainId, ids: Sequence[PlainId], kind: int, counts: Sequence[int], payload: object
) -> str:
    """The frame of a message."""
    if payload is not None and not isinstance(payload, str):
        raise TypeError(f"the payload is a {type(payload).__name__}: only None and str have JSON")
    clock = {id_to_key(id): number_to_json(count) for id, count in zip(ids, counts, strict=True)}
    return frame_to_json({"v": 1, "k": NAMES[kind], "s": id_to_key(sender), "c": clock, "p": payload})


def message_of_json(
    text: object, max_entries: int, name: str
) -> tuple[PlainId, dict[PlainId, int], str | None]:
    """The sender, the entries and the payload of such a frame."""
    frame = frame_of_json(text, ("k", "s", "c", "p"), name)
    sender, payload = frame["s"], frame["p"]
    entries = entries_of_json(frame_to_json({key: frame[key] for key in ("v", "k", "c")}), max_entries, name)
    if not isinstance(sender, str) or not (
        payload is None or (isinstance(payload, str) and is_text(payload))
    ):
        raise DecodeError(f"not a {name}: s is an id, and p a text or null")
    id = id_of_key(sender, frame["k"], name)
    if id not in entries:
        raise DecodeError(f"not a {name}: its sender has no entry")
    return id, entries, payload


# ---- trees: flat lists of nodes, each before its halves. None opens an inner node; that of a history has its
# number next. ----

FlatTree: TypeAlias = list[int | None]

PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}tfnTFNI]')  # strings, brackets, and how what is no number begins


def tree_to_text(flat: FlatTree, size: int, opening: str, comma: str, closing: str, safe: int) -> str:
    """A tree whose nodes have `size` parts, as nested brackets; numbers above `safe` as strings."""
    parts: list[str] = []
    left: list[int] = []  # parts that open nodes still get
    for node in flat:
        if node is None:
            parts.append(opening)
            left.append(size)
            continue
        parts.append(str(node) if node <= safe else f'"{node}"')
        while left:
            left[-1] -= 1
            if left[-1]:
                parts.append(comma)
                break
            parts.append(closing)
            left.pop()
    return "".join(parts)


def trees_to_json(id: FlatTree, history: FlatTree) -> str:
    """The frame of a stamp."""
    id_text, history_text = (
        tree_to_text(flat, size, "[", ",", "]", SAFE) for flat, size in ((id, 2), (history, 3))
    )
    return f'{{"v":1,"id":{id_text},"event":{history_text}}}'


def trees_of_json(text: object, name: str) -> tuple[FlatTree, FlatTree]:
    """The id and the history of such a frame, which may be malformed as trees."""
    frame = frame_of_json(flattened(text_of(text, name), name), ("id", "event"), name)
    return tree_of_json(frame["id"], 2, name), tree_of_json(frame["event"], 3, name)


def flattened(text: str, name: str) -> str:
    """JSON with flat lists for nested, perhaps too deep ones: true where one begins, false where it ends."""
    pieces: list[str] = []
    at = depth = 0
    for found in PIECES.finditer(text):
        piece = found[0]
        pieces.append(text[at : found.start()])
        at = found.end()
        if piece == "[":
            piece = "true," if depth else "[true,"
            depth += 1
        elif piece == "]":
            depth -= 1
            piece = ",false" if depth else ",false]"
        elif piece[0] != '"' and depth:
            raise DecodeError(f"not {a(name)}: something else than a number stands in a list")
        if depth < 0:
            break
        pieces.append(piece)
    if depth:
        raise DecodeError(f"not {a(name)}: its brackets do not match")
    return "".join([*pieces, text[at:]])


def tree_of_json(value: object, size: int, name: str) -> FlatTree:
    """The flat list of a tree after `flattened`. DecodeError unless each list has `size` parts."""
    flat: FlatTree = []
    left = [1]
    for part in value if isinstance(value, list) else [value]:
        if size == 2 and isinstance(part, str):
            raise DecodeError(f"not {a(name)}: {part[:40]!r} is no id")
        if part is False:
            if left.pop():
                raise DecodeError(f"not {a(name)}: a list has less than {size} parts")
            continue
        left[-1] -= 1
        if left[-1] < 0:
            raise DecodeError(f"not {a(name)}: a list has more than {size} parts")
        if part is True and isinstance(value, list):
            flat.append(None)
            left.append(size)
        else:
            flat.append(number_of_json(part, MOST_COUNT, name))
    return flat
