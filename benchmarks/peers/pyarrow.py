"""pyarrow: columns for Coterie. It has no hash of its own."""

import pyarrow as pa

from benchmarks.peers.coterie import Column


class String(Column):
    label = "coterie, Arrow string"

    def ready(self, keys):
        return pa.array(keys, pa.string())


class LargeString(Column):
    label = "coterie, Arrow large_string"

    def ready(self, keys):
        return pa.array(keys, pa.large_string())


class StringView(Column):
    label = "coterie, Arrow string_view"

    def ready(self, keys):
        return pa.array(keys, pa.string_view())


class Dictionary(Column):
    label = "coterie, Arrow dictionary"

    def ready(self, keys):
        return pa.array(keys).dictionary_encode()


class UInt64(Column):
    label = "coterie, Arrow uint64"

    def ready(self, keys):
        return pa.array(keys, pa.uint64())
