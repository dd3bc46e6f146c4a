"""Maps to learn from: with depth, without, and with what is no depth in metres."""

from dataclasses import replace

import numpy as np
import pytest
from support.tiny_world import CAMERA, TinySource, build_tiny_map, reference_poses, render

from reloc.errors import MapNotFoundError, TrainingDataError
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.progress import silent
from reloc.maps.reference_map import ReferenceMap
from reloc.training.pnlp import batches
from reloc.training.pnlp.config import PnLPTaskConfig
from reloc.training.pnlp.map_views import landmark_depth, views_of

CONFIG = PnLPTaskConfig(side=64, groups=3, pairs=4, map_share=1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_tiny_map(tmp_path_factory.mktemp("maps"), "triangulate", "vlad")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return build_tiny_map(tmp_path_factory.mktemp("maps"), "none", "vlad")


def test_landmarks_tell_true_depth(folder):
    opened = ReferenceMap.open(folder)
    square = CAMERA.scaled(128, 128)
    sparse, true = landmark_depth(opened, 4, square), render(reference_poses()[4], square)[1]
    known = sparse > 0
    assert 30 < known.sum() < 0.5 * known.size
    assert np.median(np.abs(sparse / true - 1.0)[known]) < 0.02


def test_views_of_a_map_make_a_batch(folder):
    room = views_of(folder, CONFIG.camera, True, silent)
    assert room.images.shape == (12, 64, 64, 3)
    assert (room.depth > 0).any()
    apart = np.linalg.norm(
        room.world_from_cam[room.pairs.first, :3, 3] - room.world_from_cam[room.pairs.second, :3, 3], axis=1
    )
    assert apart.min() >= 0.05
    assert (room.pairs.overlap > 0).all()
    assert (room.pairs.overlap <= 1).all()

    class NoRooms:
        config = CONFIG

        def room(self, split, number):
            raise AssertionError("map_share is 1")

    given = batches.batch(NoRooms(), [room], (1, 2, 3), range(3))
    assert len(given["first"]) == 12
    assert given["depth"].max() < 10.0
    first, second = given["world_from_cam"][given["first"]], given["world_from_cam"][given["second"]]
    distance = np.linalg.norm(first[:, :3, 3] - second[:, :3, 3], axis=1)
    assert (distance > 0.04).all()  # both of one place


def test_a_map_without_depth_teaches_by_views_alone(bare):
    with pytest.raises(TrainingDataError, match="--supervision views"):
        views_of(bare, CONFIG.camera, True, silent)
    room = views_of(bare, CONFIG.camera, False, silent)
    assert not room.depth.any()
    assert len(room.pairs)


def test_depth_in_millimetres_is_named(tmp_path):
    """Poses and depth alike, so that the map itself is sound."""
    poses = []
    for pose in reference_poses():
        pose = pose.copy()
        pose[:3, 3] *= 1000.0
        poses.append(pose)
    source = TinySource(poses=poses, depth_factor=1000.0)
    frames = source.frames("train")
    true = reference_poses()
    source.frames = lambda split: [
        replace(frame, load_image=lambda pose=pose: render(pose)[0], load_depth=lambda pose=pose: _millimetres(pose))
        for frame, pose in zip(frames, true, strict=True)
    ]
    build_map(source, tmp_path / "mm.map", BuildConfig(landmarks="triangulate", retrieval="vlad"))
    with pytest.raises(TrainingDataError, match="another unit"):
        views_of(tmp_path / "mm.map", CONFIG.camera, True, silent)


def _millimetres(pose):
    from reloc.maps.depth import DepthImage

    return DepthImage(render(pose)[1] * np.float32(1000.0), CAMERA, np.eye(4))


def test_references_that_are_too_far_apart_make_no_pair(tmp_path):
    poses = reference_poses()
    build_map(TinySource(poses=[poses[0]]), tmp_path / "one.map", BuildConfig(landmarks="none", retrieval="vlad"))
    with pytest.raises(TrainingDataError, match="--every"):
        views_of(tmp_path / "one.map", CONFIG.camera, False, silent)


def test_no_map_is_named(tmp_path):
    with pytest.raises(MapNotFoundError):
        views_of(tmp_path / "nothing", CONFIG.camera, False, silent)
