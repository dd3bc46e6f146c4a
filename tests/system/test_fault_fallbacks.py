"""Faults of the disk and the network where no namespaces can be made: the other way does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
_WRITE = """
import errno, sys, time
full = 0
while True:
    try:
        with open(sys.argv[1], "wb") as stream:
            stream.write(bytes(5000))
        break
    except OSError as error:
        assert error.errno == errno.EFBIG, error
        full += 1
        if full == 1:
            print("full", flush=True)
        time.sleep(0.01)
print("room")
"""


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import parts.namespaces
    import parts.small_disk

    monkeypatch.setenv(parts.namespaces.PLAIN, "1")
    return parts


def test_a_disk_is_full_for_what_is_started_in_it_until_there_is_room(parts, tmp_path: Path) -> None:
    with parts.small_disk.small_disk(tmp_path / "disk", 1) as disk:
        assert disk.how
        disk.fill(0, file_bytes=1000)
        command = [*disk.inside, sys.executable, "-c", _WRITE, str(disk.mounted / "file")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "full\n"
            disk.make_room()  # for what runs, too
            assert child.communicate(timeout=60)[0] == "room\n"
        assert child.returncode == 0
        assert (disk.path / "file").stat().st_size == 5000
        (disk.path / "other").write_bytes(bytes(5000))  # this process was never limited


def test_without_namespaces_none_is_asked_for(parts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not parts.namespaces.may_make("--net")
    monkeypatch.delenv(parts.namespaces.PLAIN)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert not parts.namespaces.may_make("--net")
