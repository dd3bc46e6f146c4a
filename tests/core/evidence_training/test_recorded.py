"""A drive in a map gives right hypotheses for its views, and wrong ones for what shows another place."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from support.tiny_world import TinySource, query_poses, render

from reloc.estimators.acceptance.evidence.facts import FACTS
from reloc.evidence_training.one_view import pictures
from reloc.evidence_training.recorded import of_drive
from reloc.maps.reference_map import ReferenceMap


def test_the_tiny_world(with_landmarks: ReferenceMap, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.png"
    cv2.imwrite(str(elsewhere), render(query_poses()[0], seed=5)[0])
    frames = TinySource().frames("test")
    samples = of_drive([with_landmarks], frames, 2, pictures([], 4), [elsewhere])
    kinds = Counter(sample.kind for sample in samples)
    assert kinds["plain"] == kinds["mirrored"] == kinds["hidden"] == 2
    assert kinds["other building"] == 1
    assert all(sample.right for sample in samples if sample.kind == "plain")
    assert not any(
        sample.right for sample in samples if sample.kind in ("mirrored", "shuffled", "fragment", "other building")
    )
    assert {sample.features for sample in samples} == {"rootsift"}
    for sample in samples:
        if sample.inliers:
            assert set(sample.facts) == {fact.name for fact in FACTS}
            assert all(value is None or np.isfinite(value) for value in sample.facts.values())
