"""Retrieval by what a network of local features says of the whole image."""

import numpy as np
import pytest
from support import tiny_points
from support.tiny_world import TinySource, build_tiny_map

from reloc.errors import MapFeatureError
from reloc.estimators.observation import extractor_of
from reloc.features.points import PointsConfig
from reloc.images import to_gray
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever


def test_a_reference_finds_itself(tmp_path):
    config = BuildConfig(
        landmarks="none", retrieval="place,vlad", local_features="points",
        features=PointsConfig(model=str(tiny_points.tiny_points())),
    )  # fmt: skip
    opened = build_map(TinySource(), tmp_path / "points.map", config)
    retriever, extractor = Retriever.open(opened, "place"), extractor_of(opened)
    for index in (0, 5, 11):
        gray = to_gray(opened.image(index))
        features = extractor.extract(gray)
        np.testing.assert_allclose(np.linalg.norm(features.place), 1.0, atol=0.02)
        found = retriever.rank(gray, features, 3)
        assert found[0].index == index
        assert found[0].similarity > 0.98


def test_features_without_one_are_refused(tmp_path):
    with pytest.raises(MapFeatureError, match="--features points"):
        build_map(TinySource(), tmp_path / "sift.map", BuildConfig(landmarks="none", retrieval="place"))
    opened = ReferenceMap.open(build_tiny_map(tmp_path, "none"))
    with pytest.raises(MapFeatureError, match="no 'place' descriptors"):
        Retriever.open(opened, "place")
