"""The page of a running robot, told by a test instead of a graph."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from support import chromium
from support.chromium import Chromium
from support.optional import need

from reloc.geometry import transforms
from reloc.maps.reference_map import ReferenceMap
from reloc.view.live.page import LivePage
from reloc.view.live.state_bar import SPAN_S, StateBar
from reloc.view.live.values import STATE_COLORS, LiveButtons, LiveLook, LivePose

LOOK = LiveLook(
    at_s=1.0, state="TRACKING", accepted=True, certainty=0.987, latency_ms=31.0, age_ms=45.0,
    evidence=(("inliers", "120 of 300"), ("probability", "0.912")), stages=(("features", 20.0), ("solve", 11.0)),
)  # fmt: skip


def pose_at(x: float) -> LivePose:
    return LivePose(transforms.make(np.eye(3), [x, 0.0, 0.0]), np.eye(6) * 1e-4)


@pytest.fixture
def pressed() -> list[str]:
    return []


@pytest.fixture
def page(server, pressed: list[str]) -> LivePage:
    return LivePage(server, LiveButtons(lambda: pressed.append("relocalize"), lambda: pressed.append("forget")))


def node(page: LivePage, name: str):
    return page.server.scene.get_handle_by_name(name)


def test_the_robot_its_ellipsoid_and_its_path_are_drawn(page: LivePage) -> None:
    page.set_state("TRACKING")
    for x in (0.0, 0.3, 0.6, 5.0):  # a jump is no step of the path
        page.move(pose_at(x))
    page.refresh()
    np.testing.assert_allclose(node(page, "/robot/body").position, [5.0, 0, 0])
    np.testing.assert_allclose(node(page, "/robot/covariance").position, [5.0, 0, 0])
    assert node(page, "/robot/path").points.shape == (2, 2, 3)
    green = int(STATE_COLORS["TRACKING"][1:3], 16)
    assert (np.asarray(node(page, "/robot/path").colors)[..., 0] == green).all()


def test_a_robot_that_stands_still_adds_nothing_to_its_path(page: LivePage) -> None:
    for _ in range(50):
        page.move(pose_at(1.0))
    assert page.robot.steps == 1


def test_states_evidence_and_log_are_shown(page: LivePage) -> None:
    page.set_state("LOST", "too_few_inliers")
    page.see(replace(LOOK, state="LOST", accepted=False, reason="too_few_inliers", detail="<i>9</i> of 300"))
    page.refresh()
    assert "LOST" in page._headline.content
    assert "no pose: too_few_inliers" in page._evidence.content
    assert "&lt;i&gt;9&lt;/i&gt; of 300" in page._evidence.content
    assert "features 20, solve 11" in page._evidence.content
    assert "LOST: too_few_inliers" in page._log.content
    page.set_state("TRACKING")
    page.see(LOOK)
    page.refresh()
    assert "accepted" in page._evidence.content
    assert len(page.log) == 2
    page.set_state("TRACKING")
    assert len(page.log) == 2  # no change, no line


def test_another_map_replaces_the_first(page: LivePage, small: ReferenceMap) -> None:
    assert "No map yet" in page._about.content
    page.set_map(small)
    page.layers.show("/references", False)
    page.set_map(small)
    page.see(replace(LOOK, map_hash="0123456789abcdef"))
    page.refresh()
    assert node(page, "/references/11") is not None
    assert not node(page, "/references").visible  # what a person switched off stays off
    assert "another map: 0123456789ab" in page._about.content
    page.see(replace(LOOK, map_hash=small.content_hash))
    page.refresh()
    assert "another map" not in page._about.content


def test_threads_that_tell_at_once_lose_nothing(page: LivePage) -> None:
    def tell(number: int) -> None:
        for i in range(50):
            page.move(pose_at(number + i * 0.02))
            page.see(LOOK)
            page.add_log(f"{number}/{i}")

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    page.refresh()
    assert len(page.log) == 200
    assert page.robot.steps == 200


class TestStateBar:
    def test_it_shows_the_last_minutes(self) -> None:
        bar = StateBar()
        assert bar.note(0.0, "UNLOCALIZED")
        assert not bar.note(5.0, "UNLOCALIZED")
        assert bar.note(10.0, "TRACKING")
        assert bar.shares(40.0) == [("UNLOCALIZED", 10.0 / SPAN_S), ("TRACKING", 30.0 / SPAN_S)]
        late = bar.shares(10.0 + 2 * SPAN_S)
        assert late == [("TRACKING", 1.0)]

    @pytest.mark.parametrize("state", ["<b>", "state 99", ""])
    def test_a_state_that_nobody_knows_is_shown(self, state: str) -> None:
        bar = StateBar()
        bar.note(0.0, state)
        assert "<b>" not in bar.html(1.0)


@pytest.mark.skipif(chromium.program() is None, reason=chromium.MISSING)
def test_the_page_in_a_browser(page: LivePage, pressed: list[str]) -> None:
    need("viser", "viser is not installed: make setup")
    page.set_state("RELOCALIZING")
    page.refresh()
    with Chromium(f"http://127.0.0.1:{page.server.get_port()}", (900, 900)) as browser:
        browser.wait_for("RELOCALIZING")
        page.set_state("TRACKING")
        page.see(LOOK)
        page.move(pose_at(0.5))
        page.show_image(np.full((60, 80, 3), 200, np.uint8))
        page.refresh()
        browser.wait_for("certainty 0.987")
        assert "120 of 300" in browser.text
        assert browser.value("document.querySelectorAll('#reloc-timeline > div').length") >= 2
        browser.click("Relocalize")
        browser.click("Forget the place")
        chromium.wait(lambda: pressed == ["relocalize", "forget"], "click", 20)
        page.add_log("relocalize: succeeded")
        page.refresh()
        browser.wait_for("relocalize: succeeded")
        assert browser.value("[...document.querySelectorAll('img')].some(i => i.naturalWidth === 80)")
        assert browser.faults() == []
