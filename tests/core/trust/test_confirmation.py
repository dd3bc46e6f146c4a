"""How many looks it takes, by how probably each is right, and which of them count."""

import numpy as np
import pytest

from reloc.datatypes import Localized, Lost, LostReason, Support
from reloc.geometry.transforms import make, so3_exp
from reloc.trust.agreement import Sighting
from reloc.trust.confirmation import Confirmation, looks_needed
from reloc.trust.gate import Gate, State
from reloc.trust.gate_config import GateConfig
from reloc.trust.independence import is_new_evidence

SUPPORT = Support(64, 60, 1.0, 0.0, 0)
KEY_POINTS = np.diag([1e-4] * 3 + [1e-5] * 3)  # a centimetre
NETWORK = np.diag([0.04] * 3 + [0.005] * 3)  # 0.2 m, 4 degrees


def at(x: float, yaw: float = 0.0) -> np.ndarray:
    return make(so3_exp([0, 0, yaw]), [x, 0.0, 1.0])


def sighting(
    tick: int, x: float, covariance: np.ndarray = NETWORK, yaw: float = 0.0, odometry: bool = True
) -> Sighting:
    return Sighting(int(tick * 1e8), at(x, yaw), covariance, at(x, yaw) if odometry else None)


@pytest.mark.parametrize(
    ("probability", "looks"),
    [(None, 3), (0.9999, 1), (0.999, 1), (0.99, 2), (0.9, 3), (0.8, 5), (0.5, 10), (0.0, 10), (1.0, 1)],
)
def test_as_many_looks_as_the_rate_asks_for(probability: float | None, looks: int) -> None:
    assert looks_needed(probability, GateConfig()) == looks


def test_a_stricter_rate_takes_more_looks_up_to_the_bound() -> None:
    rates = [0.5, 0.1, 0.01, 1e-3, 1e-6, 1e-9]
    needed = [looks_needed(0.9, GateConfig(max_false_accept_rate=rate, looks_most=8)) for rate in rates]
    assert needed == [1, 1, 2, 3, 6, 8]


def test_looks_of_several_probabilities_add_up() -> None:
    confirmation = Confirmation(GateConfig())
    confirmation.add(sighting(0, 0.0, KEY_POINTS), 0.8, True)  # a fifth
    assert confirmation.missing == 4
    confirmation.add(sighting(1, 0.0, KEY_POINTS), 0.99, True)  # a half; another half of the like is enough
    assert confirmation.missing == 1
    confirmation.add(sighting(2, 0.0, KEY_POINTS), 0.99, True)
    assert confirmation.missing == 0
    confirmation.add(sighting(3, 5.0, KEY_POINTS, odometry=False), 0.99, True)  # somewhere else: anew
    assert (len(confirmation), confirmation.missing) == (1, 1)


@pytest.mark.parametrize("odometry", [True, False])
def test_an_imprecise_look_counts_once_a_view(odometry: bool) -> None:
    config = GateConfig()
    first = sighting(0, 0.0, odometry=odometry)
    assert not is_new_evidence(first, sighting(1, 0.1, odometry=odometry), config)
    assert is_new_evidence(first, sighting(1, 0.3, odometry=odometry), config)
    assert is_new_evidence(first, sighting(1, 0.0, yaw=0.2, odometry=odometry), config)
    assert is_new_evidence(first, sighting(1, 0.0, KEY_POINTS, odometry=odometry), config)
    assert not is_new_evidence(first, sighting(0, 0.0, KEY_POINTS, odometry=odometry), config)  # one image, twice
    assert is_new_evidence(first, sighting(1, 0.1, odometry=odometry), GateConfig(same_view=0.0))


def answers(gate: Gate, truth: list[np.ndarray], seen: list[np.ndarray], covariance: np.ndarray, **extra) -> list:
    return [
        gate.consider(Localized(s.copy(), covariance.copy(), SUPPORT), t, int(i * 1e8), **extra)
        for i, (t, s) in enumerate(zip(truth, seen, strict=True))
    ]


def test_a_network_that_errs_alike_where_the_robot_stands_is_not_believed_and_key_points_are() -> None:
    rng = np.random.default_rng(0)
    stand = [at(0.0)] * 100
    wrong = [at(4.0 + 0.02 * rng.normal()) for _ in range(100)]
    verdicts = answers(Gate(), stand, wrong, NETWORK)
    assert not any(v.accepted for v in verdicts)
    assert "only after the camera moved or turned" in verdicts[5].detail
    assert answers(Gate(), stand, wrong, KEY_POINTS)[2].accepted


def test_a_network_is_believed_once_the_robot_has_moved() -> None:
    drive = [at(0.1 * i) for i in range(30)]
    accepted = [v.accepted for v in answers(Gate(), drive, drive, NETWORK)]
    assert accepted.index(True) == 6  # views of 0, 0.3 and 0.6 m
    assert all(accepted[6:])


def test_one_image_sent_again_and_again_is_one_look() -> None:
    gate = Gate()
    for _ in range(20):
        assert not gate.consider(Localized(at(0.0), KEY_POINTS.copy(), SUPPORT), at(0.0), 5).accepted


