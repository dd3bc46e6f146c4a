import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from reloc.geometry.transforms import make
from reloc.training.calibration import JudgedAnswers, pose_errors, quantile


def test_quantile_allows_for_few_samples():
    values = np.arange(1.0, 21.0)[:, None]
    assert quantile(values, 0.95)[0] == 20.0  # of 21 draws, 5 % lie above the largest of 20
    assert quantile(values, 0.5)[0] == 11.0


def test_errors_are_what_a_covariance_is_about():
    """Position and a rotation about the world's axes, such that the answer is the error times the truth."""
    truth = make(Rotation.from_rotvec([0.3, -1.0, 2.0]).as_matrix(), [1.0, 2.0, 3.0])
    turn = [0.02, -0.01, 0.03]
    answer = make(Rotation.from_rotvec(turn).as_matrix() @ truth[:3, :3], [1.1, 1.9, 3.2])
    np.testing.assert_allclose(pose_errors(answer[None], truth[None]), [[0.1, -0.1, 0.2, *turn]], atol=1e-12)


def test_scales_of_correlated_covariances():
    """Errors drawn from three times what is stated, along axes of all directions."""
    random = np.random.default_rng(3)
    roots = random.normal(0, 0.1, (4000, 6, 6))
    covariances = roots @ roots.transpose(0, 2, 1) + 1e-4 * np.eye(6)
    errors = 3.0 * (np.linalg.cholesky(covariances) @ random.normal(0, 1, (4000, 6, 1)))[..., 0]
    judged = JudgedAnswers(covariances, errors)
    assert judged.honest() == pytest.approx((3.0, 3.0), rel=0.1)
    scales = judged.with_limits(*judged.honest())
    assert judged.coverage(scales) == pytest.approx(0.95, abs=0.01)
    sizes = np.sqrt(np.linalg.eigvalsh(judged.scaled(3.0, 3.0)[:, :3, :3])[:, -1])
    assert np.quantile(sizes, 0.98) < scales.max_sigma_m < sizes.max()
