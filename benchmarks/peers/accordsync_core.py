"""accordsync-core: hybrid clocks that are new objects for each event."""

import time

from accordsync_core import Hlc

from benchmarks.peers import adapter


class HybridClock(adapter.HybridClock):
    label = "accordsync-core"

    def __init__(self):
        self.clock = Hlc.initial("node")

    def now(self):
        self.clock = self.clock.tick(time.time_ns() // 1_000_000)
        return self.clock
