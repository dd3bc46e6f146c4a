"""A map says how precise answers in it will be, and where it finds a place but would not answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import TinySource, build_tiny_map, reference_poses
from support.twin_rooms import build_twin_map

from reloc.evaluation.expected_answers import expected_answers
from reloc.evaluation.self_check import SelfCheck, leave_one_out
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.reference_map import ReferenceMap


def test_sigmas_of_the_answers(tmp_path: Path) -> None:
    opened = ReferenceMap.open(build_tiny_map(tmp_path))
    checks = leave_one_out(opened)
    expected = expected_answers(opened, checks)
    assert expected is not None
    assert expected.asked == 12
    assert expected.answered > 6
    assert 0.0 < np.median(expected.sigmas_m) < 0.05
    assert f"{expected.answered} of 12 are answered, sigma" in str(expected)
    lost = replace(checks[0], problem="only 3 inliers")
    again = expected_answers(opened, (lost, *checks[1:]))
    assert again is not None
    assert again.asked == 11
    assert again.checks[0] is lost


def test_places_that_are_found_but_not_answered_are_named(tmp_path: Path) -> None:
    twins = build_twin_map(tmp_path)
    found = tuple(SelfCheck(name, 100, 0.0, 0.0, "") for name in twins.names)
    expected = expected_answers(twins, found)
    assert expected is not None
    assert expected.answered < len(twins) / 2
    problems = [one.problem for one in expected.checks if one.problem]
    assert all("found, but not answered (ambiguous)" in problem for problem in problems[:3])


@pytest.mark.parametrize("config", [BuildConfig(landmarks="triangulate", retrieval="")])
def test_a_map_without_retrieval_has_no_answers(tmp_path: Path, config: BuildConfig) -> None:
    made = build_map(TinySource(reference_poses(4)), tmp_path / "m", config)
    assert expected_answers(made, leave_one_out(made)) is None
