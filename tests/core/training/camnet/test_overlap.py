"""The bilateral frustum overlap and ORB's likeness."""

import cv2
import numpy as np
import pytest

from reloc.errors import DepthError, TrainingDataError
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import make, so3_exp
from reloc.training.camnet import orb
from reloc.training.camnet.overlap import grid_points, overlaps

CAMERA = Camera(100, 100, 50.0, 50.0, 49.5, 49.5)  # 90 degrees
WALL = np.full((100, 100), 2.0, np.float32)  # which it sees 4 m wide


def between(*poses, depth=WALL):
    return overlaps([grid_points(depth, CAMERA)] * len(poses), np.stack(poses), CAMERA)


def test_a_view_sees_all_of_itself_and_half_after_a_step_of_half_its_width():
    """Camera turned in the world, so that a formula that mixes frames (as equation 2 is printed) fails."""
    turned = make(so3_exp([0.3, -1.0, 0.5]), [3.0, 4.0, 5.0])
    aside = turned @ make(np.eye(3), [2.0, 0.0, 0.0])
    shares = between(turned, aside)
    np.testing.assert_allclose(shares, [[1.0, 0.5], [0.5, 1.0]])


def test_it_is_not_the_same_both_ways():
    """From half as far a wall's middle is seen: all of that is in the far view, a quarter of which is in the near."""
    near = make(np.eye(3), [0.0, 0.0, 1.0])
    points = [grid_points(WALL, CAMERA), grid_points(WALL / 2, CAMERA)]
    shares = overlaps(points, np.stack([np.eye(4), near]), CAMERA)
    assert shares[1, 0] == 1.0
    assert shares[0, 1] == pytest.approx(0.36, abs=0.12)


def test_what_is_behind_is_not_seen():
    shares = between(np.eye(4), make(so3_exp([0.0, np.pi, 0.0]), [0.0, 0.0, 0.0]))
    assert shares[0, 1] == 0.0


def test_sparse_depth_is_used_and_missing_depth_is_not_known():
    sparse = WALL.copy()
    sparse[50:] = 0.0
    sparse[:2] = np.nan
    points = [
        grid_points(sparse, CAMERA),
        grid_points(np.zeros_like(WALL), CAMERA),
        grid_points(WALL[::4, ::4], CAMERA),
    ]
    assert [len(p) for p in points] == [50, 0, 100]
    shares = overlaps(points, np.stack([np.eye(4)] * 3), CAMERA)
    np.testing.assert_allclose(shares[[0, 2]], 1.0)
    assert np.isnan(shares[1]).all()


def test_bad_depth_and_poses_are_told():
    with pytest.raises(DepthError, match=r"2e\+03 m.*millimeters"):
        between(np.eye(4), np.eye(4), depth=1000 * WALL)
    bad = np.eye(4)
    bad[0, 3] = np.nan
    with pytest.raises(TrainingDataError, match="finite pose"):
        between(np.eye(4), bad)


def picture(seed):
    noise = np.random.default_rng(seed).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    return cv2.resize(noise, (256, 256), interpolation=cv2.INTER_NEAREST)


def test_orb_finds_a_moved_image_more_alike_than_another():
    moved = np.roll(picture(1), 24, axis=1)
    poses = np.stack([np.eye(4)] * 4)
    poses[3, :3, :3] = so3_exp([0.0, np.pi, 0.0])
    alike = orb.similarities([picture(1), moved, picture(2), picture(1)], poses)
    assert alike[0, 1] > 0.5
    assert alike[1, 0] > 0.5
    assert alike[0, 2] < 0.5 * alike[0, 1]
    assert alike[0, 3] == 0.0  # it looks the other way
    np.testing.assert_array_equal(np.diag(alike), 1.0)
    assert orb.similarity(orb.descriptors(np.zeros((256, 256, 3), np.uint8)), orb.descriptors(moved)) == 0.0
