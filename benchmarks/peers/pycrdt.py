"""pycrdt: a document with a map, whose keys are the elements."""

import pycrdt as library

from benchmarks.peers import adapter


class ORSet(adapter.ReplicatedSet):
    label = "pycrdt"
    exact = True

    def __init__(self, keys=(), replica="a"):
        self.document = library.Doc()
        self.map = self.document.get("keys", type=library.Map)
        self.bytes, self.load, self.len = (
            self.document.get_update,
            self.document.apply_update,
            self.map.__len__,
        )
        self.fill(keys)

    def fill(self, keys):
        with self.document.transaction():
            for key in keys:
                self.map[key] = True

    def copy(self):
        made = ORSet()
        made.load(self.bytes())
        return made
