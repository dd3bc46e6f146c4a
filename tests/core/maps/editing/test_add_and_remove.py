"""Drives are added to maps and removed: what is there keeps its numbers, and the map changes whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.drives import beside, frames
from support.old_map import as_before
from support.tiny_world import build_tiny_map, render, small_map

from reloc.datatypes import Localized, Query
from reloc.engine import open_localizer
from reloc.errors import MapChangedError, MapEmptyError, MapError
from reloc.features.points import PointsConfig
from reloc.geometry.transforms import distance_between
from reloc.maps import layout
from reloc.maps.add_features import add_features
from reloc.maps.building import arrays
from reloc.maps.check import check
from reloc.maps.drives import drives_of
from reloc.maps.editing.add_drive import AddedDrive, add_frames
from reloc.maps.editing.remove import in_region, of_drive, remove
from reloc.maps.map_lock import locked
from reloc.maps.reference_map import ReferenceMap


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_map(), tmp_path / "small.map"))


def opened(folder: Path) -> ReferenceMap:
    return ReferenceMap.open(folder, verify=True)


def add(folder: Path, drive: str = "tuesday") -> AddedDrive:
    return add_frames(opened(folder), frames(beside()), drive, {"name": "tiny"})


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(small_map(), tmp_path_factory.mktemp("grown") / "small.map"))
    done = add(folder)
    assert (done.references, done.signed) == (4, False)
    assert done.bytes_anew > 0
    return folder


def assert_same_references(now: ReferenceMap, before: ReferenceMap, first: int) -> None:
    """The ``first`` references of both are the same, with the same landmarks."""
    np.testing.assert_array_equal(now.landmarks[: len(before.landmarks)], before.landmarks)
    for index in range(first):
        new, old = now.features(index), before.features(index)
        for part in ("uv", "size", "angle", "descriptors"):
            np.testing.assert_array_equal(getattr(new, part), getattr(old, part))
        had = before.landmark_ids(index) >= 0
        np.testing.assert_array_equal(now.landmark_ids(index)[had], before.landmark_ids(index)[had])


def test_what_is_there_keeps_its_numbers(grown: Path) -> None:
    before, now = opened(small_map()), opened(grown)
    assert now.names[:12] == before.names
    assert now.names[12:] == tuple(f"tuesday/ref/{i:03d}" for i in range(4))
    assert_same_references(now, before, 12)
    assert [(d.name, d.references) for d in drives_of(now.manifest)] == [(before.manifest.name, 12), ("tuesday", 4)]
    assert not list(grown.parent.glob("*.partial")) + list(grown.parent.glob("*.replaced"))
    assert (grown / layout.SPARSE / "points3D.bin").stat().st_size > 0
    assert len(check(now)) == 16


def test_new_references_see_landmarks_of_the_map(grown: Path) -> None:
    now, count = opened(grown), len(opened(small_map()).landmarks)
    seen = [now.landmark_ids(i) for i in range(12, 16)]
    assert sum(int((ids >= count).sum()) for ids in seen) > 100  # from their depth
    again = [ids[(ids >= 0) & (ids < count)] for ids in seen]
    assert min(map(len, again[:2])) > 20
    off = [np.linalg.norm(
        now.camera(i).project((now.landmarks[ids] - now.world_from_cam[i, :3, 3]) @ now.world_from_cam[i, :3, :3])
        - now.features(i).uv[now.landmark_ids(i) >= 0][np.isin(now.landmark_ids(i)[now.landmark_ids(i) >= 0], ids)],
        axis=1) for i, ids in zip(range(12, 14), again[:2], strict=True)]  # fmt: skip
    assert float(np.median(np.concatenate(off))) < 2.0


def test_it_localizes_where_only_the_new_drive_was(grown: Path) -> None:
    pose = beside()[3].copy()
    pose[:3, 3] += (0.05, -0.04, 0.03)
    answer = open_localizer(opened(grown)).localize(Query(render(pose)[0], opened(grown).camera(0)))
    assert isinstance(answer, Localized)
    assert distance_between(answer.world_from_cam, pose) < 0.02


def test_removing_the_drive_gives_the_map_of_before(grown: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(grown, tmp_path / "m.map"))
    done = remove(opened(folder), of_drive(opened(folder), "tuesday"))
    assert done.references == 4
    now, before = opened(folder), opened(small_map())
    assert now.names == before.names
    assert len(now.landmarks) == len(before.landmarks)
    assert_same_references(now, before, 12)
    np.testing.assert_array_equal(now.landmark_observations, before.landmark_observations)
    assert not (folder / "images" / "tuesday").exists()
    np.testing.assert_allclose(now.landmark_descriptors, before.landmark_descriptors, atol=0.03)


def test_removing_a_region(folder: Path) -> None:
    poses = opened(folder).world_from_cam
    middle = float(np.median(poses[:, 0, 3]))
    done = remove(opened(folder), in_region(opened(folder), (middle, -9.0, 9.0, 9.0)))
    now = opened(folder)
    assert done.references == int((poses[:, 0, 3] >= middle).sum()) == 12 - len(now)
    assert (now.world_from_cam[:, 0, 3] < middle).all()
    assert now.landmark_observations.min() >= 1
    answer = open_localizer(now).localize(Query(now.image(1)[..., 1], now.camera(1)))
    assert isinstance(answer, Localized)
    assert len(list((folder / "images").rglob("*.*"))) == len(now)


def test_what_cannot_be_removed(folder: Path) -> None:
    with pytest.raises(MapError, match=r"has no drive 'smal.map'.*small"):
        of_drive(opened(folder), "smal.map")
    with pytest.raises(MapError, match=r"No reference of .* is in the region"):
        in_region(opened(folder), (50.0, 50.0, 60.0, 60.0))
    with pytest.raises(MapError, match=r"The region .* is empty"):
        in_region(opened(folder), (1.0, 0.0, 0.0, 1.0))
    with pytest.raises(MapEmptyError, match="would be left"):
        remove(opened(folder), np.ones(12, bool))


@pytest.mark.parametrize("name", ["../tuesday", "/tmp/x", "", "a\0b"])
def test_impossible_names(folder: Path, name: str) -> None:
    with pytest.raises(MapError, match="Give another --drive"):
        add_frames(opened(folder), frames(beside()[:1]), name, {})


def test_a_name_that_is_there(grown: Path) -> None:
    with pytest.raises(MapError, match="has a drive 'tuesday' already"):
        add(grown)


@pytest.mark.parametrize("at", [0, 4, 9])
def test_a_full_disk_leaves_the_map_as_it_was(folder: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, write, calls = opened(folder).content_hash, arrays.write_array, []

    def fill(file: Path, array: np.ndarray) -> None:
        calls.append(file)
        if len(calls) > at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        write(file, array)

    monkeypatch.setattr(arrays, "write_array", fill)
    with pytest.raises(MapError, match=r"No space left on device\. The map is as it was"):
        remove(opened(folder), np.arange(12) < 4)
    assert opened(folder).content_hash == before
    monkeypatch.undo()
    assert remove(opened(folder), np.arange(12) < 4).references == 4


def test_one_writer_at_a_time(folder: Path) -> None:
    with locked(folder), pytest.raises(MapError, match="Another process writes to"):
        add(folder)
    with locked(folder), pytest.raises(MapError, match="Another process writes to"):
        remove(opened(folder), np.arange(12) < 4)
    assert len(opened(folder)) == 12


def test_a_map_that_changed_meanwhile(folder: Path) -> None:
    before = opened(folder)
    remove(opened(folder), np.arange(12) < 2)
    with pytest.raises(MapChangedError, match=r"map\.json was replaced"):
        remove(before, np.arange(12) < 4)
    assert len(opened(folder)) == 10


def test_each_kind_of_features_gets_the_drive(folder: Path) -> None:
    add_features(folder, "points", PointsConfig(max_features=300))
    add(folder)
    now = opened(folder)
    view = now.with_features("points")
    assert len(view.features(13)) > 0
    assert view.manifest.key_points == sum(len(view.features(i)) for i in range(16))
    answer = open_localizer(now, parameters={"kind": "points"}).localize(Query(now.image(13), now.camera(13)))
    assert isinstance(answer, Localized)
    remove(now, of_drive(now, "tuesday"))
    assert opened(folder).with_features("points").manifest.references == 12


def test_triangulated_landmarks_and_a_map_of_before(tmp_path: Path) -> None:
    made = build_tiny_map(tmp_path)
    folder = as_before(made, tmp_path / "old.map")
    before, now = opened(folder), None
    done = add_frames(before, frames(beside()[:2]), "tuesday", {})
    now = opened(folder)
    assert done.landmarks == len(now.landmarks) - len(before.landmarks) > 0
    assert now.manifest.format_version == 2
    np.testing.assert_array_equal(now.landmarks[: len(before.landmarks)], before.landmarks)
    answer = open_localizer(now).localize(Query(now.image(13), now.camera(13)))
    assert isinstance(answer, Localized)
    assert distance_between(answer.world_from_cam, now.world_from_cam[13]) < 0.02
