"""What looking a map over finds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from support.tiny_world import TinySource, look_at, reference_poses

from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.check import check
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame


def test_a_good_map(tiny_map: ReferenceMap) -> None:
    checks = check(tiny_map)
    assert [c.name for c in checks] == list(tiny_map.names)
    assert all(not c.problems for c in checks)
    assert all(c.landmarks > 100 and c.coverage > 0.5 and c.neighbours >= 3 for c in checks)


def test_twins_and_loners_are_named(tmp_path: Path) -> None:
    poses = [*reference_poses(4), reference_poses(4)[0], look_at(np.array([2.0, 2.0, 1.3]), np.array([2.0, 0.0, 1.2]))]
    made = build_map(TinySource(poses), tmp_path / "m", BuildConfig(landmarks="triangulate", retrieval=""))
    problems = {c.name: c.problems for c in check(made)}
    assert "has the same pose as ref/000" in problems["ref/004"]
    assert "shares landmarks with no other reference" in problems["ref/005"]
    assert not problems["ref/001"]


def test_without_landmarks_key_points_count(tmp_path: Path) -> None:
    frames = TinySource(reference_poses(3)).frames("train")
    blank = np.zeros((240, 320, 3), np.uint8)
    frames[2] = dataclasses.replace(frames[2], load_image=lambda: blank.copy())

    class Source(TinySource):
        def frames(self, split: str) -> list[SourceFrame]:
            return frames

    made = build_map(Source(), tmp_path / "m", BuildConfig(landmarks="none", retrieval=""))
    assert [c.problems for c in check(made)] == [(), (), ("only 0 key points",)]
