"""Columns that hold no keys: the names of their types, and what to do about them."""

NAMES = {
    "Object": "objects",
    "dictionary": "dictionary of dictionaries",
    "_pli128": "int128",
    "_plu128": "uint128",
    "e": "float16",
    "f": "float32",
    "g": "float64",
    "tdD": "date",
    "tdm": "date",
    "tts": "time",
    "ttm": "time",
    "ttu": "time",
    "ttn": "time",
    "+l": "list",
    "+L": "list",
    "+vl": "list",
    "+vL": "list",
    "+s": "struct",
    "+m": "map",
    "+r": "run-end encoded values",
}
PREFIXES = {
    "d:": "decimal",
    "ts": "timestamp",
    "tD": "duration",
    "ti": "interval",
    "+w": "list",
    "+u": "union",
}
ADVICE = {
    "interval": "cast it to text",
    "object": "cast them to text",
    "float": "round and cast it to integers, or cast it to text",
    "decimal": "cast it to text, or scale and cast it to integers",
    "time": "cast it to integers or to text",
    "date": "cast it to integers or to text",
    "duration": "cast it to integers",
    "list": "explode it, or join its items to text",
    "struct": "pass one of its fields, or join them to text",
    "map": "pass its keys or its values",
    "union": "pass one of its fields",
    "run-end": "decode it first",
    "dictionary": "decode it first",
}


def type_name(format: str) -> str:
    """The name of the type that an Arrow format string stands for."""
    prefixes = (name for prefix, name in PREFIXES.items() if format.startswith(prefix))
    return NAMES.get(format) or next(prefixes, f"Arrow format {format!r}")


def refusal(format: str) -> str:
    """Why a column of this Arrow format is no column of keys, and what to pass instead."""
    return refusal_of(type_name(format))


def refusal_of(name: str) -> str:
    """The same for a type by its name, such as that of a pandas dtype."""
    advice = next((text for kind, text in ADVICE.items() if kind in name.lower()), "cast it to one of them")
    return f"keys is a column of {name}: keys are text, binary, integers or bool; {advice}"
