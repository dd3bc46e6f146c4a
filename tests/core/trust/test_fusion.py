"""map -> odom follows looks fused along odometry: smooth, at the images' time, and right."""

from itertools import pairwise

import numpy as np
import pytest

from reloc.datatypes import Localized, Support
from reloc.geometry.transforms import distance_between, inverse, make, rotation_angle_between, so3_exp
from reloc.trust.agreement import Sighting
from reloc.trust.fusion import fuse, update
from reloc.trust.gate import Gate, State
from reloc.trust.gate_config import GateConfig

SUPPORT = Support(64, 60, 1.0, 0.0, 0)
SIGMA = np.repeat([0.15, np.deg2rad(2.0)], 3)
WORLD_FROM_ODOM = make(so3_exp([0, 0, 0.7]), [300.0, -100.0, 0.0])  # far off: a long lever


def noisy(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    error = rng.normal(size=6) * SIGMA
    return make(so3_exp(error[3:]) @ truth[:3, :3], truth[:3, 3] + error[:3])


def bend(count: int, step: float = 0.05) -> list[np.ndarray]:
    poses = [make(np.eye(3), [0.0, 0.0, 1.0])]
    for _ in range(count - 1):
        poses.append(poses[-1] @ make(so3_exp([0, 0, 0.01]), [step, 0.0, 0.0]))
    return poses


def drifted(poses: list[np.ndarray], scale: float = 1.03, yaw: float = 0.0008) -> list[np.ndarray]:
    """Odometry of a way: 3 % too long, and turning a little."""
    out = [inverse(WORLD_FROM_ODOM) @ poses[0]]
    for before, after in pairwise(poses):
        motion = inverse(before) @ after
        motion[:3, 3] *= scale
        out.append(out[-1] @ make(so3_exp([0, 0, yaw]), [0, 0, 0]) @ motion)
    return out


def test_a_step_of_the_filter_is_least_squares() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 6, 6))
    prior, noise = a @ a.T + np.eye(6), b @ b.T + np.eye(6)
    error = np.concatenate([rng.normal(size=3), np.zeros(3)])
    pose, covariance = update(np.eye(4), prior, error, noise)
    information = np.linalg.inv(prior) + np.linalg.inv(noise)
    np.testing.assert_allclose(covariance, np.linalg.inv(information), atol=1e-9)
    expected = np.linalg.solve(information, np.linalg.solve(noise, error))
    np.testing.assert_allclose(pose[:3, 3], expected[:3], atol=1e-9)
    np.testing.assert_allclose(pose[:3, :3], so3_exp(expected[3:]), atol=1e-9)


def test_looks_that_differ_along_what_they_know_best_are_fused_in_between() -> None:
    """Turning and moving are known together a hundred times better than alone; the map errs by three centimeters."""
    joint = np.eye(6) * 1e-10
    joint += 4e-4 * np.outer([1, 0, 0, 0, 0.5, 0], [1, 0, 0, 0, 0.5, 0])
    other = np.eye(6) * 1e-10 + 4e-4 * np.outer([1, 0, 0, 0, 0.48, 0], [1, 0, 0, 0, 0.48, 0])
    here, there = make(np.eye(3), [0.0, 0.0, 0.0]), make(np.eye(3), [0.0, 0.03, 0.01])
    before, look = (Sighting(i, pose, c, np.eye(4)) for i, pose, c in ((0, here, joint), (10**8, there, other)))
    fused = fuse(before, look, GateConfig())
    assert distance_between(fused.world_from_cam, here) < 0.04
    assert distance_between(fused.world_from_cam, there) < 0.04
    assert np.sqrt(np.linalg.eigvalsh(fused.covariance[:3, :3])[-1]) > 0.005