def test_probability_decides_how_soon_and_whether_at_all() -> None:
    stand = [at(0.0)] * 30
    for probability, first in ((0.9999, 0), (0.99, 1), (0.8, 4)):
        verdicts = answers(Gate(), stand, stand, KEY_POINTS, probability=probability)
        assert [v.accepted for v in verdicts].index(True) == first
    for probability in (0.3, float("nan"), -1.0, 1.5):
        verdicts = answers(Gate(), stand, stand, KEY_POINTS, probability=probability)
        assert not any(v.accepted for v in verdicts)
        assert verdicts[-1].reject_reason == "uncertain"
        assert verdicts[-1].state is State.UNLOCALIZED


def test_certainty_is_of_all_looks_and_never_above_what_the_rate_asks_for() -> None:
    config = GateConfig(max_false_accept_rate=0.01)
    confirmation = Confirmation(config)
    confirmation.add(sighting(0, 0.0, KEY_POINTS), None, True)
    assert confirmation.certainty is None
    confirmation.add(sighting(1, 0.0, KEY_POINTS), 0.8, True)
    assert confirmation.certainty == pytest.approx(0.8)
    confirmation.add(sighting(2, 0.0, KEY_POINTS), 0.7, True)
    assert confirmation.certainty == pytest.approx(1 - 0.2 * 0.3)
    confirmation.add(sighting(3, 0.0, KEY_POINTS), 1.0, True)
    assert confirmation.certainty == 0.99
    confirmation.add(sighting(4, 5.0, KEY_POINTS, odometry=False), 0.6, True)  # somewhere else: anew
    assert confirmation.certainty == pytest.approx(0.6)


def test_a_verdict_says_how_certain_the_place_is() -> None:
    drive = [at(0.05 * i) for i in range(8)]
    verdicts = answers(Gate(), drive, drive, KEY_POINTS, probability=0.8)
    assert [v.accepted for v in verdicts].index(True) == 4
    certainties = [v.certainty for v in verdicts]
    np.testing.assert_allclose(certainties[:5], [1 - 0.2**n for n in range(1, 5)] + [0.999])
    assert certainties[5:] == [0.999] * 3  # bounded, and kept while tracking
    assert [v.probability for v in verdicts] == [0.8] * 8
    assert all(v.certainty is None for v in answers(Gate(), drive, drive, KEY_POINTS))
    np.testing.assert_allclose(verdicts[2].hypothesis.world_from_cam, at(0.1), atol=1e-9)


def test_where_looks_are_bounded_tracking_makes_a_place_more_certain() -> None:
    drive = [at(0.05 * i) for i in range(6)]
    gate = Gate(GateConfig(looks_most=2, max_false_accept_rate=1e-6))
    certainties = [v.certainty for v in answers(gate, drive, drive, KEY_POINTS, probability=0.9)]
    np.testing.assert_allclose(certainties, [1 - 0.1**n for n in range(1, 6)] + [1 - 1e-6])


def test_a_kidnap_has_a_certainty_of_its_own() -> None:
    gate = Gate()
    answers(gate, [at(0.0)] * 6, [at(0.0)] * 6, KEY_POINTS, probability=0.8)
    carried = [
        gate.consider(Localized(at(9.0 + 1e-4 * i), KEY_POINTS.copy(), SUPPORT), at(0.0), int(i * 1e8), probability=0.9)
        for i in range(6, 9)
    ]
    assert [v.accepted for v in carried] == [False, False, True]
    np.testing.assert_allclose([v.certainty for v in carried], [0.9, 0.99, 0.999])


def test_parameters_may_change_without_forgetting() -> None:
    gate = Gate(GateConfig(looks=5))
    assert not any(v.accepted for v in answers(gate, [at(0.0)] * 3, [at(0.0)] * 3, KEY_POINTS))
    gate.use(GateConfig(looks=1))
    verdict = gate.consider(Localized(at(0.0), KEY_POINTS.copy(), SUPPORT), at(0.0), int(3e8))
    assert verdict.accepted


def test_what_was_certain_by_a_stricter_rate_stays_so() -> None:
    gate = Gate(GateConfig(max_false_accept_rate=1e-5))
    surest = answers(gate, [at(0.0)] * 6, [at(0.0)] * 6, KEY_POINTS, probability=0.9)[-1].certainty
    assert surest == pytest.approx(1 - 1e-5)
    gate.use(GateConfig())
    verdict = gate.consider(Localized(at(0.0), KEY_POINTS.copy(), SUPPORT), at(0.0), int(6e8), probability=0.9)
    assert (verdict.accepted, verdict.certainty) == (True, surest)


def test_when_it_will_be_lost_is_said() -> None:
    gate = Gate(GateConfig(looks=1, lost_after_s=1.0))
    assert gate.consider(Lost(LostReason.TOO_FEW_FEATURES), None, 0).lost_in_s == 0.0
    assert gate.consider(Localized(at(0.0), KEY_POINTS.copy(), SUPPORT), at(0.0), int(1e8)).lost_in_s == 1.0
    assert gate.consider(Lost(LostReason.TOO_FEW_FEATURES), None, int(5e8)).lost_in_s == pytest.approx(0.6)
    late = gate.consider(Lost(LostReason.TOO_FEW_FEATURES), None, int(2e9))
    assert (late.lost_in_s, late.state) == (0.0, State.LOST)
