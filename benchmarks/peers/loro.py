"""loro: a document with a map, whose keys are the elements."""

import loro as library

from benchmarks.peers import adapter


class ORSet(adapter.ReplicatedSet):
    label = "loro"
    exact = True

    def __init__(self, keys=(), replica="a", document=None):
        self.document = document or library.LoroDoc()
        self.map = self.document.get_map("keys")
        self.len, self.load = self.map.__len__, self.document.import_
        self.fill(keys)

    def fill(self, keys):
        for key in keys:
            self.map.insert(key, True)
        self.document.commit()

    def bytes(self):
        return self.document.export(library.ExportMode.Snapshot())

    def copy(self):
        return ORSet(document=self.document.fork())
