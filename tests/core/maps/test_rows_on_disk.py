import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from reloc.errors import MapChangedError, MapHashError, MapIncompleteError
from reloc.maps.building.arrays import rows_of_array, write_array
from reloc.maps.manifest import FileEntry
from reloc.maps.rows_on_disk import RowsOnDisk

VALUES = np.arange(60, dtype=np.int8).reshape(20, 3)


def listed(folder: Path, values: np.ndarray = VALUES) -> FileEntry:
    write_array(folder / "a.npy", values)
    content = (folder / "a.npy").read_bytes()
    return FileEntry("a.npy", len(content), hashlib.sha256(content).hexdigest())


def test_rows_are_read(tmp_path: Path) -> None:
    rows = RowsOnDisk(tmp_path, listed(tmp_path), verify=True)
    assert rows.shape == (20, 3)
    assert rows.dtype == np.int8
    assert np.array_equal(rows.between(4, 9), VALUES[4:9])
    assert np.array_equal(rows.take(np.array([7, 0, 19, 7])), VALUES[[7, 0, 19, 7]])
    assert rows.take(np.zeros(0, np.int64)).shape == (0, 3)


def test_it_survives_being_deleted_or_replaced(tmp_path: Path) -> None:
    rows = RowsOnDisk(tmp_path, listed(tmp_path), verify=False)
    os.unlink(tmp_path / "a.npy")
    listed(tmp_path, VALUES + 1)
    assert np.array_equal(rows.take(np.array([3])), VALUES[[3]])


@pytest.mark.parametrize("size", [0, 140, 10_000])
def test_it_says_that_the_file_was_written_to(tmp_path: Path, size: int) -> None:
    rows = RowsOnDisk(tmp_path, listed(tmp_path), verify=False)
    os.truncate(tmp_path / "a.npy", size)
    with pytest.raises(MapChangedError, match="written to after the map was opened"):
        rows.take(np.array([19]))
    with pytest.raises(MapChangedError):
        rows.between(0, 20)


def test_content_that_changed_in_place(tmp_path: Path) -> None:
    entry = listed(tmp_path)
    content = bytearray((tmp_path / "a.npy").read_bytes())
    content[-1] ^= 1
    (tmp_path / "a.npy").write_bytes(content)
    os.utime(tmp_path / "a.npy", ns=(1, 1))
    with pytest.raises(MapHashError, match="not the file that the map was built with"):
        RowsOnDisk(tmp_path, entry, verify=True)
    rows = RowsOnDisk(tmp_path, entry, verify=False)
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(MapChangedError):
        rows.take(np.array([0]))


def test_files_that_are_no_matrix(tmp_path: Path) -> None:
    with pytest.raises(MapIncompleteError, match="a matrix stored by rows"):
        RowsOnDisk(tmp_path, listed(tmp_path, VALUES.ravel()), verify=False)
    with pytest.raises(MapIncompleteError, match="a matrix stored by rows"):
        RowsOnDisk(tmp_path, listed(tmp_path, np.asfortranarray(VALUES)), verify=False)
    with pytest.raises(MapIncompleteError, match="is missing"):
        RowsOnDisk(tmp_path, FileEntry("b.npy", 9, ""), verify=False)
    (tmp_path / "c.npy").write_bytes(b"\x93NUMPY not")
    with pytest.raises(MapHashError):
        RowsOnDisk(tmp_path, FileEntry("c.npy", 10, ""), verify=False)


def test_rows_are_written_in_pieces(tmp_path: Path) -> None:
    with rows_of_array(tmp_path / "a.npy", (20, 3), np.int8) as write:
        write(VALUES[:13])
        write(VALUES[13:])
    assert np.array_equal(np.load(tmp_path / "a.npy"), VALUES)
    with pytest.raises(ValueError, match="13 of 20"), rows_of_array(tmp_path / "b.npy", (20, 3), np.int8) as write:
        write(VALUES[:13])
    assert not (tmp_path / "b.npy").exists()
