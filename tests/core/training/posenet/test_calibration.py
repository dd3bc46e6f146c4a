import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from reloc.geometry.transforms import make
from reloc.training.posenet.calibration import Judged, calibrate, quantile


def judged(position_sigma, rotation_sigma, stated=(0.1, 0.05), count=600, seed=0):
    """Answers whose real errors are so large, by a network that states ``stated`` for each of them."""
    random = np.random.default_rng(seed)
    truth, outputs = [], []
    for _ in range(count):
        turn = Rotation.from_rotvec(random.normal(0, 1, 3))
        place = random.normal(0, 2, 3)
        truth.append(make(turn.as_matrix(), place))
        answered = Rotation.from_rotvec(random.normal(0, rotation_sigma, 3)) * turn
        centre = place + random.normal(0, position_sigma, 3)
        spread = random.normal(0, 1, (30, 2, 3)) * 1e-4
        outputs.append(
            {
                "position": centre[None],
                "position_samples": (centre + spread[:, 0])[None],
                "rotation_samples": (Rotation.from_rotvec(spread[:, 1]) * answered).as_quat()[None],
                "log_variance": 2 * np.log([stated]),
            }
        )
    return Judged.of(outputs, np.stack(truth))


@pytest.mark.parametrize("errors", [(0.1, 0.05), (0.4, 0.05), (0.02, 0.2)])
def test_scales_are_what_errors_are_to_what_was_stated(errors):
    scales = calibrate(judged(*errors))
    assert scales.position_scale == pytest.approx(errors[0] / 0.1, rel=0.15)
    assert scales.rotation_scale == pytest.approx(errors[1] / 0.05, rel=0.15)


def test_what_was_calibrated_holds_for_other_errors():
    scales = calibrate(judged(0.3, 0.02, seed=1))
    assert judged(0.3, 0.02, seed=1).coverage(scales) == pytest.approx(0.95, abs=0.005)
    assert judged(0.3, 0.02, seed=2).coverage(scales) == pytest.approx(0.95, abs=0.03)
    assert judged(0.6, 0.02, seed=3).coverage(scales) < 0.7  # and does not for larger ones


def test_limits_are_what_most_were_sure_to():
    scales = calibrate(judged(0.3, 0.02))
    assert scales.max_sigma_m == pytest.approx(0.3, rel=0.2)
    assert scales.max_sigma_deg == pytest.approx(np.rad2deg(0.02), rel=0.2)


def test_an_answer_that_is_none_is_left_out():
    outputs = {
        "position": np.zeros((1, 3)),
        "position_samples": np.full((1, 4, 3), np.nan),
        "rotation_samples": np.ones((1, 4, 4)),
        "log_variance": np.zeros((1, 2)),
    }
    assert len(Judged.of([outputs], np.eye(4)[None]).answers) == 0


def test_quantile_allows_for_few_samples():
    values = np.arange(1.0, 21.0)[:, None]
    assert quantile(values, 0.95)[0] == 20.0  # of 21 draws, 5 % lie above the largest of 20
    assert quantile(values, 0.5)[0] == 11.0
