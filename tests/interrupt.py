"""Programs that Ctrl-C has to stop."""

import signal
import subprocess
import sys

import pytest


def assert_stops(program):
    """The program prints "ready", then works for long, and prints "stopped" on KeyboardInterrupt."""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.3)  # it is in the batch now
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=6)
        finally:
            process.kill()
    assert (output, process.returncode) == ("stopped\n", 0), errors
