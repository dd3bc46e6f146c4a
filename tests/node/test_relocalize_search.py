"""What a goal asks for, and when a search is over: everything of ~/relocalize that needs no graph."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("reloc_msgs", reason="ROS 2 is not there: run `make setup`")

from support.relocalize import goal

from reloc.datatypes import Localized, Lost, LostReason, Support
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.trust.gate import Gate
from reloc.trust.gate_config import GateConfig
from reloc_node.conversions.poses import to_pose_with_covariance
from reloc_node.conversions.status import to_status
from reloc_node.look import FrameLook
from reloc_node.outputs.seen import PublishedLook
from reloc_node.relocalize.config import RelocalizeConfig
from reloc_node.relocalize.messages import to_feedback, to_result
from reloc_node.relocalize.region import Region, is_flat
from reloc_node.relocalize.search import End, Outcome, Search
from reloc_node.relocalize.wanted import Wanted, read_goal

SQUARE = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
BASE_FROM_CAM = make(so3_exp([0, 0, 0.5]), [0.2, 0.0, 1.0])
SUPPORT = Support(100, 80, 0.5, 0.5, 0)


def at(x: float, y: float = 0.0) -> np.ndarray:
    return make(np.eye(3), [x, y, 0.0])


@pytest.mark.parametrize(
    ("x", "y", "inside"), [(1, 1, True), (2, 1, True), (2.001, 1, False), (-0.001, 0, False), (0, 0, True)]
)
@pytest.mark.parametrize("far", [0.0, 1e6])
def test_a_region_holds_what_is_inside_however_far_its_origin_is(x: float, y: float, inside: bool, far: float) -> None:
    region = Region(SQUARE + far, np.eye(4))
    assert region.holds(make(so3_exp([0, 0, 2.0]), [x + far, y + far, 30.0])) is inside


def test_a_region_in_a_frame_of_its_own_and_one_with_a_bay() -> None:
    map_from_region = make(so3_exp([0, 0, 1.0]), [5.0, -3.0, 0.0])
    region = Region(SQUARE, inverse(map_from_region))
    assert region.holds(map_from_region @ at(1.0, 1.0))
    assert not region.holds(at(1.0, 1.0))
    bay = Region(np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], dtype=float), np.eye(4))
    assert bay.holds(at(0.5, 2.0))
    assert not bay.holds(at(2.0, 3.0))


def test_what_lies_on_one_line_is_flat() -> None:
    assert is_flat(np.ones((5, 2)))
    assert is_flat(np.array([[0, 0], [1, 2], [2, 4], [-3, -6]], dtype=float) + 1e4)
    assert not is_flat(SQUARE)
    assert not is_flat(np.array([[0, 0], [1, 1], [1, 0], [0, 1]], dtype=float))  # crossed: an area of two signs


def nobody(frame: str) -> Lost:
    return Lost(LostReason.NO_TF, f"{frame} is unknown")


def test_zero_is_the_servers_default_and_a_frame_without_corners_is_not_asked_for() -> None:
    config = RelocalizeConfig(timeout=7.0, certainty=0.9)
    wanted = read_goal(goal(frame="narnia"), config, "map", nobody)
    assert isinstance(wanted, Wanted)
    assert (wanted.timeout_s, wanted.certainty, wanted.region) == (7.0, 0.9, None)
    wanted = read_goal(goal(2.5, 0.75, [(0, 0), (1, 0), (0, 1)], "map"), config, "map", nobody)
    assert isinstance(wanted, Wanted)
    assert (wanted.timeout_s, wanted.certainty) == (2.5, 0.75)
    assert wanted.region is not None
    assert read_goal(goal(0, 0, [(0, 0), (1, 0), (0, 1)], "narnia"), config, "map", nobody) == (
        "region_frame_id is 'narnia', but its transform is unknown: narnia is unknown"
    )


class Run:
    """A robot that stands at the origin and looks ten times a second, with a gate as a goal wants it."""

    def __init__(self, wanted: Wanted, config: GateConfig | None = None) -> None:
        self.search = Search(wanted, "map", 100.0)
        self.gate = Gate(wanted.gate_config(config or GateConfig()))
        self.looks = 0

    def look(self, probability: float | None, answer: Localized | Lost | None = None) -> End | None:
        stamp_ns = (self.looks + 1) * 100_000_000
        shift = 1e-4 * self.looks
        answer = answer or Localized(at(shift), np.eye(6) * 1e-4, SUPPORT)
        self.looks += 1
        verdict = self.gate.consider(answer, at(shift), stamp_ns, probability=probability)
        look = FrameLook(stamp_ns, verdict.answer, verdict, {}, 1.0, BASE_FROM_CAM)
        fix = None
        if verdict.accepted:
            fix = to_pose_with_covariance(answer.world_from_cam @ inverse(BASE_FROM_CAM), np.eye(6), "map", stamp_ns)
        return self.search.take(PublishedLook(look, to_status(look, "map", "features", "", (), stamp_ns), fix))

    def until(self, probability: float | None, most: int = 100) -> End:
        for _ in range(most):
            end = self.look(probability)
            if end is not None:
                return end
        raise AssertionError(f"no end in {most} looks")


@pytest.mark.parametrize(
    ("certainty", "probability", "looks"),
    [
        (0.0, None, 3),  # as ever
        (0.0, 0.9, 3),
        (0.9, 0.9, 3),  # never less than the gate asks for by itself
        (0.99999, 0.9, 5),
        (0.9999999, 0.6, 18),  # and more than gate.looks_most where that is what it takes
    ],
)
def test_as_many_looks_as_the_certainty_takes(certainty: float, probability: float | None, looks: int) -> None:
    run = Run(Wanted(10.0, certainty, None))
    assert run.until(probability).outcome is Outcome.SUCCEEDED
    assert run.looks == looks
    result = to_result(End(Outcome.SUCCEEDED), run.search)
    assert result.certainty == pytest.approx(max(certainty, 0.999) if probability else 0.0)
    assert result.evidence.certainty == result.certainty
    np.testing.assert_allclose(result.pose.pose.pose.position.x, run.search.best.fix.pose.pose.position.x)


def test_a_certainty_that_is_not_reached_goes_on_while_tracking_and_is_the_reason_in_the_end() -> None:
    run = Run(Wanted(10.0, 0.999, None))
    run.gate.use(GateConfig(max_false_accept_rate=0.1))  # accepts sooner than the goal does
    assert [run.look(0.9) for _ in range(5)] == [None] * 5
    assert run.search.last.look.verdict.accepted
    assert run.search.overdue(109.9) is None
    end = run.search.overdue(110.0)
    assert end.outcome is Outcome.TIMED_OUT
    assert "the certainty is only 0.9, 0.999 was requested" in end.reason
    assert to_result(end, run.search).pose.header.frame_id == ""


def test_a_map_that_was_not_calibrated_ends_it_with_what_to_do() -> None:
    run = Run(Wanted(10.0, 0.9, None))
    end = run.until(None)
    assert end.outcome is Outcome.NOT_CALIBRATED
    assert "reloc map calibrate MAP --localizer features" in end.reason


def test_another_map_in_another_frame_ends_it() -> None:
    run = Run(Wanted(10.0, 0.0, None))
    run.search.map_frame = "site"
    assert run.look(None).outcome is Outcome.STOPPED


def test_feedback_before_between_and_after() -> None:
    run = Run(Wanted(10.0, 0.0, None))
    run.look(0.9, Lost(LostReason.TOO_FEW_FEATURES, "dark"))
    feedback = to_feedback(run.search, 101.25)
    assert (feedback.looks, feedback.candidates, feedback.has_best) == (1, 0, False)
    assert (feedback.elapsed.sec, feedback.elapsed.nanosec) == (1, 250_000_000)
    assert feedback.last_reason == "too_few_features"
    run.look(0.9)
    feedback = to_feedback(run.search, 102.0)
    assert (feedback.looks, feedback.candidates, feedback.has_best) == (2, 1, True)
    assert feedback.best_certainty == pytest.approx(0.9)
    position = feedback.best_pose.pose.position
    expected = (at(1e-4) @ inverse(BASE_FROM_CAM))[:3, 3]
    np.testing.assert_allclose([position.x, position.y, position.z], expected, atol=1e-9)
    assert feedback.best_pose.header.frame_id == "map"


def test_the_evidence_of_a_search_that_failed_is_its_best_look() -> None:
    run = Run(Wanted(1.0, 0.0, None))
    poor = Lost(LostReason.TOO_FEW_INLIERS, "few", Support(50, 12, 0.1, 1.0, 0))
    for answer in (Lost(LostReason.TOO_FEW_FEATURES), poor, Lost(LostReason.TOO_FEW_FEATURES, "dark")):
        assert run.look(None, answer) is None
    end = run.search.overdue(101.0)
    assert (end.outcome, "dark" in end.reason) == (Outcome.TIMED_OUT, True)
    assert to_result(end, run.search).evidence.inliers == 12
