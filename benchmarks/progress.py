"""The progress display, a pytest plugin: one line that is rewritten, or a plain line a question."""

import shutil
from time import monotonic

from benchmarks import naming


class Progress:
    def __init__(self, output):
        self.output = output
        self.live = output.isatty()
        self.start = monotonic()
        self.total = self.done = 0
        self.last = None
        self.failures = {}  # message: names of the rows

    def pytest_collection_finish(self, session):
        self.total = len(session.items)

    def pytest_runtest_protocol(self, item):
        name = naming.row_name(item.nodeid)
        state = f"[{self.done + 1}/{self.total}] {monotonic() - self.start:3.0f} s  "
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self.output.write("\r\x1b[K" + (state + name)[:width])
        elif naming.case_name(name) != self.last:
            self.output.write(state + naming.case_name(name) + "\n")
        self.last = naming.case_name(name)
        self.output.flush()
        self.done += 1

    def pytest_runtest_makereport(self, item, call):
        if call.excinfo is not None and call.excinfo.typename not in ("Skipped", "Exit", "KeyboardInterrupt"):
            message = call.excinfo.exconly().replace("\n", " ").removeprefix("Failed: ")
            self.failures.setdefault(message, []).append(naming.row_name(item.nodeid))

    def pytest_sessionfinish(self):
        if self.live:
            self.output.write("\r\x1b[K")
            self.output.flush()
