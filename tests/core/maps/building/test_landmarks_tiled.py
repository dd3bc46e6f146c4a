"""A map that is triangulated in tiles has the landmarks of one that is triangulated at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from support.tiny_world import SIZE, TinySource, reference_poses

from reloc.datatypes import Float64
from reloc.features.rootsift import RootSiftConfig
from reloc.geometry import transforms
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.building import landmarks_tiled
from reloc.maps.reference_map import ReferenceMap

CONFIG = BuildConfig(landmarks="triangulate", retrieval="", features=RootSiftConfig(max_features=600))


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], ReferenceMap]:
    def one(tile: int) -> ReferenceMap:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(landmarks_tiled, "TILE", tile)
            path = tmp_path_factory.mktemp("tiled") / "m.map"
            return build_map(TinySource(reference_poses(12)), path, CONFIG)

    return one


def from_walls(xyz: Float64) -> Float64:
    return np.abs(np.concatenate([xyz, SIZE - xyz], axis=1)).min(axis=1)


def test_as_at_once(build: Callable[[int], ReferenceMap]) -> None:
    whole, tiled, again = build(200), build(4), build(4)
    assert tiled.content_hash == again.content_hash
    report = tiled.manifest.report
    for figure, within in {"landmarks": 0.15, "mean_track": 0.15, "key_points_with_landmark": 0.05}.items():
        assert report[figure] == pytest.approx(whole.manifest.report[figure], rel=within)
    assert report["matched_pairs"] == whole.manifest.report["matched_pairs"]
    distance = from_walls(tiled.landmarks.astype(np.float64))
    assert np.median(distance) < 1.3 * np.median(from_walls(whole.landmarks.astype(np.float64))) + 0.001
    for index in range(len(tiled)):
        ids = tiled.landmark_ids(index)
        seen = ids[ids >= 0]
        assert len(np.unique(seen)) == len(seen)  # a reference sees a landmark once
        in_cam = transforms.transform(transforms.inverse(tiled.world_from_cam[index]), tiled.landmarks[seen])
        off = np.linalg.norm(tiled.camera(index).project(in_cam) - tiled.features(index).uv[ids >= 0], axis=1)
        assert off.max() < report["max_error_px"] + 0.1
    assert tiled.landmark_observations.min() >= 1


@pytest.mark.parametrize("count", [1, 200, 201, 1700])
def test_tiles_have_every_reference_once(count: int) -> None:
    centers = np.random.default_rng(count).uniform(0.0, 90.0, (count, 3)) * (1.0, 0.3, 0.1)
    parts = landmarks_tiled.tiles(centers)
    assert sorted(np.concatenate(parts).tolist()) == list(range(count))
    assert max(map(len, parts)) <= landmarks_tiled.TILE
    assert len(parts) <= max(1, 2 * count // landmarks_tiled.TILE + 1)


def test_references_at_one_place() -> None:
    parts = landmarks_tiled.tiles(np.zeros((500, 3)))
    assert sorted(np.concatenate(parts).tolist()) == list(range(500))
