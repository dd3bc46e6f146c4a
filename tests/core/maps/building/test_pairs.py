"""Which references are matched with one another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from support.tiny_world import CAMERA, look_at

from reloc.datatypes import Float64
from reloc.geometry.cameras import Camera
from reloc.maps.building import pairs
from reloc.maps.building.references import IngestedReferences


def references(poses: list[Float64], cameras: tuple[Camera, ...] = (CAMERA,)) -> IngestedReferences:
    names = tuple(f"{i}" for i in range(len(poses)))
    return IngestedReferences(
        Path(), names, names, np.stack(poses), cameras, tuple(i % len(cameras) for i in range(len(poses)))
    )


def along_a_wall(count: int) -> list[Float64]:
    """A camera that moves sideways, a metre a step, looking at a wall 3 m away."""
    return [look_at(np.array([float(i), 0.0, 1.0]), np.array([float(i), 3.0, 1.0])) for i in range(count)]


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
    shares = pairs.overlap(references([there, back, facing]))
    np.testing.assert_allclose(shares[0, 1:], 0.0)
    assert shares[0, 0] > 0.6  # all but the rim of its own view


def test_another_camera_sees_more() -> None:
    pose = along_a_wall(1)[0]
    wide = Camera(320, 240, 100.0, 100.0, 159.5, 119.5)
    shares = pairs.overlap(references([pose, pose], (CAMERA, wide)))
    assert shares[0, 1] == 1.0  # the wide camera sees all that the other sees
    assert shares[1, 0] < 0.5
