"""The command as a process: pipes, signals, encodings, and no traceback ever."""

import gzip
import os
import signal
import subprocess
import sys
import time

import pytest

PLACE = [sys.executable, "-m", "coterie", "place", "--nodes", "a,節点"]
PLAN = [sys.executable, "-m", "coterie", "plan", "--nodes", "a,節点", "--add", "b"]
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
ENV |= {"PYTHONUTF8": "1", "COLUMNS": "80"}
KEYS = b"".join(b"key-%d\n" % i for i in range(1000))

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and signals of POSIX")


def run(*argv, before=(), command=PLACE, env=ENV, stdout=subprocess.PIPE, **options):
    argv = [*before, *command, *argv]
    return subprocess.run(argv, stdout=stdout, stderr=subprocess.PIPE, timeout=60, env=env, **options)


def test_stdin():
    plain = run("--quiet", "-", input=KEYS)
    assert (plain.returncode, plain.stderr) == (0, b"")
    assert b"1,000" in plain.stdout
    assert run("--quiet", "-", input=gzip.compress(KEYS)).stdout == plain.stdout


def test_stdin_closed():
    done = run("-", before=["/bin/sh", "-c", 'exec "$@" <&-', "sh"])
    assert (done.returncode, done.stderr) == (2, b"coterie: error: standard input is closed\n")


def test_argument_that_is_not_text():
    done = run("--nodes", b"a,\xff", "-", input=KEYS)
    assert done.returncode == 2
    assert done.stderr.startswith(b"coterie: error: --nodes: \\udcff: a name is valid text")
    done = run(b"none-\xff")
    assert (done.returncode, done.stderr) == (2, b"coterie: error: none-\\udcff: No such file or directory\n")


def test_output_that_is_not_unicode():
    done = run("--quiet", "-", input=KEYS, env=ENV | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u7bc0\\u70b9" in done.stdout
    assert b"####" in done.stdout


def test_plan_of_names_that_are_not_ascii():
    ascii_only = ENV | {"PYTHONIOENCODING": "ascii"}
    for options, names in (["--json"], b'"\\u7bc0\\u70b9"'), ([], b"\\u7bc0\\u70b9  b"):
        done = run(*options, "--quiet", "-", command=PLAN, input=KEYS, env=ascii_only)
        assert (done.returncode, done.stderr) == (0, b"")
        assert names in done.stdout


@pytest.mark.parametrize("changes", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
def test_out_to_stdout(changes):
    done = run("--out", "-", "-", input=KEYS, env=ENV | changes)
    assert done.returncode == 0
    assert [line.split(b"\t")[0] for line in done.stdout.splitlines()] == KEYS.splitlines()
    assert b"total" in done.stderr
    assert b"keys/s" in done.stderr


OUTPUTS = [
    *((PLACE, options) for options in (["--out", "-", "-"], ["-"], ["--help"])),
    *((PLAN, options) for options in (["--json", "-"], ["-"], ["--help"])),
]


@pytest.mark.parametrize(("command", "argv"), OUTPUTS)
def test_broken_pipe(command, argv):
    """Nobody reads the output: the read end is closed before the command starts."""
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as pipe:
        done = run(*argv, command=command, input=KEYS, stdout=pipe)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
@pytest.mark.parametrize(("command", "argv"), OUTPUTS)
def test_full_output(command, argv):
    with open("/dev/full", "wb") as full:
        done = run(*argv, command=command, input=KEYS, stdout=full)
    assert done.returncode == 2
    assert done.stderr == b"coterie: error: standard output: No space left on device\n"


def test_interrupt(tmp_path):
    """Ctrl-C while the command waits for more keys: quiet, and no file is left."""
    restore = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{restore}; import sys; from coterie._cli import main; sys.exit(main())"
    argv = [sys.executable, "-c", code, "place", "--nodes", "a,b", "--out", str(tmp_path / "out"), "-"]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not os.listdir(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("fed", [b"", b"id,n\n", b"id,n\n" + b"key,1\n" * 400_000], ids=len)
def test_interrupt_of_a_table(tmp_path, fed):
    """The same where a CSV is parsed in another thread."""
    pytest.importorskip("pyarrow")
    restore = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{restore}; import sys; from coterie._cli import main; sys.exit(main())"
    argv = [sys.executable, "-c", code, "place", "--nodes", "a,b", "--column", "id"]
    argv += ["--out", str(tmp_path / "out"), "-"]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not os.listdir(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.stdin.write(fed)
    process.stdin.flush()
    time.sleep(0.2)  # for the parser to ask for more
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)  # while its input is still open
    _, err = process.communicate()
    assert (process.returncode, err) == (130, b"")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("command", [PLACE, PLAN], ids=["place", "plan"])
def test_table_that_nobody_reads(command):
    """A closed pipe ends the parser's threads too."""
    pytest.importorskip("pyarrow")
    read, write = os.pipe()
    os.close(read)
    options = ["--column", "id", "-", *(["--out", "-"] if command is PLACE else [])]
    with open(write, "wb") as pipe:
        done = run(*options, command=command, input=b"id\n" + KEYS, stdout=pipe)
    assert (done.returncode, done.stderr) == (141, b"")
