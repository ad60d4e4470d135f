"""Files are replaced as a whole or not at all, and hold what to_bytes gives."""

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from coterie import DecodeError
from tests.placement.schemes import schemes, state


class PathLike:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


PATHS = {
    "str": str,
    "Path": Path,
    "bytes": os.fsencode,
    "PathLike of str": lambda path: PathLike(str(path)),
    "PathLike of bytes": lambda path: PathLike(os.fsencode(path)),
}


@schemes()
@pytest.mark.parametrize("make", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("name", ["placement", "name with spaces", "имя", ".hidden", "x" * 255])
def test_there_and_back(scheme, make, name, tmp_path):
    placement = scheme.make(7, seed=3)
    path = make(tmp_path / name)
    assert placement.save(path) is None
    assert Path(tmp_path / name).read_bytes() == placement.to_bytes()
    read = scheme.cls.open(path)
    assert type(read) is scheme.cls
    assert read == placement
    assert state(read) == state(placement)
    assert os.listdir(tmp_path) == [name]


@schemes()
@pytest.mark.parametrize("make", PATHS.values(), ids=PATHS)
def test_in_the_working_folder(scheme, make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scheme.make(7).save(make("placement"))
    assert scheme.cls.open(make("placement")) == scheme.make(7)
    assert os.listdir() == ["placement"]


@schemes()
def test_replaced(scheme, tmp_path):
    path = tmp_path / "placement"
    scheme.make(50).save(path)
    opened = scheme.cls.open(path)
    before = path.stat().st_ino
    with path.open("rb") as reader:
        scheme.make(3).save(path)
        assert reader.read() == scheme.make(50).to_bytes()
    assert path.stat().st_ino != before
    assert scheme.cls.open(path) == scheme.make(3)
    assert state(opened) == state(scheme.make(50))


@schemes()
def test_what_was_opened_does_not_hang_on_its_file(scheme, tmp_path):
    path = tmp_path / "placement"
    scheme.make(50).save(path)
    opened = scheme.cls.open(path)
    path.unlink()
    opened.add_node(scheme.newcomer(opened))
    changed = scheme.make(50)
    changed.add_node(scheme.newcomer(changed))
    assert state(opened) == state(changed)
    assert list(tmp_path.iterdir()) == []


@schemes()
@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("there", [False, True])
def test_failing_save(scheme, step, error, there, tmp_path, monkeypatch):
    path = tmp_path / "placement"
    if there:
        scheme.make(3).save(path)
    placement = scheme.make(9)
    before = state(placement)

    def fail(*arguments, **options):
        raise error("no")

    with monkeypatch.context() as patched:
        patched.setattr(os, step, fail)
        if step == "chmod":  # however the mode is set
            patched.setattr(os, "fchmod", fail)
            patched.setattr(os, "replace", fail)
        with pytest.raises(error):
            placement.save(path)
    assert os.listdir(tmp_path) == ["placement"] * there
    if there:
        assert scheme.cls.open(path) == scheme.make(3)
    assert state(placement) == before


@schemes()
def test_save_where_it_cannot_be(scheme, tmp_path):
    placement = scheme.make(3)
    (tmp_path / "folder" / "full").mkdir(parents=True)
    for path, error in [
        (tmp_path / "missing" / "placement", FileNotFoundError),
        (tmp_path / "folder", OSError),
        ("", OSError),
        ("a\0b", ValueError),
        (None, TypeError),
        (5, TypeError),
        (1.5, TypeError),
    ]:
        with pytest.raises(error):
            placement.save(path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder", "full"]


@schemes()
@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077, 0o002, 0])
def test_umask(scheme, mask, tmp_path):
    before = os.umask(mask)
    try:
        scheme.make(3).save(tmp_path / "placement")
        scheme.make(4).save(tmp_path / "placement")
    finally:
        assert os.umask(before) == mask
    assert stat.S_IMODE((tmp_path / "placement").stat().st_mode) == 0o666 & ~mask


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@schemes()
def test_umask_among_threads(scheme, tmp_path):
    """It belongs to the process: a save that changed it, even for a moment, would change it for others."""
    placement, modes, before, interval = scheme.make(3), set(), os.umask(0o022), sys.getswitchinterval()

    def save(name):
        for _ in range(60):
            placement.save(tmp_path / name)
            modes.add(stat.S_IMODE((tmp_path / name).stat().st_mode))

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=save, args=(f"placement-{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        masks = set()
        for i in range(2000):
            with (tmp_path / f"other-{i % 7}").open("wb"):
                pass
            masks.add(stat.S_IMODE((tmp_path / f"other-{i % 7}").stat().st_mode))
            (tmp_path / f"other-{i % 7}").unlink()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
        after = os.umask(before)
    assert after == 0o022
    assert modes == masks == {0o644}


@schemes()
def test_many_threads_save_to_one_file(scheme, tmp_path):
    path = tmp_path / "placement"
    placements = [scheme.make(n) for n in range(1, 9)]
    seen = []

    def save(placement):
        for _ in range(20):
            placement.save(path)
            seen.append(scheme.cls.open(path))

    threads = [threading.Thread(target=save, args=(placement,)) for placement in placements[:4]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 80
    assert all(placement in placements[:4] for placement in seen)
    assert os.listdir(tmp_path) == ["placement"]


@schemes()
def test_open_what_is_none(scheme, tmp_path):
    files = {"empty": b"", "text": b"cache-a\ncache-b\n", "short": b"\x8aCOTERIE", "zeros": bytes(500)}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DecodeError, match=f"not a {scheme}: "):
            scheme.cls.open(tmp_path / name)
    for path, error in [
        (tmp_path / "missing", FileNotFoundError),
        (tmp_path, IsADirectoryError),
        (tmp_path / "text" / "x", NotADirectoryError),
        ("", FileNotFoundError),
        ("a\0b", ValueError),
        (None, TypeError),
        (1.5, TypeError),
    ]:
        with pytest.raises(error):
            scheme.cls.open(path)
    with pytest.raises(TypeError):
        scheme.cls.open()


@schemes()
def test_a_number_is_no_path(scheme, tmp_path):
    """It would be a file descriptor, which then is closed under its owner."""
    scheme.make(3).save(tmp_path / "placement")
    with (tmp_path / "placement").open("rb") as file:
        with pytest.raises(TypeError):
            scheme.cls.open(file.fileno())
        with pytest.raises(TypeError):
            scheme.make(3).save(file.fileno())
        assert file.read() == scheme.make(3).to_bytes()


@schemes()
def test_links_are_followed(scheme, tmp_path):
    (tmp_path / "target").write_bytes(b"other")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    scheme.make(3).save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert scheme.cls.open(tmp_path / "target") == scheme.make(3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target"]


@schemes()
def test_mode_is_kept(scheme, tmp_path):
    path = tmp_path / "placement"
    path.touch()
    path.chmod(0o640)
    scheme.make(3).save(path)
    assert path.stat().st_mode & 0o777 == 0o640


@schemes()
def test_pipe_is_written_to(scheme, tmp_path):
    """A rename would put a file in its place."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        scheme.make(3).save(tmp_path / "pipe")
        assert scheme.cls.from_bytes(os.read(reader, 10_000)) == scheme.make(3)
    finally:
        os.close(reader)
    assert not (tmp_path / "pipe").is_file()


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts open files in /proc")
@schemes()
def test_files_are_closed(scheme, tmp_path):
    placement = scheme.make(5)
    placement.save(tmp_path / "good")
    (tmp_path / "bad").write_bytes(placement.to_bytes()[:-1])
    (tmp_path / "empty").touch()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        placement.save(tmp_path / "good")
        assert scheme.cls.open(tmp_path / "good") == placement
        for name in ("bad", "empty"):
            with pytest.raises(DecodeError):
                scheme.cls.open(tmp_path / name)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="names open files in /dev/fd")
@schemes()
def test_open_pipe_by_its_number(scheme):
    reader, writer = os.pipe()
    scheme.make(3).save(f"/dev/fd/{writer}")
    os.close(writer)
    with open(reader, "rb") as pipe:
        assert scheme.cls.from_bytes(pipe.read()) == scheme.make(3)


@schemes()
def test_no_file_without_a_name(scheme, tmp_path):
    with pytest.raises(OSError, match="directory"):
        scheme.make(3).save(f"{tmp_path}/new/")
    assert list(tmp_path.iterdir()) == []
