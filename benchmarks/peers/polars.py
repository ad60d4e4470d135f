"""polars: columns for Coterie, its own hash, and what its users write."""

import polars as pl
import xxhash

import coterie
from benchmarks.peers import adapter
from benchmarks.peers.coterie import Column


class Text(Column):
    label = "coterie, polars str"

    def ready(self, keys):
        return pl.Series(keys, dtype=pl.String)


class Categorical(Column):
    """Most of the time is polars', which makes a dictionary of it."""

    label = "coterie, polars Categorical"

    def ready(self, keys):
        return pl.Series(keys, dtype=pl.Categorical)


class Enum(Column):
    label = "coterie, polars Enum"

    def ready(self, keys):
        return pl.Series(keys, dtype=pl.Enum(sorted(set(keys))))


class UInt64(Column):
    label = "coterie, polars UInt64"

    def ready(self, keys):
        return pl.Series(keys, dtype=pl.UInt64)


class ToList(Text):
    """What a column costs that goes through Python's objects."""

    label = "coterie, to_list()"

    def many(self, keys):
        return coterie.digests(keys.to_list())


class Loop(adapter.Hash):
    """A loop in Python over the series."""

    role, label = adapter.IDIOM, "xxhash, [... to_list()]"

    def ready(self, keys):
        return pl.Series(keys, dtype=pl.String)

    def many(self, keys):
        return [xxhash.xxh3_64_intdigest(k.encode()) for k in keys.to_list()]


class Hash(adapter.Hash):
    """Its own function, whose values may change with its version."""

    label, exact = "polars Series.hash()", False

    def ready(self, keys):
        return pl.Series(keys)

    def many(self, keys):
        return keys.hash()


class HashCategorical(Hash):
    def ready(self, keys):
        return pl.Series(keys, dtype=pl.Categorical)


class HashUInt64(Hash):
    def ready(self, keys):
        return pl.Series(keys, dtype=pl.UInt64)
