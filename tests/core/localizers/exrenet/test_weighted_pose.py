"""Regressed poses of several references, weighed by matches."""

import numpy as np
import pytest
from support.place_matches import scene

from reloc.geometry.covariance import pose_error, sigmas
from reloc.geometry.transforms import inverse, quaternion_from_rotation, so3_exp
from reloc.localizers.exrenet import weighted_pose
from reloc.localizers.exrenet.pair_estimates import PairEstimates

SAMPLES = 6


def estimates(poses, truth, turned_rad=0.0, which=()):
    """What a network says that is right about all references but those of ``which``, whose rotations are turned."""
    relative = inverse(poses) @ truth
    for i in which:
        relative[i, :3, :3] = so3_exp(np.array([0.0, turned_rad, 0.0])) @ relative[i, :3, :3]
        relative[i, :3, 3] = -relative[i, :3, 3]
    scale = np.linalg.norm(relative[:, :3, 3], axis=1)
    quaternions = np.stack([quaternion_from_rotation(r) for r in relative[:, :3, :3]])
    return PairEstimates.of(
        {
            "direction_samples": np.repeat((relative[:, :3, 3] / scale[:, None])[:, None], SAMPLES, axis=1),
            "rotation_samples": np.repeat(quaternions[:, None], SAMPLES, axis=1),
            "scale_samples": np.repeat(scale[:, None], SAMPLES, axis=1),
        },
        len(poses),
    )


def test_right_answers_make_the_right_pose():
    poses, _, truth = scene(1)
    found = weighted_pose.solve(poses, estimates(poses, truth), np.array([10.0, 0.0, 50.0, 3.0]))
    np.testing.assert_allclose(found.world_from_cam, truth, atol=1e-6)
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.weights.argmax() == 2
    assert max(sigmas(found.covariance)) < 1e-5


def test_guesses_of_pairs_without_matches_hardly_count():
    poses, _, truth = scene(2)
    given = estimates(poses, truth, 2.0, which=(0, 3))
    found = weighted_pose.solve(poses, given, np.array([0.0, 40.0, 60.0, 1.0]))
    error = pose_error(found.world_from_cam, truth)
    assert np.linalg.norm(error[:3]) < 0.02
    assert np.linalg.norm(error[3:]) < 1e-6
    blind = weighted_pose.solve(poses, given, np.zeros(4))
    assert np.linalg.norm(pose_error(blind.world_from_cam, truth)[:3]) > 3 * np.linalg.norm(error[:3])
    # What contradicts itself is unsure.
    assert sigmas(blind.covariance)[1] > 5 * sigmas(found.covariance)[1]


def test_what_gave_no_pose_takes_no_part():
    poses, _, truth = scene(3)
    given = estimates(poses, truth)
    spoilt = PairEstimates(given.direction, given.rotation, given.scale, np.array([True, False, True, True]))
    found = weighted_pose.solve(poses, spoilt, np.array([1.0, 100.0, 5.0, 5.0]))
    assert found.weights[1] == 0.0
    np.testing.assert_allclose(found.world_from_cam, truth, atol=1e-6)
    nothing = PairEstimates(given.direction, given.rotation, given.scale, np.zeros(4, bool))
    assert weighted_pose.solve(poses, nothing, np.ones(4)) is None
