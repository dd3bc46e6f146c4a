"""Poor maps give right answers with honest covariances, or a reason why there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import CAMERA, TinySource, query_poses, reference_poses, render

from reloc.datatypes import Float64, Localized, Lost, Query
from reloc.distributions import CHI2_999_6DOF
from reloc.estimators.local_features import FeaturesConfig
from reloc.geometry.covariance import mahalanobis2
from reloc.geometry.transforms import make, so3_exp
from reloc.localizers.features import Features
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.source import SourceFrame


class NoisySource(TinySource):
    """Its images are taken at the true poses; the stated ones have noise of 2 cm and half a degree."""

    def frames(self, split: str) -> list[SourceFrame]:
        random = np.random.default_rng(5)

        def off(pose: Float64) -> Float64:
            turn, move = so3_exp(random.normal(0.0, np.deg2rad(0.5), 3)), random.normal(0.0, 0.02, 3)
            return make(turn @ pose[:3, :3], pose[:3, 3] + move)

        return [
            replace(frame, world_from_cam=off(frame.world_from_cam)) if frame.world_from_cam is not None else frame
            for frame in super().frames(split)
        ]


MAPS = {
    "two references": (TinySource(poses=reference_poses()[5:7]), "triangulate"),
    "two references without landmarks": (TinySource(poses=reference_poses()[5:7]), "none"),
    "one reference without landmarks": (TinySource(poses=reference_poses()[5:6]), "none"),
    "poses off by centimeters": (NoisySource(), "triangulate"),
}


@pytest.mark.parametrize("name", MAPS)
def test_answers_are_right_or_missing(tmp_path: Path, name: str) -> None:
    source, landmarks = MAPS[name]
    made = build_map(source, tmp_path / "m.map", BuildConfig(landmarks=landmarks, retrieval="vlad"))
    assert "wrong_poses" not in made.manifest.report
    localizer = Features.from_map(FeaturesConfig(), made)
    answers = 0
    for pose in query_poses(8)[2:6]:
        answer = localizer.localize(Query(render(pose)[0], CAMERA))
        if isinstance(answer, Lost):
            assert answer.detail
            continue
        assert isinstance(answer, Localized)
        answers += 1
        assert mahalanobis2(answer.world_from_cam, pose, answer.covariance) < CHI2_999_6DOF
    assert answers or len(made) < 3
