"""Threads that start together, and whose errors the test sees."""

import sys
import threading
from contextlib import contextmanager

TURNS = 10  # of every reader at least


@contextmanager
def hurry():
    """With the GIL, let threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def run(*workers):
    """Run all of these at the same time; the first error of any of them is raised here."""
    errors, start = [], threading.Barrier(len(workers))

    def guarded(worker):
        start.wait()
        try:
            worker()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(worker,)) for worker in workers]
    with hurry():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def while_changing(change, *reads):
    """Run `change` in one thread, and each of `reads` again and again in one of its own until that has ended.

    `change` is run again until each of `reads` has had some turns.
    """
    done, turns = threading.Event(), [0] * len(reads)

    def changing():
        try:
            change()
            while min(turns) < TURNS and not done.is_set():
                change()
        finally:
            done.set()

    def reading(at):
        try:
            while not done.is_set():
                reads[at]()
                turns[at] += 1
        finally:
            done.set()

    run(changing, *(lambda at=at: reading(at) for at in range(len(reads))))
