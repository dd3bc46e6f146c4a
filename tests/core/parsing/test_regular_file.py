"""Only regular files are read, and nothing is waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from reloc.errors import SourceError
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import read_bytes
from reloc.parsing.text_file import read_lines, read_text


class GoneError(SourceError):
    """There is no file."""


def blame(file: Path) -> Blame:
    return Blame(str(file), SourceError, "Mend it", missing=GoneError)


def pipe(file: Path) -> None:
    os.mkfifo(file)


def listening(file: Path) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(file))
    server.close()


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (pipe, r"is a pipe \(FIFO\); a regular file is expected"),
        (Path.mkdir, "is a folder"),
        (listening, "cannot be read"),  # a socket cannot be opened at all
        (lambda file: file.symlink_to("/dev/zero"), "is a device"),
        (lambda file: file.symlink_to(file.name), "Too many levels of symbolic links"),
    ],
)
def test_what_is_no_regular_file(tmp_path: Path, make, words: str) -> None:
    file = tmp_path / "given"
    make(file)
    with pytest.raises(SourceError, match=words) as caught:
        read_bytes(file, blame(file))
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("name", ["gone", "file/inside"])
def test_what_is_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(GoneError, match="is missing"):
        read_bytes(tmp_path / name, blame(tmp_path / name))


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 300])
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError):
        read_bytes(tmp_path / name, Blame("It", SourceError, "Rename it"))


@pytest.mark.skipif(os.geteuid() == 0, reason="the super-user may read anything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("x")
    file.chmod(0)
    with pytest.raises(SourceError, match="Permission denied"):
        read_bytes(file, blame(file))


def test_limits(tmp_path: Path) -> None:
    file = tmp_path / "given"
    with file.open("wb") as stream:
        stream.truncate(2**40)  # a hole: takes no room
    with pytest.raises(SourceError, match=r"has 1099511627776 bytes; at most \d+ are read"):
        read_bytes(file, blame(file))
    file.write_bytes(b"12345")
    assert read_bytes(file, blame(file), 5) == b"12345"
    with pytest.raises(SourceError, match="5 bytes; at most 4"):
        read_bytes(file, blame(file), 4)


def test_a_file_of_proc_tells_no_size() -> None:
    assert read_bytes("/proc/self/status", blame(Path("/proc/self/status")))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1 2".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        ("1 2".encode("utf-32"), "is UTF-32"),
        (b"a\nb\nc\xe9\n", "is not UTF-8: byte 0xe9 in line 3"),
        (b"a\0b", "holds NUL bytes"),
        (b"\xff", "is not UTF-8: byte 0xff in line 1"),
    ],
)
def test_what_is_no_text(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "given.txt"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=words):
        read_text(file, blame(file))


def test_lines(tmp_path: Path) -> None:
    file = tmp_path / "given.txt"
    file.write_bytes(b"\xef\xbb\xbf# comment\r\n\r\n one \r\ntwo")
    assert read_lines(file, blame(file)) == [(3, "one"), (4, "two")]
