"""Which references the others cannot place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import TinySource, build_tiny_map, look_at, reference_poses

from reloc.cli.map import check
from reloc.compact_index import sizes
from reloc.errors import MapFeatureError
from reloc.evaluation.self_check import MOST_TRIED, leave_one_out
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.reference_map import ReferenceMap


def test_all_are_found(tmp_path: Path) -> None:
    opened = ReferenceMap.open(build_tiny_map(tmp_path))
    told: list[tuple[int, int]] = []
    checks = leave_one_out(opened, lambda done, total: told.append((done, total)))
    assert [c.problem for c in checks] == [""] * 12
    assert max(c.translation_m for c in checks) < 0.02
    assert told[-1] == (12, 12)


def test_one_that_looks_elsewhere_is_named(tmp_path: Path) -> None:
    loner = look_at(np.array([2.0, 2.0, 1.3]), np.array([2.0, 0.0, 1.2]))
    source = TinySource([*reference_poses(5), loner])
    made = build_map(source, tmp_path / "m", BuildConfig(landmarks="triangulate", retrieval="vlad"))
    checks = leave_one_out(made)
    assert checks[5].problem
    assert not any(c.problem for c in checks[:5])


def test_needs_landmarks(tmp_path: Path) -> None:
    made = build_map(TinySource(reference_poses(2)), tmp_path / "m", BuildConfig(landmarks="none", retrieval=""))
    with pytest.raises(MapFeatureError, match="no landmarks"):
        leave_one_out(made)


def test_a_part_that_is_evenly_spread(tmp_path: Path) -> None:
    opened = ReferenceMap.open(build_tiny_map(tmp_path))
    checks = leave_one_out(opened, most=4)
    assert [c.name for c in checks] == [opened.names[i] for i in (0, 3, 7, 11)]
    assert not any(c.problem for c in checks)
    assert len(leave_one_out(opened, most=0)) == 12


def test_a_map_with_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LEARNED_FROM": 6, "EXACT_NUMBERS": 1}.items():
        monkeypatch.setattr(sizes, name, value)
    opened = build_map(TinySource(), tmp_path / "m", BuildConfig(landmarks="triangulate", retrieval="vlad"))
    assert opened.arrays("retrieval/vlad/index")
    assert [c.problem for c in leave_one_out(opened)] == [""] * 12


def test_a_map_without_global_descriptors(tmp_path: Path) -> None:
    made = build_map(TinySource(reference_poses(6)), tmp_path / "m", BuildConfig(landmarks="triangulate", retrieval=""))
    assert [c.problem for c in leave_one_out(made)] == [""] * 6


def test_the_command_tries_as_many() -> None:
    assert check._MOST == MOST_TRIED
