import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from reloc.geometry.transforms import make
from reloc.training.calibration import JudgedAnswers
from reloc.training.posenet import calibration
from reloc.training.posenet.calibration import calibrate

ANY = np.random.default_rng(9).random(2000)  # how like the references images are, where that says nothing


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
    return calibration.judged(outputs, np.stack(truth))


@pytest.mark.parametrize("errors", [(0.4, 0.2), (0.4, 0.06), (0.12, 0.2)])
def test_scales_are_what_errors_are_to_what_was_stated(errors):
    scales = calibrate(judged(*errors, count=2000), ANY)
    assert scales.position_scale == pytest.approx(errors[0] / 0.1, rel=0.2)
    assert scales.rotation_scale == pytest.approx(errors[1] / 0.05, rel=0.2)


def test_what_was_calibrated_holds_for_other_errors():
    scales = calibrate(judged(0.3, 0.1, seed=1, count=2000), ANY)
    assert 0.95 <= judged(0.3, 0.1, seed=1, count=2000).coverage(scales) < 0.99
    assert 0.93 < judged(0.3, 0.1, seed=2).coverage(scales) < 0.99
    assert judged(0.6, 0.1, seed=3).coverage(scales) < 0.7  # and does not for larger ones


def test_what_is_least_like_the_references_decides():
    near, far = judged(0.1, 0.05, seed=1), judged(0.3, 0.05, seed=2, count=200)
    both = JudgedAnswers(
        *(np.concatenate(parts) for parts in ((near.covariances, far.covariances), (near.errors, far.errors)))
    )
    likeness = np.concatenate([np.full(600, 0.9), np.full(200, 0.3)])
    assert calibrate(both, likeness).position_scale == pytest.approx(3.0, rel=0.2)


def test_no_scale_says_that_errors_are_smaller_than_those_that_were_learned():
    scales = calibrate(judged(0.01, 0.01), ANY[:600])
    assert scales.position_scale == scales.rotation_scale == 1.0


def test_limits_are_what_most_were_sure_to():
    scales = calibrate(judged(0.3, 0.1), ANY[:600])
    assert scales.max_sigma_m == pytest.approx(0.3, rel=0.2)
    assert scales.max_sigma_deg == pytest.approx(np.rad2deg(0.1), rel=0.2)


def test_an_answer_that_is_none_is_left_out():
    outputs = {
        "position": np.zeros((1, 3)),
        "position_samples": np.full((1, 4, 3), np.nan),
        "rotation_samples": np.ones((1, 4, 4)),
        "log_variance": np.zeros((1, 2)),
    }
    assert len(calibration.judged([outputs], np.eye(4)[None])) == 0
