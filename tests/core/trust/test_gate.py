import numpy as np
import pytest

from reloc.datatypes import Localized, Lost, LostReason, Support
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.trust.gate import Gate, State
from reloc.trust.gate_config import GateConfig
from reloc.trust.verification import Evidence, Finding, Verified

HZ = 10
SUPPORT = Support(100, 80, 0.5, 0.5, 0)


def at(x: float, y: float = 0.0, yaw: float = 0.0) -> np.ndarray:
    return make(so3_exp([0, 0, yaw]), [x, y, 0.0])


def fix(pose: np.ndarray) -> Localized:
    return Localized(pose.copy(), np.eye(6) * 1e-4, SUPPORT)


class Robot:
    """A robot whose odometry began elsewhere, feeding a gate at 10 Hz."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.tick = gate, 0
        self.world_from_odom = at(3.0, 1.0, 0.7)

    def look(self, truth: np.ndarray, seen: np.ndarray | None = None):
        """True pose by odometry, and where vision puts it (the same where not given)."""
        self.tick += 1
        odom_from_cam = inverse(self.world_from_odom) @ truth
        return self.gate.consider(fix(truth if seen is None else seen), odom_from_cam, self.stamp)

    def blind(self):
        self.tick += 1
        return self.gate.consider(Lost(LostReason.TOO_FEW_FEATURES), None, self.stamp)

    @property
    def stamp(self) -> int:
        return int(self.tick * 1e9 / HZ)


@pytest.fixture
def robot() -> Robot:
    return Robot(Gate(GateConfig(looks=3)))


def drive(robot: Robot, count: int, start: float = 0.0):
    return [robot.look(at(start + 0.05 * i)) for i in range(count)]


def test_a_first_fix_needs_looks_that_agree(robot: Robot) -> None:
    verdicts = drive(robot, 4)
    assert [v.accepted for v in verdicts] == [False, False, True, True]
    assert [v.state for v in verdicts] == [State.RELOCALIZING, State.RELOCALIZING, State.TRACKING, State.TRACKING]
    assert verdicts[0].world_from_odom is None
    np.testing.assert_allclose(verdicts[2].world_from_odom, robot.world_from_odom, atol=1e-9)
    assert verdicts[0].reject_reason == LostReason.INCONSISTENT.value


def test_looks_that_disagree_are_never_accepted(robot: Robot) -> None:
    rng = np.random.default_rng(0)
    verdicts = [robot.look(at(0.0), at(*rng.uniform(-20, 20, 2))) for _ in range(50)]
    assert not any(v.accepted for v in verdicts)


def test_one_wrong_answer_while_tracking_is_held_back(robot: Robot) -> None:
    drive(robot, 5)
    wrong = robot.look(at(0.25), at(9.0))
    assert not wrong.accepted
    assert wrong.state is State.SUSPECT
    np.testing.assert_allclose(wrong.world_from_odom, robot.world_from_odom, atol=1e-9)
    after = robot.look(at(0.3))
    assert after.accepted
    assert after.state is State.TRACKING


def test_kidnapped_without_odometry_noticing(robot: Robot) -> None:
    drive(robot, 5)
    robot.world_from_odom = at(-4.0, 6.0, 2.0)  # the wheels did not turn
    verdicts = drive(robot, 4, start=8.0)
    assert [v.accepted for v in verdicts] == [False, False, True, True]
    assert verdicts[0].state is State.SUSPECT
    np.testing.assert_allclose(verdicts[2].world_from_odom, robot.world_from_odom, atol=1e-9)


def test_blind_becomes_lost_and_forgets_nothing_of_odometry(robot: Robot) -> None:
    drive(robot, 5)
    states = [robot.blind().state for _ in range(15)]
    assert states[0] is State.TRACKING
    assert states[-1] is State.LOST
    first, second = robot.look(at(0.4)), robot.look(at(0.45))
    assert not first.accepted
    assert first.state is State.RELOCALIZING
    assert second.accepted  # two looks where odometry expects them; a jump would take three


def test_a_lost_frame_keeps_its_reason(robot: Robot) -> None:
    verdict = robot.blind()
    assert verdict.reject_reason == "too_few_features"
    assert verdict.state is State.UNLOCALIZED


def test_old_looks_do_not_count(robot: Robot) -> None:
    robot.look(at(0.0))
    robot.look(at(0.05))
    for _ in range(40):
        robot.blind()
    assert not robot.look(at(0.1)).accepted


def test_a_clock_set_back_starts_anew(robot: Robot) -> None:
    drive(robot, 5)
    robot.tick = 0
    verdict = robot.look(at(0.0))
    assert not verdict.accepted
    assert verdict.state is State.RELOCALIZING
    assert verdict.world_from_odom is None


def test_without_odometry_only_possible_motion_agrees() -> None:
    gate = Gate(GateConfig(looks=2, max_speed=1.0))
    assert not gate.consider(fix(at(0.0)), None, 0).accepted
    verdict = gate.consider(fix(at(0.05)), None, int(1e8))
    assert verdict.accepted
    assert verdict.world_from_odom is None
    assert not gate.consider(fix(at(5.0)), None, int(2e8)).accepted


def test_drift_of_odometry_is_allowed_for(robot: Robot) -> None:
    drive(robot, 5)
    robot.gate.config = GateConfig(looks=3, lost_after_s=10.0)
    robot.tick += 20
    assert robot.look(at(10.0), at(10.9)).accepted  # 10 m driven, 0.9 m off
    assert not robot.look(at(10.1), at(12.5)).accepted


def test_looks_of_one_is_trusting() -> None:
    assert Gate(GateConfig(looks=1)).consider(fix(at(0.0)), None, 0).accepted


def test_a_rotation_off_is_a_jump_too(robot: Robot) -> None:
    drive(robot, 5)
    assert not robot.look(at(0.25), at(0.25, yaw=0.5)).accepted


NOTHING = Evidence((), True, 0, 0, 0.0, 0.0, 0.0, False, 0, 0, Finding.VERIFIED, "")


class Verifying:
    """Bears out what is near ``place`` alone, and notes what it was asked."""

    def __init__(self, place: np.ndarray, refined: Localized | None = None) -> None:
        self.place, self.refined, self.asked = place, refined, 0

    def __call__(self, answer: Localized) -> Verified:
        self.asked += 1
        if np.linalg.norm(answer.world_from_cam[:3, 3] - self.place[:3, 3]) < 1.0:
            return Verified(answer, NOTHING, self.refined)
        return Verified(Lost(LostReason.UNVERIFIED, "No reference agrees", answer.support), NOTHING)


def test_looks_that_agree_on_a_wrong_place_are_not_borne_out() -> None:
    """Errors that repeat: without verification the third look is accepted."""
    wrong, verify = at(5.0), Verifying(at(0.0))
    for asks, accepted in ((None, True), (verify, False)):
        gate = Gate(GateConfig(looks=3))
        verdicts = [gate.consider(fix(wrong), at(0.0), int(i * 1e8), verify=asks) for i in range(1, 6)]
        assert verdicts[-1].accepted is accepted
    assert verify.asked == 5
    assert verdicts[-1].reject_reason == LostReason.UNVERIFIED.value
    assert isinstance(verdicts[-1].answer, Lost)
    assert verdicts[-1].state is State.UNLOCALIZED


def test_a_look_that_is_expected_is_not_asked_about() -> None:
    gate, verify = Gate(GateConfig(looks=3)), Verifying(at(0.0))
    for i in range(1, 11):
        verdict = gate.consider(fix(at(0.0)), at(0.0), int(i * 1e8), verify=verify)
    assert verdict.accepted
    assert verify.asked == 3
    assert not gate.consider(fix(at(5.0)), at(0.0), int(1.1e9), verify=verify).accepted
    assert verify.asked == 4
    assert gate.consider(fix(at(0.0)), at(0.0), int(1.2e9), verify=verify).accepted


@pytest.mark.parametrize(
    ("step", "asked"),
    [(at(0.0), 3), (at(0.04), 3), (at(0.0, yaw=0.15), 8)],
    ids=["stands: once a second", "drives: every half meter", "turns: every 30 degrees"],
)
def test_a_tracked_place_is_verified_again(step: np.ndarray, asked: int) -> None:
    gate, verify, pose = Gate(GateConfig(looks=1)), Verifying(at(0.0)), at(0.0)
    for i in range(30):
        verify.place = pose
        assert gate.consider(fix(pose), pose, int((i + 1) * 1e8), verify=verify).accepted
        pose = pose @ step
    assert verify.asked == asked


def test_a_method_that_drifts_off_together_with_its_estimate_is_found_out() -> None:
    """Each look is where the last one and odometry expect it, but nobody else sees it there."""
    gate, verify, accepted = Gate(GateConfig(looks=1)), Verifying(at(0.0)), list[float]()
    for i in range(60):
        off = 0.04 * i
        if gate.consider(fix(at(off)), at(0.0), int((i + 1) * 1e8), verify=verify).accepted:
            accepted.append(off)
    assert 0.9 < max(accepted) < 1.5  # within a second after the verification's limit of a meter
    assert gate.state is not State.TRACKING


def test_an_unsure_answer_counts_as_the_sharper_one_that_agrees_with_it() -> None:
    """A network says about where, local features exactly where; without them it is too unsure, or contradicted."""
    truth = at(0.0)
    vague = Localized(at(0.4), np.eye(6), SUPPORT)
    for refined, place, reason in (
        (fix(truth), truth, ""),
        (None, truth, "uncertain"),
        (vague, truth, "uncertain"),
        (fix(truth), at(5.0), "unverified"),
    ):
        gate, verify = Gate(GateConfig(looks=3)), Verifying(place, refined)
        verdicts = [gate.consider(vague, truth, int(i * 1e8), verify=verify) for i in range(1, 5)]
        assert [v.accepted for v in verdicts[2:]] == [not reason] * 2
        assert verdicts[-1].reject_reason == reason
        assert verify.asked == 4  # each time: what it says of itself is too little even where it is expected
    assert not Gate().consider(vague, truth, int(1e8)).accepted


def test_what_is_published_of_an_unsure_answer_is_the_sharper_one() -> None:
    gate, verify = Gate(GateConfig(looks=1)), Verifying(at(0.0), fix(at(0.0)))
    answer = gate.consider(Localized(at(0.4), np.eye(6), SUPPORT), at(0.0), int(1e8), verify=verify).answer
    assert isinstance(answer, Localized)
    np.testing.assert_array_equal(answer.world_from_cam, at(0.0))
    assert answer.covariance[0, 0] == 1e-4


def test_a_verification_that_fails_is_a_reason() -> None:
    gate = Gate(GateConfig(looks=1))
    verdict = gate.consider(fix(at(0.0)), at(0.0), int(1e8), verify=lambda _: Lost(LostReason.INTERNAL, "It raised"))
    assert (verdict.accepted, verdict.reject_reason, verdict.detail) == (False, "internal", "It raised")


def test_the_probability_that_verification_gives_is_the_one_that_counts() -> None:
    """A method's own word counts only where nobody else is asked; a verified answer that is hardly right is refused."""
    for given, verified, first, reason in (
        (None, 0.9999, 0, ""),
        (0.1, 0.9999, 0, ""),
        (0.9999, 0.9, 2, ""),
        (0.9999, None, 0, ""),
        (0.9999, 0.3, None, "uncertain"),
        (None, float("nan"), None, "uncertain"),
    ):
        gate = Gate()

        def verify(answer: Localized, verified: float | None = verified) -> Verified:
            return Verified(answer, NOTHING, probability=verified)

        verdicts = [
            gate.consider(fix(at(0.01 * i)), at(0.01 * i), int(i * 1e8), probability=given, verify=verify)
            for i in range(4)
        ]
        accepted = [v.accepted for v in verdicts]
        assert (accepted.index(True) if any(accepted) else None) == first, (given, verified)
        assert verdicts[first or 0].reject_reason == reason


def test_an_unsure_answer_has_the_probability_of_its_verification() -> None:
    vague = Localized(at(0.4), np.eye(6), SUPPORT)
    for probability, accepted in ((0.9999, True), (0.2, False)):
        sharp = Verified(vague, NOTHING, fix(at(0.0)), probability)
        verdict = Gate().consider(vague, at(0.0), 0, verify=lambda _, sharp=sharp: sharp)
        assert (verdict.accepted, verdict.probability) == (accepted, probability)
