"""One pose and an honest covariance from the samples of a network."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from reloc.geometry.covariance import is_usable, pose_error, sigmas
from reloc.geometry.transforms import make, quaternion_from_rotation, so3_exp
from reloc.localizers.posenet.regressed_pose import RegressedPose

TRUTH = make(so3_exp([0.4, -1.9, 0.8]), [2.0, -3.0, 1.1])
SIGMA = np.array([0.3, 0.1, 0.05, 0.02, 0.03, 0.12])  # x, y, z in metres, then about the world's x, y, z


def outputs(
    count: int = 64, seed: int = 0, log_variance: tuple[float, float] = (-12.0, -14.0)
) -> dict[str, np.ndarray]:
    """Samples about TRUTH, in a batch of two; half of the quaternions with the other sign, which is the same."""
    error = np.random.default_rng(0).normal(size=(count, 6)) * SIGMA
    position = TRUTH[:3, 3] + error[:, :3]
    quaternion = np.array([quaternion_from_rotation(so3_exp(e) @ TRUTH[:3, :3]) for e in error[:, 3:]])
    quaternion[::2] *= -1.7  # nor need they be of length 1
    one = {
        "position_samples": position,
        "rotation_samples": quaternion,
        "log_variance": np.array(log_variance),
        "feature": np.zeros(8),
    }
    return {name: np.stack([np.zeros_like(v), v]).astype(np.float32) for name, v in one.items()}


def test_mean_and_covariance_are_those_of_the_samples() -> None:
    found = RegressedPose.of(outputs(4000), 1)
    assert found is not None
    assert np.abs(pose_error(found.world_from_cam, TRUTH)).max() < 0.01
    covariance = found.covariance()
    assert is_usable(covariance)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), SIGMA, rtol=0.06)
    metres, radians = sigmas(covariance)
    assert metres == pytest.approx(0.3, rel=0.06)
    assert radians == pytest.approx(0.12, rel=0.06)
    assert 0.93 < found.agreeing(covariance) / 4000 < 0.97


def test_rotation_errors_are_about_the_worlds_axes() -> None:
    """A camera that looks along x and is unsure of its yaw is unsure about the world's z, not its own."""
    looking = Rotation.from_matrix([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
    yaw = np.random.default_rng(1).normal(size=200) * 0.1
    samples = (Rotation.from_rotvec(yaw[:, None] * [0, 0, 1]) * looking).as_quat()
    position, log_variance = np.zeros((1, 200, 3)), np.full((1, 2), -20)
    found = RegressedPose.of(
        {"position_samples": position, "rotation_samples": samples[None], "log_variance": log_variance}
    )
    assert found is not None
    assert np.sqrt(found.epistemic[5, 5]) == pytest.approx(yaw.std(ddof=1), rel=0.01)
    assert found.epistemic[3, 3] < 1e-6
    assert found.epistemic[4, 4] < 1e-6


def test_position_and_rotation_that_err_together_are_correlated() -> None:
    together = outputs(500)
    shift = np.asarray([[1.0, 0.0, 0.0]]) * np.linspace(-1, 1, 500)[:, None]
    together["position_samples"][1] = shift
    turned = [quaternion_from_rotation(so3_exp([0, 0, 0.1 * s])) for s in shift[:, 0]]
    together["rotation_samples"][1] = turned
    found = RegressedPose.of(together, 1)
    assert found is not None
    correlation = found.epistemic[0, 5] / np.sqrt(found.epistemic[0, 0] * found.epistemic[5, 5])
    assert correlation == pytest.approx(1.0, abs=1e-3)


def test_learned_variance_adds_up_and_scales_are_of_sigmas() -> None:
    found = RegressedPose.of(outputs(64, log_variance=(np.log(0.04), np.log(0.01))), 1)
    assert found is not None
    np.testing.assert_allclose(np.diag(found.aleatoric), [0.04] * 3 + [0.01] * 3, rtol=1e-5)
    plain, scaled = found.covariance(), found.covariance(2.0, 3.0)
    np.testing.assert_allclose(np.diag(plain), np.diag(found.epistemic) + np.diag(found.aleatoric))
    np.testing.assert_allclose(sigmas(scaled), np.array(sigmas(plain)) * (2.0, 3.0))
    assert is_usable(scaled)


def test_fewer_samples_than_unknowns_still_give_a_covariance() -> None:
    found = RegressedPose.of(outputs(2), 1)
    assert found is not None
    assert is_usable(found.covariance())


@pytest.mark.parametrize("name", ["position_samples", "rotation_samples", "log_variance"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_no_pose(name: str, value: float) -> None:
    broken = outputs()
    broken[name].reshape(2, -1)[1, 1] = value
    assert RegressedPose.of(broken, 1) is None
    assert RegressedPose.of({**outputs(), "rotation_samples": np.zeros((2, 64, 4))}, 1) is None


def test_a_log_variance_beyond_all_measure_is_unsure_not_an_error() -> None:
    found = RegressedPose.of(outputs(log_variance=(500.0, -500.0)), 1)
    assert found is not None
    assert np.isfinite(found.covariance()).all()
    assert sigmas(found.covariance())[0] > 1000
