"""The RANSAC-filtered mean of a few poses, and CamNet's stages on features that say what they are."""

from __future__ import annotations

import numpy as np
import pytest

from reloc.datatypes import Float64
from reloc.geometry.transforms import inverse, make, so3_exp, to_quaternion
from reloc.localizers.camnet.consensus import agree
from reloc.localizers.camnet.stages import Database, ImageFeatures, poses_of, zeta


def pose(x: float, turn: float = 0.0) -> Float64:
    return make(so3_exp([0.0, turn, 0.0]), [x, 0.0, 0.0])


def some(*poses: Float64) -> Float64:
    return np.stack(poses)


EVERY = np.ones(5, np.bool_)


def test_the_outlier_is_left_out_and_the_rest_is_averaged() -> None:
    met = agree(some(pose(0.0, 0.1), pose(0.2, 0.3), pose(5.0)), EVERY[:3], 0.5, 0.5)
    assert met is not None
    assert met.inliers.tolist() == [True, True, False]
    np.testing.assert_allclose(met.world_from_cam, pose(0.1, 0.2), atol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(met.spread))[[0, 4]], [0.2 / 2**0.5, 0.2 / 2**0.5])
    stated = met.covariance(0.3, 0.1, 2.0, 1.0)
    assert stated[1, 1] == pytest.approx((2 * 0.3) ** 2)  # where nothing is spread, the floor
    assert stated[0, 0] == pytest.approx(4 * (0.02 + 0.09))


def test_a_turn_alone_makes_an_outlier_too() -> None:
    met = agree(some(pose(0.0), pose(0.1), pose(0.05, 2.0)), EVERY[:3], 0.5, 0.3)
    assert met is not None
    assert met.inliers.tolist() == [True, True, False]


def test_poses_that_count_go_before_a_majority_that_does_not() -> None:
    poses = some(pose(0.0), pose(0.1), pose(9.0), pose(9.0), pose(9.1))
    met = agree(poses, np.array([True, True, False, False, False]), 0.5, 0.5)
    assert met is not None
    assert met.inliers.tolist() == [True, True, False, False, False]


def test_nan_takes_no_part() -> None:
    nothing = np.full((4, 4), np.nan)
    met = agree(some(nothing, pose(1.0), pose(1.1)), EVERY[:3], 0.5, 0.5)
    assert met is not None
    assert met.inliers.tolist() == [False, True, True]
    assert agree(some(nothing, nothing), EVERY[:2], 0.5, 0.5) is None


def test_coarse_poses_lead_to_other_references_each_taken_once() -> None:
    """Features are numbers of references; the regressors know the truth, the coarse one with an error of 0.9 m."""
    world_from_ref = some(*(pose(float(i)) for i in range(6)))
    descriptors = np.eye(6, dtype=np.float32)
    numbers = np.arange(6, dtype=np.float32)[:, None]
    truth = pose(4.1, 0.2)

    def regress(error: float):  # type: ignore[no-untyped-def]
        def said(references: Float64, query: Float64) -> Float64:
            relative = [inverse(world_from_ref[int(i)]) @ pose(4.1 + error, 0.2) for i in references[:, 0]]
            return np.array([[*r[:3, 3], *to_quaternion(r)] for r in relative], np.float32)

        return said

    database = Database(world_from_ref, ImageFeatures(descriptors, numbers, numbers))
    query = ImageFeatures(np.array([0.9, 0.3, 0.2, 0, 0, 0], np.float32), numbers[0], numbers[0])
    candidates = database.candidates(query, 3)
    assert [c.index for c in candidates] == [0, 1, 2]
    found = database.stages(query, candidates, regress(0.9), regress(0.0))
    assert found.references == (5, 4, 3)  # about x = 5
    np.testing.assert_allclose(found.fine, np.stack([truth] * 3), atol=1e-5)
    fewer = database.stages(query, candidates, regress(0.9), regress(0.0), without=(5, 3, 2))
    assert fewer.references == (4, 1, 0)
    assert database.stages(query, candidates, regress(0.9), regress(0.0), without=range(6)).references == (-1, -1, -1)
    assert database.candidates(query, 3, without=(0, 1))[0].index == 2


def test_answers_that_are_no_pose_are_nan() -> None:
    answers = np.array([[0, 0, 1, 0, 0, 0, 0], [np.inf, 0, 0, 0, 0, 0, 1], [0, 0, 1, 0, 0, 0, 2]], np.float32)
    poses = poses_of(answers, np.stack([np.eye(4)] * 3))
    assert np.isfinite(poses).all(axis=(1, 2)).tolist() == [False, False, True]
    np.testing.assert_allclose(poses[2], make(np.eye(3), [0.0, 0.0, 1.0]))


def test_zeta_adds_metres_and_the_share_of_half_a_turn() -> None:
    np.testing.assert_allclose(zeta(some(pose(1.0), pose(0.0, np.pi / 2)), pose(0.0)), [1.0, 0.5])
