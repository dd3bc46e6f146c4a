"""Arrays of a map that was opened without hashes: held open, and copied when they are first used."""

from __future__ import annotations

import gc
import mmap
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from reloc.engine import open_localizer
from reloc.errors import MapChangedError
from reloc.maps import first_reading, held_array
from reloc.maps.reference_map import ReferenceMap


def _restore_times(file: Path, change: Callable[[Path], object]) -> None:
    found = file.stat()
    change(file)
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))


def _written(file: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def _one_bit(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        last = stream.read(1)[0]
        stream.seek(-1, os.SEEK_END)
        stream.write(bytes([last ^ 1]))


def _hole(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(200)
        stream.write(bytes(file.stat().st_size - 200))


def _mapped(file: Path) -> None:
    with file.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as shared:
        shared[-64:] = os.urandom(64)


@pytest.mark.parametrize(
    "harm",
    [
        _written,
        _one_bit,
        _hole,
        _mapped,
        lambda file: os.truncate(file, file.stat().st_size // 2),
        lambda file: os.truncate(file, 0),
        lambda file: _restore_times(file, _one_bit),
    ],
    ids=["written", "one bit", "hole", "mapped", "half", "empty", "times restored"],
)
def test_an_array_written_to_before_its_first_use_is_named(copied: Path, harm: Callable[[Path], None]) -> None:
    _needs_more_than_is_read_at_once(copied)
    opened = ReferenceMap.open(copied, verify=False)
    harm(copied / "compiled/features/descriptors.npy")
    for _ in range(2):
        with pytest.raises(MapChangedError, match=r"descriptors\.npy.*Open the map again"):
            opened.features(0)
    with pytest.raises(MapChangedError):
        open_localizer(opened, "features")


@pytest.mark.parametrize(
    "harm",
    [
        Path.unlink,
        lambda file: shutil.rmtree(file.parents[1]),
        lambda file: file.rename(file.with_name("elsewhere")),
        lambda file: file.with_name("x").write_bytes(b"other") and file.with_name("x").replace(file),
        lambda file: file.chmod(0o600),
        lambda file: os.utime(file, ns=(1, 1)),
        lambda file: file.write_bytes(file.read_bytes()),
        lambda file: os.truncate(file, file.stat().st_size + 100),
    ],
    ids=["deleted", "folder deleted", "moved", "replaced", "mode", "times", "written again", "longer"],
)
def test_an_array_with_its_content_is_used_whatever_happened_to_its_file(
    copied: Path, harm: Callable[[Path], None]
) -> None:
    _needs_more_than_is_read_at_once(copied)
    whole, opened = ReferenceMap.open(copied), ReferenceMap.open(copied, verify=False)
    harm(copied / "compiled/features/descriptors.npy")
    for index in range(len(whole)):
        np.testing.assert_array_equal(opened.features(index).descriptors, whole.features(index).descriptors)


def test_a_localizer_holds_all_arrays_of_a_map_that_was_opened_without_hashes(copied: Path) -> None:
    whole, opened = ReferenceMap.open(copied), ReferenceMap.open(copied, verify=False)
    open_localizer(opened, "features")
    for file in (copied / "compiled").rglob("*.npy"):
        os.truncate(file, 100)
    for index in range(len(whole)):
        np.testing.assert_array_equal(opened.features(index).uv, whole.features(index).uv)
        np.testing.assert_array_equal(opened.landmark_ids(index), whole.landmark_ids(index))


def test_opened_maps_hold_few_descriptors_and_give_them_back(copied: Path) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    gc.collect()
    before = count()
    maps = [ReferenceMap.open(copied, verify=False) for _ in range(200)]
    assert before < count() <= before + held_array._AT_MOST
    np.testing.assert_array_equal(maps[-1].features(1).uv, maps[0].features(1).uv)
    maps[0].copy_arrays()
    maps.clear()
    gc.collect()
    assert (count(), held_array._open_files) == (before, 0)


def test_several_threads_may_use_an_array_first(copied: Path) -> None:
    _needs_more_than_is_read_at_once(copied)
    opened = ReferenceMap.open(copied, verify=False)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: opened.arrays("features")["descriptors"], range(64)))
    assert len({array.ctypes.data for array in found}) == 1  # one copy


def _needs_more_than_is_read_at_once(folder: Path) -> None:
    assert (folder / "compiled/features/descriptors.npy").stat().st_size > first_reading._HELD
