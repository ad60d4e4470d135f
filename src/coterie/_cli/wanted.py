"""The columns that are read of a table, and what they have to be."""

from collections.abc import Sequence
from dataclasses import dataclass

from coterie._cli.errors import Refused
from coterie._cli.text import shortened

INTEGERS = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
TEXTS = frozenset({"string", "large_string", "string_view", "binary", "large_binary", "binary_view"})
KEYS = INTEGERS | TEXTS | {"bool", "null"}
WEIGHTS = INTEGERS | {"halffloat", "float", "double"}
MOST_NAMES, LONGEST_NAME = 50, 40  # that a message tells


@dataclass(frozen=True)
class Wanted:
    """The names of the columns."""

    key: str
    weight: str | None = None

    @property
    def names(self) -> list[str]:
        return [self.key] if self.weight is None else [self.key, self.weight]

    def check_names(self, table: str, names: Sequence[str]) -> None:
        """Refuse a table that lacks a column or has it twice."""
        for name in self.names:
            if name not in names:
                shown = [shortened(name, LONGEST_NAME) for name in names[:MOST_NAMES]]
                rest = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
                raise Refused(f"{table}: no column {name}; there are {', '.join(shown)}{rest}")
            if names.count(name) > 1:
                raise Refused(f"{table}: there are {names.count(name)} columns {name}")

    def check_types(self, table: str, key: str, weight: str | None) -> None:
        """Refuse columns whose types, as Arrow calls them, are none of keys and weights."""
        if key not in KEYS and not key.startswith("fixed_size_binary["):
            raise Refused(f"{table}: column {self.key} is {key}: keys are text, bytes, integers or bool")
        if weight is not None and weight not in WEIGHTS:
            raise Refused(f"{table}: column {self.weight} is {weight}: weights are integers or floats")
