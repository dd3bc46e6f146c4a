"""How near two looks must be: as near as their own covariances say, between two limits."""

import numpy as np
import pytest

from reloc.datatypes import Localized, Support
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.trust.agreement import Sighting, difference, is_explained
from reloc.trust.gate import Gate, State
from reloc.trust.gate_config import GateConfig

SUPPORT = Support(64, 60, 1.0, 0.0, 0)
SIGMA = np.repeat([0.2, np.deg2rad(4.0)], 3)  # a pose network's: errors of 0.2 to 0.5 m, 4 to 10 degrees
HONEST = np.diag(SIGMA**2)
WORLD_FROM_ODOM = make(so3_exp([0, 0, 0.7]), [3.0, 1.0, 0.0])


def drive(gate: Gate, count: int, claimed: np.ndarray, seed: int = 0, odometry: bool = True) -> list:
    """30 looks a second along a bend, each with an error of its own drawn from HONEST."""
    rng, verdicts = np.random.default_rng(seed), []
    for i in range(count):
        truth = make(so3_exp([0, 0, 0.01 * i]), [0.02 * i, 0.0, 1.0])
        error = rng.normal(size=6) * SIGMA
        seen = make(so3_exp(-error[3:]) @ truth[:3, :3], truth[:3, 3] - error[:3])
        odom_from_cam = inverse(WORLD_FROM_ODOM) @ truth if odometry else None
        answer = Localized(seen, claimed.copy(), SUPPORT)
        verdicts.append(gate.consider(answer, odom_from_cam, int(1e9 + i * 1e9 / 30)))
    return verdicts


@pytest.mark.parametrize("odometry", [True, False])
def test_honest_decimetres_pass(odometry: bool) -> None:
    first = []
    for seed in range(20):
        # These errors are independent, as a network's are not: each look is evidence of its own.
        verdicts = drive(Gate(GateConfig(same_view=0.0)), 60, HONEST, seed, odometry)
        accepted = [v.accepted for v in verdicts]
        first.append(accepted.index(True))
        assert np.mean(accepted[first[-1] :]) > 0.9
        assert verdicts[-1].state in (State.TRACKING, State.SUSPECT)
    assert np.median(first) == 2  # the third look


def test_the_same_errors_from_somebody_who_claims_centimetres_do_not() -> None:
    accepted = [v.accepted for v in drive(Gate(), 60, np.diag([1e-4] * 6))]
    assert np.mean(accepted) < 0.3


def test_who_is_sure_of_nothing_does_not_agree_with_everything() -> None:
    gate, rng = Gate(), np.random.default_rng(0)
    for i in range(100):
        anywhere = make(so3_exp(rng.normal(size=3)), rng.uniform(-10, 10, 3))
        answer = Localized(anywhere, np.diag([100.0] * 3 + [9.0] * 3), SUPPORT)
        assert not gate.consider(answer, np.eye(4), int(1e9 + i * 1e9 / 30)).accepted


def test_surer_in_one_direction_than_in_another() -> None:
    along_x = np.diag([0.5, 0.01, 0.01]) ** 2
    assert is_explained(np.array([0.9, 0.0, 0.0]), along_x, 0.0, 0.3, 1.5)
    assert not is_explained(np.array([0.0, 0.9, 0.0]), along_x, 0.0, 0.3, 1.5)
    assert is_explained(np.array([0.0, 0.29, 0.0]), along_x, 0.0, 0.3, 1.5)  # near is near
    assert not is_explained(np.array([1.6, 0.0, 0.0]), 4 * along_x, 0.0, 0.3, 1.5)  # far is far
    assert is_explained(np.array([0.0, 1.2, 0.0]), along_x, 1.0, 0.3, 1.5)  # a metre of it was driven


@pytest.mark.parametrize("bad", [np.full((3, 3), np.nan), np.diag([1.0, 1.0, np.inf]), np.zeros((3, 3)), -np.eye(3)])
def test_a_covariance_that_is_none_explains_nothing(bad: np.ndarray) -> None:
    assert not is_explained(np.array([0.5, 0.0, 0.0]), bad, 0.0, 0.3, 1.5)


def test_what_odometry_carries_keeps_its_covariance() -> None:
    """A look that is unsure of its heading is unsure of the place to which it is carried."""
    covariance = np.diag([1e-4, 1e-4, 1e-4, 1e-6, 1e-6, 0.01])  # 0.1 rad of yaw
    before = Sighting(0, np.eye(4), covariance, np.eye(4))
    after = Sighting(1, make(np.eye(3), [10.0, 0.8, 0.0]), covariance, make(np.eye(3), [10.0, 0.0, 0.0]))
    off = difference(before, after)
    np.testing.assert_allclose(off.position, [0.0, 0.8, 0.0], atol=1e-12)
    assert off.travelled_m == pytest.approx(10.0)
    assert off.covariance[1, 1] == pytest.approx(2e-4 + (10 * 0.1) ** 2)
    config = GateConfig()
    assert is_explained(off.position, off.covariance[:3, :3], 0.0, config.agree_m, config.max_agree_m)
