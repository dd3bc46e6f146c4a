"""Files are written whole or not at all, with the user's umask, and the system's errors say what to do."""

from __future__ import annotations

import errno
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reloc.errors import RelocError, StorageError
from reloc.files import copy_tree, draft_folder, remove_drafts, storage_error, storage_errors, write_atomic
from reloc.maps.building.arrays import write_array


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may have more than 4 kB: the kernel refuses the write as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_files")
def test_a_write_that_fails_leaves_what_was_there_and_no_draft(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    write_atomic(file, b"before")
    for write in (
        lambda: write_atomic(file, bytes(5000)),
        lambda: write_array(file, np.zeros(5000)),
        lambda: write_array(file, np.zeros((100, 100), order="F")),
    ):
        with pytest.raises(OSError, match=r"File too large.*a\.bin") as caught:
            write()
        assert caught.value.errno == errno.EFBIG
        assert file.read_bytes() == b"before"
        assert os.listdir(tmp_path) == ["a.bin"]


def test_arrays_are_written_as_numpy_reads_them(tmp_path: Path) -> None:
    for number, array in enumerate((np.arange(6.0).reshape(2, 3), np.zeros((0, 4)), np.float32(3), np.ones((3, 2)).T)):
        write_array(tmp_path / f"{number}.npy", np.asarray(array))
        np.testing.assert_array_equal(np.load(tmp_path / f"{number}.npy"), array)


def test_a_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("n" * 255), b"x")
    with pytest.raises(OSError, match="File name too long") as caught:
        write_atomic(tmp_path / ("n" * 256), b"x")
    assert caught.value.filename == str(tmp_path / ("n" * 256))


@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077])
def test_modes_follow_the_umask(tmp_path: Path, mask: int) -> None:
    private = tmp_path / "private"
    (private / "sub").mkdir(parents=True)
    (private / "sub" / "file").write_text("x")
    for path, mode in ((private, 0o700), (private / "sub", 0o700), (private / "sub" / "file", 0o600)):
        path.chmod(mode)
    before = os.umask(mask)
    try:
        copy_tree(private, tmp_path / "copy")
        write_atomic(tmp_path / "written", b"")
        folder = draft_folder(tmp_path / "folder")
    finally:
        os.umask(before)
    for path in (tmp_path / "copy", tmp_path / "copy" / "sub", folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o777 & ~mask
    for path in (tmp_path / "copy" / "sub" / "file", tmp_path / "written"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_drafts_of_killed_writers_are_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("mine")
    draft_folder(tmp_path / "x")
    (draft_folder(tmp_path / "y") / "half").write_text("x")
    remove_drafts(tmp_path)
    assert os.listdir(tmp_path) == [".hidden"]


def test_a_planted_link_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "out").symlink_to(victim)
    write_atomic(tmp_path / "out", b"new")
    assert victim.read_text() == "mine"
    assert (tmp_path / "out").read_text() == "new"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EIO,
                                    errno.ENAMETOOLONG, errno.EMFILE, errno.EFBIG, errno.ELOOP, 9999])  # fmt: skip
def test_every_error_of_the_system_has_a_name_and_a_fix(number: int) -> None:
    error = storage_error(OSError(number, os.strerror(number), "/maps/m"), "Cannot build")
    assert isinstance(error, RelocError)
    assert str(error).startswith(f"Cannot build: /maps/m: {os.strerror(number)}. ")
    assert error.fix


def test_what_is_translated_and_what_is_not() -> None:
    for raised in (OSError("512 requested and 0 written"), MemoryError(), MemoryError("Unable to allocate 9 TiB")):
        with pytest.raises(StorageError, match="Cannot do it"), storage_errors("Cannot do it"):
            raise raised
    for other in (BrokenPipeError(), StorageError("x"), ValueError()):
        with pytest.raises(type(other)) as caught, storage_errors("Cannot do it"):
            raise other
        assert caught.value is other
