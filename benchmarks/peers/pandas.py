"""pandas: columns for Coterie, and its own hash."""

import pandas as pd

from benchmarks.peers import adapter
from benchmarks.peers.coterie import Column


class Text(Column):
    label = "coterie, pandas str"

    def ready(self, keys):
        return pd.Series(keys, dtype="str")


class Categorical(Column):
    label = "coterie, pandas Categorical"

    def ready(self, keys):
        return pd.Series(keys, dtype="category")


class UInt64(Column):
    label = "coterie, pandas uint64"

    def ready(self, keys):
        return pd.Series(keys, dtype="uint64")


class MaskedUInt64(Column):
    label = "coterie, pandas UInt64"

    def ready(self, keys):
        return pd.Series(keys, dtype="UInt64")


class Hash(adapter.Hash):
    """Its own function, SipHash."""

    label, exact, limit = "pandas hash_pandas_object", False, 100_000

    def ready(self, keys):
        return pd.Series(keys[: self.limit])

    def many(self, keys):
        return pd.util.hash_pandas_object(keys, index=False)