def test_the_estimate_is_nearer_than_the_looks_and_moves_less() -> None:
    rng = np.random.default_rng(0)
    truth = bend(400)
    odometry = drifted(truth)
    gate = Gate(GateConfig(same_view=0.0))  # independent errors
    looks, off, steps, before = [], [], [], None
    for i, (true, odom) in enumerate(zip(truth, odometry, strict=True)):
        seen = noisy(true, rng)
        verdict = gate.consider(Localized(seen, np.diag(SIGMA**2), SUPPORT), odom, int(i * 1e8))
        if verdict.world_from_odom is None:
            continue
        believed = verdict.world_from_odom @ odom
        if before is not None:
            steps.append(distance_between(before @ odom, believed))
        before = verdict.world_from_odom
        looks.append(distance_between(true, seen))
        off.append(distance_between(true, believed))
        if verdict.accepted:
            np.testing.assert_array_equal(verdict.answer.world_from_cam, seen)  # what is published is the look
    assert len(off) > 390
    assert np.sqrt(np.mean(np.square(off[20:]))) < 0.4 * np.sqrt(np.mean(np.square(looks)))
    assert max(steps[20:]) < 0.1 < np.median(looks)


def test_only_ever_one_jump_for_a_kidnap() -> None:
    truth = bend(60)
    gate, carried, jumps, before = Gate(), make(so3_exp([0, 0, 2.0]), [7.0, -3.0, 0.0]), [], None
    for i, pose in enumerate(truth):
        odom = inverse(WORLD_FROM_ODOM) @ pose
        seen = carried @ pose if i >= 30 else pose
        verdict = gate.consider(Localized(seen.copy(), np.eye(6) * 1e-4, SUPPORT), odom, int(i * 1e8))
        if verdict.world_from_odom is not None and before is not None:
            jumps.append((i, distance_between(before @ odom, verdict.world_from_odom @ odom)))
        before = verdict.world_from_odom
        assert (verdict.state is State.SUSPECT) == (i in (30, 31))
    assert [i for i, jump in jumps if jump > 0.01] == [32]
    np.testing.assert_allclose(before, carried @ WORLD_FROM_ODOM, atol=1e-6)


def test_a_late_answer_counts_at_its_images_time() -> None:
    """The robot drove on and odometry with it: what the look says of then holds for now, by odometry in between."""
    before = Sighting(0, np.eye(4), np.eye(6) * 1e-4, np.eye(4))
    image = make(so3_exp([0, 0, 0.3]), [1.0, 0.0, 0.0])
    now = image @ make(so3_exp([0, 0, 1.0]), [2.0, 0.5, 0.0])  # by the time of the answer
    estimate = fuse(before, Sighting(int(1e9), image, np.eye(6) * 1e-4, image), GateConfig())
    np.testing.assert_allclose(estimate.world_from_cam @ inverse(estimate.odom_from_cam) @ now, now, atol=1e-9)


@pytest.mark.parametrize("odometry", [True, False])
def test_what_repeats_a_look_makes_the_estimate_hardly_surer(odometry: bool) -> None:
    covariance = np.diag(SIGMA**2)
    here = np.eye(4) if odometry else None
    start = Sighting(0, np.eye(4), covariance, here)
    news = fuse(start, Sighting(1, np.eye(4), covariance, here), GateConfig())
    again = fuse(start, Sighting(1, np.eye(4), covariance, here), GateConfig(), repeats=True)
    assert news.covariance[0, 0] == pytest.approx(covariance[0, 0] / 2, rel=1e-3)
    assert again.covariance[0, 0] > 0.9 * covariance[0, 0]


def test_the_rotation_stays_one() -> None:
    rng, estimate = np.random.default_rng(0), Sighting(0, np.eye(4), np.diag(SIGMA**2), np.eye(4))
    for i in range(1, 3_000):
        odom = make(so3_exp([0, 0, 0.01 * i]), [0.0, 0.0, 0.0])
        estimate = fuse(estimate, Sighting(int(i * 1e8), noisy(odom, rng), np.diag(SIGMA**2), odom), GateConfig())
    rotation = estimate.world_from_cam[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert rotation_angle_between(estimate.world_from_cam, estimate.odom_from_cam) < np.deg2rad(3.0)
