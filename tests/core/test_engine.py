"""Localizer and verifier of one map, as the node and the kidnap test use them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

from reloc.datatypes import Localized, Query
from reloc.engine import Engine
from reloc.maps.attachments import bare_hash
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.record import CovarianceScale, Record
from reloc.trust.calibration.store import save
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


def test_the_pose_that_the_verifier_makes_is_calibrated_as_those_of_features_are(tmp_path: Path) -> None:
    folder = build_tiny_map(tmp_path, "triangulate", "vlad,densevlad")
    opened = ReferenceMap.open(folder)
    save(folder, Record("features", bare_hash(opened.manifest), False, (), scale=CovarianceScale(2.0, 3.0, 100)))
    opened = ReferenceMap.open(folder)
    query = Query(render(query_poses()[1])[0], CAMERA)
    refined = []
    for calibrated in (False, True):
        engine = Engine.open(opened, "sift_5pt", {}, calibrated=calibrated)
        answer = engine.localize(query)
        assert isinstance(answer, Localized)
        verified = engine.verify(query, answer)
        assert isinstance(verified, Verified)
        assert verified.refined is not None
        refined.append(verified.refined)
    by = np.diag([2.0] * 3 + [3.0] * 3)
    np.testing.assert_allclose(refined[1].covariance, by @ refined[0].covariance @ by)
    np.testing.assert_array_equal(refined[1].world_from_cam, refined[0].world_from_cam)
