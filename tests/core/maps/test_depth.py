"""Depth, brought from its camera into the colour camera."""

from __future__ import annotations

import numpy as np

from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.depth import DepthImage, register

DEPTH = Camera(80, 60, 70.0, 70.0, 39.5, 29.5)
COLOUR = Camera(100, 80, 40.0, 40.0, 49.5, 39.5)


def wall(z):
    return np.full((60, 80), z, np.float32)


def test_points_lie_where_they_are_seen():
    metres = wall(0.0)
    metres[10, 20] = 2.0
    points = DepthImage(metres, DEPTH, transforms.make(np.eye(3), [0.5, 0, 0])).points()
    np.testing.assert_allclose(points, [[(20 - 39.5) / 70 * 2 + 0.5, (10 - 29.5) / 70 * 2, 2.0]])


def test_registered_depth_is_given_back():
    depth = DepthImage(wall(1.0), DEPTH, np.eye(4))
    assert register(depth, DEPTH) is depth.metres


def test_a_slanted_wall_seen_from_another_place():
    """The plane x + 2 z = 4 of the depth camera, seen by a camera that stands beside it and is turned."""
    rays = DEPTH.normalize(np.stack(np.meshgrid(np.arange(80), np.arange(60)), -1).reshape(-1, 2)).reshape(60, 80, 2)
    metres = (4 / (rays[..., 0] + 2)).astype(np.float32)
    cam_from_depth = transforms.make(transforms.so3_exp([0, 0.1, 0.05]), [0.2, -0.1, 0.1])
    seen = register(DepthImage(metres, DEPTH, cam_from_depth), COLOUR)
    v, u = np.nonzero(seen)
    assert len(u) > 1000
    points = np.column_stack([COLOUR.normalize(np.column_stack([u, v])), np.ones(len(u))]) * seen[v, u, None]
    x, _, z = transforms.transform(transforms.inverse(cam_from_depth), points).T
    assert np.abs(x + 2 * z - 4).max() < 0.06  # a point lies up to half a pixel from its pixel's centre


def test_the_nearer_surface_hides_the_other():
    metres = wall(3.0)
    metres[:, :40] = 1.0
    seen = register(DepthImage(metres, DEPTH, transforms.make(np.eye(3), [0.3, 0, 0])), COLOUR)
    # The near half moves right by 12 px, the far half by 4: eight columns are covered by both.
    assert seen[40, 55] == np.float32(1.0)
    assert set(np.unique(seen)) == {np.float32(0), np.float32(1), np.float32(3)}


def test_points_behind_the_camera_are_not_seen():
    seen = register(DepthImage(wall(1.0), DEPTH, transforms.make(np.eye(3), [0, 0, -2.0])), COLOUR)
    assert not seen.any()
