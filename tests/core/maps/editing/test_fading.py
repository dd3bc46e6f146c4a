"""Landmarks that later drives do not see again: they fade where something changed, and nowhere else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import CAMERA, query_poses, reference_poses, render, small_map

from reloc.datatypes import Float64, Localized, Query, UInt8
from reloc.engine import open_localizer
from reloc.errors import MapIncompleteError
from reloc.maps.editing.add_drive import add_frames
from reloc.maps.editing.remove import of_drive, remove
from reloc.maps.integrity import list_files
from reloc.maps.layers import layers
from reloc.maps.manifest import content_hash
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame


def inside_poster(xyz: Float64) -> np.ndarray:
    return (xyz[:, 1] > 3.9) & (np.abs(xyz[:, 0] - 2.2) < 0.6)


def as_before(pose: Float64) -> UInt8:
    return render(pose)[0]


def with_poster(pose: Float64) -> UInt8:
    """The room after somebody hung something on a wall."""
    (image, depth), (other, _) = render(pose), render(pose, seed=5)
    v, u = np.mgrid[0 : CAMERA.height, 0 : CAMERA.width]
    rays = np.column_stack([CAMERA.normalize(np.column_stack([u.ravel(), v.ravel()])), np.ones(u.size)])
    xyz = rays * depth.reshape(-1, 1) @ pose[:3, :3].T + pose[:3, 3]
    changed = inside_poster(xyz).reshape(depth.shape)
    image = image.copy()
    image[changed] = other[changed]
    return image


def drive(folder: Path, day: int, look: Callable[[Float64], UInt8]) -> int:
    random = np.random.default_rng([7, day])
    poses = [pose.copy() for pose in reference_poses()]
    for pose in poses:
        pose[:3, 3] += random.normal(0.0, 0.08, 3)
    frames = [SourceFrame(f"{i:03d}", partial(look, pose), CAMERA, pose) for i, pose in enumerate(poses)]
    return add_frames(ReferenceMap.open(folder), frames, f"day{day}", {}).faded


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(small_map(), tmp_path_factory.mktemp("changed") / "room.map"))
    drive(folder, 1, with_poster)
    assert drive(folder, 2, with_poster) > 0
    return folder


def test_what_is_gone_fades_and_the_rest_stays(changed: Path) -> None:
    now, count = ReferenceMap.open(changed), len(ReferenceMap.open(small_map()).landmarks)
    gone = inside_poster(now.landmarks[:count])
    presence = now.landmark_presence[:count]
    assert gone.sum() > 200
    assert presence[gone].mean() < 0.75 < presence[~gone].mean()
    assert (presence[gone] < 0.5).mean() > 0.2
    assert (presence[~gone] < 0.5).mean() < 0.02
    first, *later = layers(now)
    assert first.faded == (presence < 0.5).sum()
    assert first.missed > first.faded
    assert [layer.name for layer in later] == ["day1", "day2"]
    assert sum(layer.landmarks for layer in (first, *later)) == len(now.landmarks)


def test_references_do_not_see_what_is_gone(changed: Path) -> None:
    now = ReferenceMap.open(changed)
    limited = ReferenceMap.open(changed, memory_limit_mb=64)
    for index in range(len(now)):
        ids, descriptors = now.seen_landmarks(index)
        assert len(ids) == len(descriptors)
        assert (now.landmark_presence[ids] >= 0.5).all()
        np.testing.assert_array_equal(now.landmark_ids(index)[now.landmark_ids(index) >= 0], ids)
        assert len(now.features(index)) == len(now.landmark_ids(index))
        np.testing.assert_array_equal(limited.seen_landmarks(index)[1], descriptors)


def test_answers_in_the_changed_room(changed: Path) -> None:
    localizer = open_localizer(ReferenceMap.open(changed))
    for pose in query_poses():
        answer = localizer.localize(Query(with_poster(pose), CAMERA))
        assert isinstance(answer, Localized)
        assert np.linalg.norm(answer.world_from_cam[:3, 3] - pose[:3, 3]) < 0.03


def test_nothing_fades_in_a_room_that_stays(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_map(), tmp_path / "room.map"))
    assert drive(folder, 1, as_before) <= 2
    assert drive(folder, 2, as_before) <= 0.01 * len(ReferenceMap.open(folder).landmarks)


def test_removing_the_drives_takes_it_back(changed: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(changed, tmp_path / "room.map"))
    for day in (2, 1):
        opened = ReferenceMap.open(folder)
        remove(opened, of_drive(opened, f"day{day}"))
    assert (ReferenceMap.open(folder).landmark_presence == 1.0).all()
    assert not (folder / "compiled" / "landmarks" / "presence.npy").exists()


def test_presence_of_another_form(changed: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(changed, tmp_path / "room.map"))
    np.save(folder / "compiled" / "landmarks" / "presence.npy", np.zeros(3, np.uint8))
    values = json.loads((folder / "map.json").read_text())
    files = list_files(folder, skip=frozenset(["map.json"]))
    values["files"] = [{"path": f.path, "size": f.size, "sha256": f.sha256} for f in files]
    values["content_hash"] = content_hash(files)
    (folder / "map.json").write_text(json.dumps(values))
    with pytest.raises(MapIncompleteError, match=r"landmarks/presence is \(3,\)"):
        ReferenceMap.open(folder)
