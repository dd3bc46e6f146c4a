"""A reference with a wrong pose is named by the build, gets no landmarks, and a right one is never named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import CAMERA, TinySource, reference_poses, render

from reloc.datatypes import Float64, Localized, Query
from reloc.estimators.local_features import FeaturesConfig
from reloc.geometry.covariance import mahalanobis2
from reloc.geometry.transforms import distance_between, make, so3_exp
from reloc.localizers.features import Features
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.check import check

COUNT, WRONG = 14, 8
ERRORS = {
    "triangulate": make(np.eye(3), [0.2, 0.0, 0.0]),  # along the way, where no epipolar line changes
    "auto": make(so3_exp([0.0, 2.0, 0.0]), [1.0, 0.3, 0.5]),  # another place, where depth would make landmarks
}


class MovedFrames(TinySource):
    """Its images are taken at the true poses, but one pose is stated wrongly."""

    error: Float64

    def frames(self, split: str):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        frames = super().frames(split)
        if split == "test":
            return frames
        wrong = frames[WRONG]
        assert wrong.world_from_cam is not None
        frames[WRONG] = replace(wrong, world_from_cam=wrong.world_from_cam @ self.error)
        return frames


@pytest.mark.parametrize("landmarks", ERRORS)
def test_it_is_named_and_does_no_harm(tmp_path: Path, landmarks: str) -> None:
    source = MovedFrames(poses=reference_poses(COUNT))
    source.error = ERRORS[landmarks]
    made = build_map(source, tmp_path / "m.map", BuildConfig(landmarks=landmarks))
    assert made.manifest.report["wrong_poses"] == [f"ref/{WRONG:03d}"]
    assert any(f"ref/{WRONG:03d}" in note and "correct their poses" in note for note in source.notes)
    assert (made.landmark_ids(WRONG) < 0).all()
    named = [one.name for one in check(made) if any("pose is wrong" in problem for problem in one.problems)]
    assert named == [f"ref/{WRONG:03d}"]
    near = reference_poses(COUNT)[WRONG] @ make(so3_exp([0.0, 0.02, 0.0]), [0.02, 0.0, 0.0])
    answer = Features.from_map(FeaturesConfig(), made).localize(Query(render(near)[0], CAMERA))
    assert isinstance(answer, Localized), answer
    assert distance_between(answer.world_from_cam, near) < 0.03
    assert mahalanobis2(answer.world_from_cam, near, answer.covariance) < 22.5


def test_right_poses_are_not_named(tmp_path: Path) -> None:
    """Also of a view that shares little with the others."""
    apart = reference_poses(COUNT)[0] @ make(so3_exp([0.0, 1.5, 0.0]), [0.0, 0.0, 0.0])
    made = build_map(TinySource(poses=[*reference_poses(COUNT), apart]), tmp_path / "m.map", BuildConfig())
    assert "wrong_poses" not in made.manifest.report
