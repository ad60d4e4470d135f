"""hlcpy: a hybrid clock under a lock."""

import hlcpy

from benchmarks.peers import adapter


class HybridClock(adapter.HybridClock):
    label = "hlcpy"

    def __init__(self):
        self.now = hlcpy.HLC().sync
