"""Every answer is explained: by the status, and by the debug image that says the same."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("reloc_msgs", reason="ROS 2 is not there: run `make setup`")

import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image
from support.tiny_world import CAMERA, query_poses, render
from support.twin_rooms import build_twin_map

from reloc.datatypes import Lost, LostReason, Query
from reloc.engine import Engine
from reloc.evaluation.matches.finding import MatchFinder
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.scale import scale_note
from reloc.trust.gate import State, Verdict
from reloc_msgs.msg import Status
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.debug_image import ReferenceImage, lines, to_debug_image
from reloc_node.conversions.status import to_status
from reloc_node.look import FrameLook
from reloc_node.outputs.debug_output import DebugOutput


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> ReferenceMap:
    return build_twin_map(tmp_path_factory.mktemp("explained"))


@pytest.fixture(scope="module")
def ambiguous(twins: ReferenceMap) -> FrameLook:
    """An image that two rooms explain."""
    image = render(query_poses()[1])[0]
    answer = Engine.open(twins, "features", {}).localize(Query(image, CAMERA))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.AMBIGUOUS
    verdict = Verdict(State.LOST, False, answer, None, answer.reason.value, answer.detail)
    return FrameLook(7, answer, verdict, {"extract": 1.0}, 2.0, image=image)


def status_of(look: FrameLook, twins: ReferenceMap) -> Status:
    return to_status(look, "map", "features", twins.content_hash, twins.names, 8)


def test_the_status_names_the_runner_up_in_the_other_room(ambiguous: FrameLook, twins: ReferenceMap) -> None:
    status = status_of(ambiguous, twins)
    assert status.runner_up_reference in twins.names
    assert status.runner_up_reference.startswith("twin/") != status.reference_names[0].startswith("twin/")
    assert status.runner_up_inliers > 0.7 * status.inliers
    assert (status.reason, status.probability, status.certainty) == ("ambiguous", 0.0, 0.0)


def test_the_status_says_how_probable_and_certain_it_is(ambiguous: FrameLook, twins: ReferenceMap) -> None:
    verdict = Verdict(State.TRACKING, True, ambiguous.answer, None, probability=0.75, certainty=0.96875)
    look = FrameLook(7, ambiguous.answer, verdict, {}, 2.0)
    status = status_of(look, twins)
    assert (status.probability, status.certainty, status.reason) == (0.75, 0.96875, "")
    assert "probability 0.75, certainty 0.9688" in lines(status)


def test_words_are_those_of_the_status(ambiguous: FrameLook, twins: ReferenceMap) -> None:
    status = status_of(ambiguous, twins)
    said = "\n".join(lines(status))
    assert said.startswith("LOST, no pose (features)\nambiguous: The evidence is ")
    assert "another place has evidence" in said
    assert f"{status.inliers} of {status.matches} inliers" in said
    assert f"runner-up {status.runner_up_inliers} at {status.runner_up_reference}" in said
    assert all(name in said for name in status.reference_names)
    assert "certainty" not in said  # that of this map is not known
    assert lines(Status(state=Status.UNLOCALIZED, localizer="x")) == ["UNLOCALIZED, no pose (x)"]


def test_the_picture_shows_the_image_both_references_and_the_words(ambiguous: FrameLook, twins: ReferenceMap) -> None:
    status = status_of(ambiguous, twins)
    best, rival = (
        ReferenceImage(name, twins.image(twins.names.index(name)))
        for name in (status.reference_names[0], status.runner_up_reference)
    )

    def drawn(*references: ReferenceImage) -> np.ndarray:
        message = to_debug_image(ambiguous, status, "camera", 960, *references)
        assert message is not None
        assert (message.encoding, message.header.frame_id, message.header.stamp.nanosec) == ("rgb8", "camera", 7)
        return np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)

    none, one, two = drawn(), drawn(best), drawn(best, rival)
    assert (none.shape[1], one.shape[1], two.shape[1]) == (320, 640, 960)
    assert two.shape[0] > 240 + 50  # words below
    np.testing.assert_array_equal(two[40:200, 660:900], rival.image[40:200, 20:260])
    np.testing.assert_array_equal(two[40:200, 340:580], best.image[40:200, 20:260])
    assert (two[240:].reshape(-1, 3) > 100).any(axis=1).sum() > 1000  # pixels of letters
    changed = (two[2:200, 2:318] != ambiguous.image[2:200, 2:318]).any(axis=2)
    assert changed.sum() > 10 * status.inliers / 2  # circles at the inliers


def test_lines_join_the_image_and_the_best_reference(ambiguous: FrameLook, twins: ReferenceMap) -> None:
    found = MatchFinder(twins).best(ambiguous.image, CAMERA, ambiguous.answer)
    assert found is not None
    best = ReferenceImage(twins.names[found.reference], twins.image(found.reference))
    status = status_of(ambiguous, twins)
    bare, drawn = (to_debug_image(ambiguous, status, "camera", 960, best, None, one) for one in (None, found))
    assert bare is not None
    assert drawn is not None
    shape = (drawn.height, drawn.width, 3)
    before, after = (np.frombuffer(one.data, np.uint8).reshape(shape) for one in (bare, drawn))
    changed = (before != after).any(axis=2)[:240]
    for start, end in ((found.uv[0], found.uv_reference[0] + (320, 0)),):
        u, v = np.rint((start + end) / 2).astype(int)
        assert changed[v - 2 : v + 3, u - 2 : u + 3].any()  # the middle of a line
    assert changed[:, :320].any()
    assert changed[:, 320:].any()
    assert (after == (240, 170, 40)).all(axis=2).sum() > 100  # without a pose nothing agrees with it, or does not


def test_nothing_is_matched_for_nobody(ambiguous: FrameLook, twins: ReferenceMap, monkeypatch) -> None:
    engine, matched = Engine.open(twins, "features", {}), []
    best = MatchFinder.best
    monkeypatch.setattr(MatchFinder, "best", lambda *args: matched.append(best(*args)) or matched[-1])
    rclpy.init()
    node, seen = Node("explained"), []
    try:
        output = DebugOutput(node, LocalizerNodeConfig())
        look, status = replace(ambiguous, camera=CAMERA), status_of(ambiguous, twins)
        output.publish(look, status, engine)
        assert matched == []
        node.create_subscription(Image, "/explained/debug_image", seen.append, 1)
        deadline = time.monotonic() + 20
        while not seen and time.monotonic() < deadline:
            output.publish(look, status, engine)
            rclpy.spin_once(node, timeout_sec=0.1)
        assert matched
        assert seen[0].width > 320
        output.close()
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def test_without_an_image_there_is_no_picture(ambiguous: FrameLook, twins: ReferenceMap) -> None:
    look = FrameLook(7, ambiguous.answer, ambiguous.verdict, {}, 2.0)
    assert to_debug_image(look, status_of(look, twins), "camera", 960) is None


def test_a_long_reason_is_cut_and_strange_names_do_no_harm(ambiguous: FrameLook, twins: ReferenceMap) -> None:
    status = status_of(ambiguous, twins)
    status.detail = "word " * 2000
    strange = ReferenceImage("a/very/long/name/" * 20 + "\N{SNOWMAN}.png", np.zeros((4, 4, 3), np.uint8))
    message = to_debug_image(ambiguous, status, "camera", 100, strange, strange)
    assert message is not None
    assert message.height < 75 + 20 * 18


def test_a_map_without_scale_is_said_in_every_status(ambiguous: FrameLook, twins: ReferenceMap) -> None:
    told = scale_note(replace(twins.manifest, build={**twins.manifest.build, "source": {"scale": "unknown"}}))
    status = to_status(ambiguous, "map", "features", twins.content_hash, twins.names, 8, told)
    assert status.detail == f"{status_of(ambiguous, twins).detail}; {told}"
    assert "map units, not meters" in told
    assert scale_note(twins.manifest) == ""
