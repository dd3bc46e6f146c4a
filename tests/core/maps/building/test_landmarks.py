"""Landmarks lie where the tiny world's walls are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import SIZE, TinySource, build_tiny_map, reference_poses

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc.maps.build_config import BuildConfig, DepthConfig
from reloc.maps.builder import build_map
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.landmarks_depth import at_key_points
from reloc.maps.reference_map import ReferenceMap


def from_walls(xyz: Float64) -> Float64:
    """Distance of points to the nearest wall, metres."""
    return np.abs(np.concatenate([xyz, SIZE - xyz], axis=1)).min(axis=1)


def test_triangulated(tiny_map: ReferenceMap) -> None:
    xyz = tiny_map.landmarks.astype(np.float64)
    assert len(xyz) > 1000
    assert np.median(from_walls(xyz)) < 0.01  # from 2 to 4 m away, over as little as 1.5 degrees
    assert np.percentile(from_walls(xyz), 90) < 0.06
    assert tiny_map.manifest.report["median_reprojection_px"] < 0.15
    assert tiny_map.manifest.report["pose_error_px"] < 0.1
    assert tiny_map.manifest.report["mean_track"] > 3


def test_from_depth(tmp_path: Path) -> None:
    made = ReferenceMap.open(build_tiny_map(tmp_path, "depth", ""))
    xyz = made.landmarks.astype(np.float64)
    assert np.percentile(from_walls(xyz), 99) < 0.02
    assert (made.landmark_observations > 1).sum() > 500  # matched ones are one
    assert (made.landmark_observations == 1).any()
    for index in range(len(made)):
        ids = made.landmark_ids(index)
        cam_from_world = transforms.inverse(made.world_from_cam[index])
        uv = made.camera(index).project(transforms.transform(cam_from_world, xyz[ids[ids >= 0]]))
        assert np.linalg.norm(uv - made.features(index).uv[ids >= 0], axis=1).max() < 4.001


def test_auto_adds_depth_where_nothing_was_triangulated(tiny_map: ReferenceMap, tmp_path: Path) -> None:
    made = ReferenceMap.open(build_tiny_map(tmp_path, "auto", ""))
    for index in range(len(made)):
        ours, before = made.landmark_ids(index), tiny_map.landmark_ids(index)
        assert (ours[before >= 0] >= 0).all()
        assert (ours >= 0).sum() >= (before >= 0).sum()
    assert len(made.landmarks) > len(tiny_map.landmarks)


def test_worse_poses_get_more_room(tiny_map: ReferenceMap, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    noisy = [
        transforms.make(p[:3, :3] @ transforms.so3_exp(random.normal(0, 0.01, 3)), p[:3, 3] + random.normal(0, 0.01, 3))
        for p in reference_poses()
    ]
    frames = TinySource().frames("train")

    class Noisy(TinySource):
        def frames(self, split: str) -> list:  # type: ignore[type-arg]
            import dataclasses

            return [dataclasses.replace(f, world_from_cam=p) for f, p in zip(frames, noisy, strict=True)]

    report = build_map(Noisy(), tmp_path / "m", BuildConfig(landmarks="triangulate", retrieval="")).manifest.report
    assert report["pose_error_px"] > 1.0
    assert report["max_error_px"] > 4.0
    assert tiny_map.manifest.report["max_error_px"] == 4.0


def test_depth_is_refused_at_edges_holes_and_beyond_its_range() -> None:
    depth = np.full((40, 60), 2.0, np.float32)
    depth[:, 30:] = 4.0
    depth[20:, :10] = 0.0
    depth[:10, 50:] = 90.0
    uv = np.array([[15, 10], [30, 10], [45, 30], [3, 30], [55, 4], [0, 0]], np.float32)
    found = at_key_points(depth, uv, DepthConfig())
    np.testing.assert_allclose(found, [2.0, 0.0, 4.0, 0.0, 0.0, 0.0])


def test_followed_by_keeps_the_first_and_numbers_anew() -> None:
    first = Landmarks.from_tracks(np.array([[1.0, 0, 0]]), [[(0, 0), (1, 1)]], [2, 2], {})
    second = Landmarks.from_tracks(np.array([[2.0, 0, 0], [3.0, 0, 0]]), [[(0, 0)], [(0, 1), (1, 1)]], [2, 2], {})
    both = first.followed_by(second)
    np.testing.assert_array_equal(both.xyz[:, 0], [1.0, 3.0])  # 2 is seen by nobody any more
    np.testing.assert_array_equal(both.ids, [[0, 1], [-1, 0]])
    np.testing.assert_array_equal(both.observations, [2, 1])


@pytest.mark.slow
def test_real_room(data_dir: Path, tmp_path: Path) -> None:
    from reloc.maps.keyframe_config import KeyframeConfig
    from reloc.maps.source import SourceOptions, open_source

    if not (data_dir / "redkitchen_sfm").is_dir():
        pytest.skip("redkitchen_sfm is not there")
    source = open_source("7scenes", data_dir / "redkitchen_sfm", SourceOptions(camera="525.5,320,240"))
    config = BuildConfig(keyframes=KeyframeConfig(every=25), retrieval="", landmarks="triangulate")
    report = build_map(source, tmp_path / "m", config).manifest.report
    assert report["landmarks"] > 2000
    assert report["median_reprojection_px"] < 1.0
    assert report["pose_error_px"] < 1.0


def turned_on_the_spot() -> list[Float64]:
    """Six views from exactly one position: between them there is no epipolar line, and they have the most matches."""
    middle = reference_poses()[3]
    turns = [transforms.so3_exp([0.0, angle, 0.0]) for angle in np.linspace(-0.05, 0.05, 6)]
    return [transforms.make(middle[:3, :3] @ turn, middle[:3, 3]) for turn in turns]


def test_a_robot_that_turned_on_the_spot_does_not_make_poses_look_bad(tmp_path: Path) -> None:
    source = TinySource(poses=turned_on_the_spot() + reference_poses()[4:8])
    report = build_map(source, tmp_path / "m.map", BuildConfig(landmarks="triangulate")).manifest.report
    assert 0.0 < report["pose_error_px"] < 0.5
    assert report["max_error_px"] == 4.0
    assert report["landmarks"] > 500


def test_positions_that_are_all_one_say_nothing_about_the_poses(tmp_path: Path) -> None:
    source = TinySource(poses=turned_on_the_spot())
    report = build_map(source, tmp_path / "m.map", BuildConfig(landmarks="triangulate")).manifest.report
    assert report["pose_error_px"] < 0.5
    assert report["landmarks"] == 0
