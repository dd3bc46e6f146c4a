"""The page of a map in a real browser: what it shows, what a click changes, and no error in its console."""

from __future__ import annotations

import time

import pytest
from support import chromium
from support.chromium import Chromium
from support.optional import need
from support.tiny_world import CAMERA, query_poses, render

from reloc.datatypes import Lost, LostReason, Query
from reloc.evaluation.answering import Answered
from reloc.maps.reference_map import ReferenceMap
from reloc.relocalizer import Relocalizer
from reloc.view.map_page import MapPage

need("viser", "viser is not installed: make setup")
pytestmark = pytest.mark.skipif(chromium.program() is None, reason=chromium.MISSING)


def test_a_map_its_layers_and_its_queries(server, small: ReferenceMap) -> None:
    page = MapPage(server, small)
    query = Query(render(query_poses()[1])[0], CAMERA)
    page.answers.add("dark.jpg", Answered(Lost(LostReason.TOO_FEW_FEATURES, "3 key points")))
    with Chromium(f"http://127.0.0.1:{server.get_port()}", (900, 700)) as browser:
        browser.wait_for("Landmarks")
        browser.wait_for("dark.jpg: too_few_features. 3 key points")
        assert "references (12)" in browser.text
        assert browser.value("document.querySelectorAll('canvas').length") >= 1
        browser.toggle("Landmarks")
        chromium.wait(lambda: not page.layers.is_shown("/landmarks"), "click", 20)
        page.answers.add("photo.jpg", Answered(Relocalizer.open(small).engine.answer(query), 5.0, query))
        browser.wait_for("1 of 2 localized")
        page.answers.choose(0)
        browser.click("Show the next query")
        browser.wait_for("agree with the pose")
        assert browser.value("[...document.querySelectorAll('img')].some(i => i.naturalWidth > 500)")
        assert browser.faults() == []
        assert len(server.get_clients()) == 1
    end = time.monotonic() + 20
    while server.get_clients():  # the browser was closed: the page goes on
        assert time.monotonic() < end
        time.sleep(0.05)
    page.answers.add("late.jpg", Answered(Lost(LostReason.BAD_IMAGE, "truncated")))
    assert "1 of 3 localized" in page.answers._summary.content
