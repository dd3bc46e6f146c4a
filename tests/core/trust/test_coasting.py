"""Between fixes odometry carries the estimate on, until a limit or something that contradicts it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reloc.datatypes import Localized, Lost, LostReason, Support
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.trust.gate import Gate, State, Verdict
from reloc.trust.gate_config import GateConfig
from reloc.trust.verdict import CLAIMS

HZ = 10
SUPPORT = Support(100, 80, 0.5, 0.5, 0)
AMBIGUOUS = Lost(LostReason.AMBIGUOUS, "Two places look alike")
STEP_M = 0.03


def at(x: float, y: float = 0.0, yaw: float = 0.0) -> np.ndarray:
    return make(so3_exp([0, 0, yaw]), [x, y, 0.0])


def fix(pose: np.ndarray) -> Localized:
    return Localized(pose.copy(), np.eye(6) * 1e-4, SUPPORT)


class Drive:
    """A robot that drives along x at 10 Hz; its odometry began elsewhere."""

    def __init__(self, config: GateConfig | None = None, probability: float | None = None) -> None:
        self.gate, self.tick, self.x = Gate(config), 0, 0.0
        self.probability = probability
        self.world_from_odom = at(3.0, 1.0, 0.7)

    @property
    def odom(self) -> np.ndarray:
        return inverse(self.world_from_odom) @ at(self.x)

    def step(self, answer=None, step_m: float = STEP_M, odom: np.ndarray | str | None = "own", glimpse=None) -> Verdict:
        """One image; without an answer it is localized where the robot is."""
        self.tick += 1
        self.x += step_m
        given = fix(at(self.x)) if answer is None else answer
        odom_from_cam = self.odom if isinstance(odom, str) else odom
        return self.gate.consider(given, odom_from_cam, self.tick * 10**9 // HZ, self.probability, None, glimpse)

    def track(self, looks: int = 10) -> Verdict:
        for _ in range(looks):
            verdict = self.step()
        assert verdict.state is State.TRACKING
        return verdict

    def blind(self, seconds: float, **given) -> list[Verdict]:
        return [self.step(AMBIGUOUS, **given) for _ in range(round(seconds * HZ))]


def test_ambiguous_views_on_a_drive_are_bridged_by_odometry() -> None:
    drive = Drive()
    drive.track()
    verdicts = drive.blind(5.0)
    assert [v.state for v in verdicts[:10]] == [State.TRACKING] * 10
    assert all(v.state is State.COASTING for v in verdicts[10:])
    assert not any(v.accepted for v in verdicts)
    for verdict in verdicts:
        np.testing.assert_allclose(verdict.world_from_odom, drive.world_from_odom, atol=1e-9)
        assert verdict.lost_in_s > 0.0
    assert "Coasting by odometry for 5.0 of at most 10 s, 1.50 m and 0 deg; sigma 0.08 of 0.5 m" in verdicts[-1].detail
    assert drive.step().state is State.COASTING  # the first of two looks that agree
    assert drive.step().accepted


def test_the_certainty_falls_to_nothing_at_the_limit() -> None:
    drive = Drive(probability=0.99)
    sure = drive.track().certainty
    coasting = [v for v in drive.blind(9.9) if v.state is State.COASTING]
    certainties = [v.certainty for v in coasting]
    assert sure is not None
    assert all(c is not None and 0.0 <= c < sure for c in certainties)
    assert certainties == sorted(certainties, reverse=True)
    assert certainties[-1] < 0.05


def test_nothing_is_made_up_where_no_certainty_is_known() -> None:
    drive = Drive()
    drive.track()
    assert drive.blind(3.0)[-1].certainty is None


@pytest.mark.parametrize(
    ("config", "step_m", "ends_s", "why"),
    [
        (GateConfig(), 0.03, 10.0, "gate.coast_s is 10 s"),
        (GateConfig(), 0.15, 6.6, "gate.coast_m is 0.5 m"),
        (GateConfig(drift=0.3), 0.10, 3.3, "gate.coast_m is 0.5 m"),  # odometry is known to be worse
        (GateConfig(coast_m=0.1), 0.03, 6.6, "gate.coast_m is 0.1 m"),
        (GateConfig(coast_deg=3.0), 0.10, 4.0, "gate.coast_deg is 3 deg"),
        (GateConfig(coast_s=2.0), 0.03, 2.0, "gate.coast_s is 2 s"),
    ],
)
def test_it_ends_at_each_limit(config: GateConfig, step_m: float, ends_s: float, why: str) -> None:
    drive = Drive(config)
    drive.track()
    verdicts = drive.blind(12.0, step_m=step_m)
    first_lost = next(i for i, v in enumerate(verdicts) if v.state is State.LOST)
    assert first_lost / HZ == pytest.approx(ends_s, abs=0.25)
    assert why in verdicts[first_lost].detail
    assert all(v.state is State.LOST for v in verdicts[first_lost:])  # and nothing but a fix begins it again


def test_turning_counts_against_its_own_limit() -> None:
    drive = Drive()
    drive.track()
    states = []
    for i in range(40):
        drive.tick += 1
        odom = inverse(drive.world_from_odom) @ at(drive.x, 0.0, 0.1 * i)
        states.append(drive.gate.consider(AMBIGUOUS, odom, drive.tick * 10**9 // HZ).state)
    assert State.COASTING in states
    assert states[-1] is State.LOST
    assert states.index(State.LOST) == pytest.approx(np.deg2rad(10) / 0.05 / 0.1, abs=2)


@pytest.mark.parametrize("name", ["coast_m", "coast_deg", "coast_s"])
def test_zero_turns_it_off(name: str) -> None:
    drive = Drive(replace(GateConfig(), **{name: 0.0}))
    drive.track()
    states = {v.state for v in drive.blind(3.0)}
    assert State.COASTING not in states
    assert State.LOST in states


def test_a_look_elsewhere_ends_it_at_once() -> None:
    drive = Drive()
    drive.track()
    assert drive.blind(2.0)[-1].state is State.COASTING
    verdict = drive.step(fix(at(9.0, 5.0)))
    assert verdict.state is State.RELOCALIZING
    assert verdict.state not in CLAIMS
    assert drive.step(AMBIGUOUS).state is not State.COASTING
    assert "localized at another place" in drive.step(AMBIGUOUS).detail


def test_a_look_elsewhere_before_it_keeps_it_from_beginning() -> None:
    drive = Drive()
    drive.track()
    assert drive.step(fix(at(9.0, 5.0))).state is State.SUSPECT
    assert State.COASTING not in {v.state for v in drive.blind(3.0)}


def test_odometry_that_jumps_ends_it_at_once() -> None:
    drive = Drive()
    drive.track()
    drive.blind(2.0)
    drive.world_from_odom = at(-40.0, 6.0, 2.0)
    verdict = drive.step(AMBIGUOUS)
    assert verdict.state is State.LOST
    assert verdict.world_from_odom is None


def test_odometry_that_falls_silent_ends_it() -> None:
    drive = Drive()
    drive.track()
    drive.blind(2.0)
    verdicts = drive.blind(2.0, odom=None)
    assert verdicts[0].state is State.COASTING  # one message may be late
    assert verdicts[-1].state is State.LOST
    assert [v.lost_in_s for v in verdicts[:9]] == sorted((v.lost_in_s for v in verdicts[:9]), reverse=True)


def test_odometry_that_is_not_trusted_does_not_carry() -> None:
    drive = Drive()
    drive.track()
    for _ in range(40):  # the wheels slip: the camera moves, odometry does not
        drive.tick += 1
        drive.x += 0.08
        drive.gate.consider(
            fix(at(drive.x)), drive.odom * 0 + inverse(drive.world_from_odom) @ at(0.3), drive.tick * 10**8
        )
    assert not drive.gate._odometry.trusted
    drive.tick += 20
    assert drive.gate.consider(AMBIGUOUS, drive.odom, drive.tick * 10**8).state is State.LOST


def test_a_pause_of_the_camera_ends_it() -> None:
    drive = Drive()
    drive.track()
    drive.blind(2.0)
    drive.tick += 15
    verdict = drive.step(AMBIGUOUS)
    assert verdict.state is State.LOST
    assert "no image was processed" in verdict.detail


def test_a_slow_computer_is_no_pause() -> None:
    drive = Drive(GateConfig(look_window_s=10.0))
    verdicts = []
    for answer in [None] * 6 + [AMBIGUOUS] * 4:
        drive.tick += 12  # an image in 1.3 s
        verdicts.append(drive.step(answer))
    assert [v.state for v in verdicts[-4:]] == [State.COASTING] * 4
    assert verdicts[5].lost_in_s == pytest.approx(2.6, abs=0.1)


def test_without_odometry_there_is_none() -> None:
    drive = Drive()
    for _ in range(5):
        drive.step(odom=None)
    states = {v.state for v in drive.blind(3.0, odom=None)}
    assert State.COASTING not in states
    assert "carried on" not in drive.step(AMBIGUOUS, odom=None).detail


@pytest.mark.parametrize("jump", [at(0.9), at(0.0, 0.0, 0.4)])
def test_odometry_that_moves_as_no_robot_drives_ends_it(jump: np.ndarray) -> None:
    drive = Drive()
    drive.track()
    drive.world_from_odom = drive.world_from_odom @ inverse(jump)
    drive.step(AMBIGUOUS)
    states = {v.state for v in drive.blind(3.0)}
    assert State.COASTING not in states
    assert "gate.max_" in drive.step(AMBIGUOUS).detail
