"""Which references are matched with one another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import CAMERA, look_at

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.maps.building import pairs, view_index
from reloc.maps.building.references import IngestedReferences
from reloc.maps.building.view_index import candidates
from reloc.maps.building.view_overlap import DEPTHS_M, VIEW_POINTS, ViewOverlap


def references(poses: list[Float64], cameras: tuple[Camera, ...] = (CAMERA,)) -> IngestedReferences:
    names = tuple(f"{i}" for i in range(len(poses)))
    return IngestedReferences(
        Path(), names, names, np.stack(poses), cameras, tuple(i % len(cameras) for i in range(len(poses)))
    )


def along_a_wall(count: int) -> list[Float64]:
    """A camera that moves sideways, a metre a step, looking at a wall 3 m away."""
    return [look_at(np.array([float(i), 0.0, 1.0]), np.array([float(i), 3.0, 1.0])) for i in range(count)]


def scattered(count: int) -> list[Float64]:
    """Views in any direction, two a square meter."""
    random = np.random.default_rng(3)
    places = random.uniform(0.5, (np.sqrt(count / 2.0), np.sqrt(count / 2.0), 2.0), (count, 3))
    return [look_at(p, p + random.normal(size=3) * (1.0, 1.0, 0.2)) for p in places]


def driven(count: int) -> list[Float64]:
    """A robot that drives about in a hall, 0.25 m a view, and turns on the spot."""
    random = np.random.default_rng(4)
    side, place, yaw = max(8.0, 0.4 * np.sqrt(count)), np.full(2, 3.0), 0.0
    poses: list[Float64] = []
    while len(poses) < count:
        ahead = np.array([np.cos(yaw), np.sin(yaw)])
        poses.append(look_at(np.array([*place, 1.0]), np.array([*(place + ahead), 1.0])))
        following = place + 0.25 * ahead
        if (following < 0).any() or (following > side).any() or random.random() < 0.03:
            yaw += np.deg2rad(20) * (1 if random.random() < 0.7 else -1)
        else:
            place = following
    return poses


def compared_with_all(posed: IngestedReferences, neighbours: int) -> set[tuple[int, int]]:
    """The pairs by comparing all with all, in the plain way."""
    count = len(posed)
    seen = np.zeros((count, count), np.int64)
    for i in range(count):
        own = posed.camera(i)
        u, v = np.meshgrid(np.linspace(0, own.width - 1, 6), np.linspace(0, own.height - 1, 6))
        rays = np.column_stack([own.normalize(np.column_stack([u.ravel(), v.ravel()])), np.ones(36)])
        xyz = transforms.transform(posed.world_from_cam[i], np.concatenate([rays * d for d in DEPTHS_M]))
        for number, camera in enumerate(posed.cameras):
            rows = np.flatnonzero(np.asarray(posed.camera_of) == number)
            poses = transforms.inverse(posed.world_from_cam[rows])
            in_cams = np.einsum("nij,pj->npi", poses[:, :3, :3], xyz) + poses[:, None, :3, 3]
            uv = camera.pinhole.project(in_cams.reshape(-1, 3)).reshape(len(rows), -1, 2)
            with np.errstate(invalid="ignore"):
                inside = ((uv > 0) & (uv < (camera.width, camera.height))).all(axis=2)
            facing = posed.world_from_cam[rows, :3, 2] @ posed.world_from_cam[i, :3, 2] > 0
            seen[i, rows] = inside.sum(axis=1) * facing
    both = np.minimum(seen, seen.T)
    np.fill_diagonal(both, -1)
    found = set()
    for i in range(count):
        best = np.argsort(-both[i], kind="stable")[:neighbours]
        found |= {(min(i, int(j)), max(i, int(j))) for j in best if both[i, j] > 0}
    return found


def test_few_are_matched_with_all() -> None:
    assert pairs.overlapping(references(along_a_wall(4)), 3) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def test_many_are_matched_with_those_that_overlap_most() -> None:
    found = pairs.overlapping(references(along_a_wall(20)), 4)
    assert all((i, i + 1) in found for i in range(19))
    assert max(j - i for i, j in found) <= 4
    assert found == sorted(set(found))


def test_back_to_back_share_nothing() -> None:
    there = look_at(np.array([0.0, 0.0, 1.0]), np.array([0.0, 3.0, 1.0]))
    back = look_at(np.array([0.0, 0.0, 1.0]), np.array([0.0, -3.0, 1.0]))
    facing = look_at(np.array([0.0, 6.0, 1.0]), np.array([0.0, 3.0, 1.0]))
    seen = ViewOverlap(references([there, back, facing])).seen(0, np.arange(3))
    assert not seen[1:].any()
    assert seen[0] > 0.6 * VIEW_POINTS  # all but the rim of its own view


def test_another_camera_sees_more() -> None:
    pose = along_a_wall(1)[0]
    wide = Camera(320, 240, 100.0, 100.0, 159.5, 119.5)
    views = ViewOverlap(references([pose, pose], (CAMERA, wide)))
    assert views.seen(0, np.array([1])) == VIEW_POINTS  # the wide camera sees all that the other sees
    assert views.seen(1, np.array([0])) < 0.5 * VIEW_POINTS


@pytest.mark.parametrize("poses", [along_a_wall(40), scattered(50), driven(60), [along_a_wall(1)[0]] * 20])
def test_few_give_the_pairs_of_comparing_all_with_all(poses: list[Float64]) -> None:
    wide = Camera(320, 240, 120.0, 130.0, 150.0, 119.5)
    fisheye = Camera(320, 240, 140.0, 140.0, 159.5, 119.5, DistortionModel.EQUIDISTANT, (0.05, 0.01, 0.0, 0.0))
    posed = references(poses, (CAMERA, wide, fisheye))
    assert pairs.overlapping(posed, 7) == sorted(compared_with_all(posed, 7))


@pytest.mark.parametrize("poses", [scattered(500), driven(500)])
def test_many_give_nearly_the_pairs_of_comparing_all_with_all(
    poses: list[Float64], monkeypatch: pytest.MonkeyPatch
) -> None:
    posed = references(poses)
    found = set(pairs.overlapping(posed, 10))
    compared = candidates(posed.world_from_cam, 10)
    assert compared.nnz < 0.9 * len(posed) ** 2
    monkeypatch.setattr(view_index, "ALL_WITH_ALL", len(posed))
    expected = set(pairs.overlapping(posed, 10))
    assert len(expected & found) >= 0.99 * len(expected)


def test_the_number_of_comparisons_grows_with_that_of_references() -> None:
    each = [candidates(np.stack(driven(count)), 30).nnz / count for count in (1000, 2000)]
    assert each[1] < 1.5 * each[0]  # comparing all with all: 2


def test_a_robot_that_is_parked_for_long() -> None:
    found = pairs.overlapping(references([along_a_wall(1)[0]] * 450), 5)
    assert 450 <= len(found) <= 450 * 5
