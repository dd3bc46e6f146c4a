"""Bad odometry: absent, frozen, jumping, NaN; a camera that stands still while it moves; clocks that jump."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reloc.datatypes import Answer, Localized, Lost, LostReason, Support
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.trust.agreement import Sighting
from reloc.trust.gate import Gate, State, Verdict
from reloc.trust.gate_config import GateConfig
from reloc.trust.odometry import Odometry, is_pose

SUPPORT = Support(64, 60, 1.0, 0.0, 0)
SURE = np.eye(6) * 1e-4


def at(x: float, y: float = 0.0, yaw: float = 0.0) -> np.ndarray:
    return make(so3_exp([0, 0, yaw]), [x, y, 1.0])


def see(pose: np.ndarray, covariance: np.ndarray = SURE) -> Localized:
    return Localized(pose.copy(), covariance.copy(), SUPPORT)


def play(gate: Gate, poses: list[np.ndarray], odometry: list, start: int = 0) -> list[Verdict]:
    """10 looks a second."""
    pairs = zip(poses, odometry, strict=True)
    return [gate.consider(see(pose), odom, int((start + i) * 1e8)) for i, (pose, odom) in enumerate(pairs)]


def test_frozen_odometry_is_found_out_and_vision_followed() -> None:
    """The robot drives, odometry says that it stands: the poses stay right, and so does map -> odom."""
    gate, drive = Gate(), [at(0.05 * i) for i in range(100)]
    verdicts = play(gate, drive, [at(0.0)] * 100)
    assert np.mean([v.accepted for v in verdicts[2:]]) > 0.9
    assert all(v.accepted for v in verdicts[50:])
    for pose, verdict in zip(drive[50:], verdicts[50:], strict=True):
        np.testing.assert_allclose(verdict.world_from_odom @ at(0.0), pose, atol=0.02)


def test_odometry_is_trusted_again_once_it_moves_as_the_camera_does() -> None:
    odometry = Odometry(GateConfig())

    def compare(first: int, count: int, moves: bool) -> list[bool]:
        gate_says = []
        for i in range(first, first + count):
            reading = odometry.read(at(0.05 * i if moves else 0.05 * first), int(i * 1e8))
            gate_says.append(_compared(odometry, at(0.05 * i), reading.odom_from_cam, i))
        return gate_says

    assert all(compare(0, 40, moves=True))
    frozen = compare(40, 40, moves=False)
    assert frozen[0]
    assert not frozen[-1]
    assert "its motion contradicts the camera's" in _fault(odometry, 80)
    back = compare(80, 60, moves=True)
    assert back[-1]
    assert _fault(odometry, 140) == ""


def _compared(odometry: Odometry, pose: np.ndarray, odom: np.ndarray | None, tick: int) -> bool:
    odometry.compare(Sighting(int(tick * 1e8), pose, SURE, odom))
    return odometry.trusted


def _fault(odometry: Odometry, tick: int) -> str:
    odometry.read(at(0.05 * tick), int(tick * 1e8))
    return odometry.fault


def test_carried_while_odometry_stands() -> None:
    """Carried through the house at a run, camera open: found again, and never a pose that was not seen."""
    gate = Gate()
    way = [at(0.0)] * 10 + [at(0.15 * i) for i in range(40)] + [at(6.0)] * 10
    verdicts = play(gate, way, [at(2.0, 3.0, 0.5)] * 60)
    assert verdicts[-1].state is State.TRACKING
    np.testing.assert_allclose(verdicts[-1].world_from_odom @ at(2.0, 3.0, 0.5), at(6.0), atol=0.02)


def test_carried_with_everything_off() -> None:
    """Ten minutes later somewhere else, odometry as it was: LOST at once, and the full number of looks."""
    gate = Gate()
    play(gate, [at(0.0)] * 5, [at(1.0)] * 5)
    verdicts = play(gate, [at(8.0, 2.0)] * 4, [at(1.0)] * 4, start=6000)
    assert [v.accepted for v in verdicts] == [False, False, True, True]
    assert verdicts[0].state is State.RELOCALIZING
    np.testing.assert_allclose(verdicts[3].world_from_odom @ at(1.0), at(8.0, 2.0), atol=1e-6)


def test_without_odometry_time_makes_no_place_expected() -> None:
    """After a minute the robot may be anywhere: two looks are not enough there."""
    gate = Gate()
    play(gate, [at(0.0)] * 5, [None] * 5)
    verdicts = play(gate, [at(20.0)] * 4, [None] * 4, start=600)
    assert [v.accepted for v in verdicts] == [False, False, True, True]


def test_odometry_that_jumps_is_not_carried_on() -> None:
    """It began anew at its zero. The camera went on seeing where it is: one look more: a kidnap would look the same."""
    gate = Gate()
    drive = [at(0.05 * i) for i in range(20)]
    before = [inverse(at(5.0, 5.0, 1.0)) @ pose for pose in drive[:10]]
    after = [inverse(at(0.5)) @ pose for pose in drive[10:]]
    verdicts = play(gate, drive, before + after)
    assert [v.accepted for v in verdicts[2:]] == [True] * 8 + [False] + [True] * 9
    assert verdicts[10].state is State.SUSPECT
    for verdict, pose, odom in zip(verdicts[2:], drive[2:], (before + after)[2:], strict=True):
        if verdict.world_from_odom is None:
            assert not verdict.accepted  # odometry's zero is somewhere else
            continue
        np.testing.assert_allclose(verdict.world_from_odom @ odom, pose, atol=1e-3)


def test_what_is_answered_after_a_jump_of_odometry_is_verified() -> None:
    """A wrong answer near where the robot was before it was carried away: nobody expects it any more."""
    gate = Gate()
    play(gate, [at(0.0)] * 5, [at(1.0)] * 5)
    asked = list[Localized]()

    def never(answer: Localized) -> Lost:
        asked.append(answer)
        return Lost(LostReason.UNVERIFIED, "Nothing bears it out")

    for tick in range(5, 8):
        verdict = gate.consider(see(at(0.1)), at(90.0), int(tick * 1e8), verify=never)
        assert not verdict.accepted
        assert verdict.reject_reason == "unverified"
    assert len(asked) == 3


def test_odometry_that_jumps_while_nothing_is_seen_claims_nothing() -> None:
    gate = Gate()
    play(gate, [at(0.0)] * 5, [at(1.0)] * 5)
    verdict = gate.consider(Lost(LostReason.TOO_FEW_FEATURES, "Dark"), at(90.0), int(5e8))
    assert verdict.world_from_odom is None
    assert verdict.state is State.SUSPECT
    assert "jumped by 89 m" in verdict.detail


@pytest.mark.parametrize(
    "bad",
    [np.full((4, 4), np.nan), np.zeros((4, 4)), np.diag([2.0, 2.0, 2.0, 1.0]), at(1e12), np.eye(3), at(np.inf)],
    ids=["nan", "zero", "scaled", "absurd", "shape", "inf"],
)
def test_odometry_that_is_no_pose_counts_as_none(bad: np.ndarray) -> None:
    assert not is_pose(bad)
    gate = Gate()
    verdicts = play(gate, [at(0.0)] * 6, [bad] * 6)
    assert verdicts[2].accepted
    assert verdicts[2].world_from_odom is None
    assert "not a rigid transform" in verdicts[0].detail
    good = play(gate, [at(0.0)] * 2, [at(1.0)] * 2, start=6)
    np.testing.assert_allclose(good[1].world_from_odom @ at(1.0), at(0.0), atol=1e-9)


def test_a_camera_that_sends_one_image_while_the_robot_drives() -> None:
    gate, drive = Gate(), [at(0.05 * i) for i in range(60)]
    play(gate, drive[:10], drive[:10])
    frozen = play(gate, [drive[9]] * 50, drive[10:], start=10)
    assert not any(v.accepted for v in frozen)
    assert "the camera repeats an image" in frozen[0].detail
    assert frozen[-1].state is State.LOST


def test_a_standing_robot_may_see_the_same_to_the_last_bit() -> None:
    assert all(v.accepted for v in play(Gate(), [at(0.0)] * 20, [at(1.0)] * 20)[2:])


def test_a_clock_that_jumps_ahead_and_back() -> None:
    gate = Gate()
    play(gate, [at(0.0)] * 5, [at(0.0)] * 5)
    assert gate.consider(see(at(0.0)), at(0.0), 10**18).state is State.RELOCALIZING  # the last fix is of another age
    back = gate.consider(see(at(0.0)), at(0.0), int(6e8))
    assert back.state is State.RELOCALIZING
    assert back.world_from_odom is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (see(np.full((4, 4), np.nan)), "not_finite"),
        (see(np.diag([1.0, 1.0, -1.0, 1.0])), "not_finite"),
        (see(at(0.0), np.zeros((6, 6))), "uncertain"),
        (see(at(0.0), np.full((6, 6), np.nan)), "uncertain"),
        (see(at(0.0), -SURE), "uncertain"),
        (see(at(0.0), np.eye(6)), "uncertain"),  # a metre, a radian
    ],
)
def test_an_answer_that_is_none_is_never_accepted(answer: Answer, reason: str) -> None:
    gate = Gate()
    verdicts = [gate.consider(answer, at(0.0), int(i * 1e8)) for i in range(10)]
    assert not any(v.accepted for v in verdicts)
    assert verdicts[-1].reject_reason == reason
    assert verdicts[-1].detail
    assert verdicts[-1].state is State.UNLOCALIZED


numbers = st.one_of(st.floats(-20, 20), st.floats(), st.sampled_from([0.0, 1e-300, 1e300, np.inf, np.nan]))
poses = st.one_of(
    st.builds(at, st.floats(-3, 3), st.floats(-3, 3), st.floats(-4, 4)),
    st.builds(at, numbers, numbers, st.floats(-4, 4)),
    st.builds(lambda x: np.full((4, 4), x), numbers),
)
covariances = st.one_of(
    st.just(SURE),
    st.builds(lambda p, r: np.diag([p] * 3 + [r] * 3), st.floats(0, 1), st.floats(0, 1)),
    st.builds(lambda x: np.full((6, 6), x), numbers),
    st.builds(lambda d: np.diag(d), st.lists(numbers, min_size=6, max_size=6)),
)
answers = st.one_of(st.builds(see, poses, covariances), st.just(Lost(LostReason.TOO_FEW_FEATURES, "Dark")))
stamps = st.one_of(st.integers(0, 10**9), st.integers(-(2**62), 2**62))
probabilities = st.one_of(st.none(), st.floats(0, 1), st.floats())
inputs = st.tuples(answers, st.one_of(st.none(), poses), stamps, probabilities)


@settings(max_examples=150)
@given(st.lists(inputs, max_size=25))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nothing_makes_it_raise_or_claim_what_was_not_seen(sequence: list) -> None:
    gate, ever, now = Gate(GateConfig(looks=2, lost_after_s=10.0, look_window_s=20.0)), False, 0
    for answer, odom, step, probability in sequence:
        before, now = now, max(-(2**62), min(now + step, 2**62))
        ever = ever and now >= before  # a clock set back forgets everything
        verdict = gate.consider(answer, odom, now, probability)
        ever = ever or verdict.accepted
        if verdict.accepted:
            assert isinstance(answer, Localized)
            assert np.isfinite(answer.world_from_cam).all()
            assert np.isfinite(answer.covariance).all()
        else:
            assert verdict.reject_reason
            assert verdict.detail
        if verdict.world_from_odom is not None:
            assert ever
            assert np.isfinite(verdict.world_from_odom).all()
        assert ever or verdict.state in (State.UNLOCALIZED, State.RELOCALIZING)
