"""Localizer and verifier of one map, as the node and the kidnap test use them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

from reloc.datatypes import Localized, Query
from reloc.engine import Engine
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.verification import Verified


def test_key_points_are_found_once_and_verify_the_answer_as_those_found_again_do(tmp_path: Path) -> None:
    reference_map = ReferenceMap.open(build_tiny_map(tmp_path, "triangulate", "vlad,densevlad"))
    engine = Engine.open(reference_map, "sift_5pt", {})
    assert engine.verifier is not None
    query = Query(render(query_poses()[1])[0], CAMERA)
    answer = engine.localize(query)
    assert isinstance(answer, Localized)
    verified, again = engine.verify(query, answer), engine.verifier.verify(query, answer)
    assert isinstance(verified, Verified)
    assert "verify_match" in verified.answer.stage_ms
    assert "verify_extract" not in verified.answer.stage_ms
    assert "verify_extract" in again.answer.stage_ms
    assert verified.evidence == again.evidence
    assert isinstance(verified.answer, Localized)
    np.testing.assert_array_equal(verified.answer.world_from_cam, answer.world_from_cam)
