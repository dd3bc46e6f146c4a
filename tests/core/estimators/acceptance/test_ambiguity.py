"""What rests on one plane may be a wardrobe that was moved: no place by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.tiny_world import CAMERA, look_at, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.estimators.local_features import FeaturesConfig
from reloc.geometry.transforms import distance_between
from reloc.localizers.features import Features
from reloc.maps.reference_map import ReferenceMap

ONE_WALL = look_at(np.array([1.4, 2.4, 1.3]), np.array([1.9, 4.0, 1.2]))
TWO_WALLS = look_at(np.array([2.0, 1.6, 1.2]), np.array([3.5, 4.0, 1.3]))


def answer(reference_map: ReferenceMap, pose: np.ndarray, shown: int, **config: float) -> Localized | Lost:
    """To an image of which all but so many columns, on the right, are plain."""
    image = render(pose)[0]
    image[:, : 320 - shown] = 128
    localizer = Features.from_map(replace(FeaturesConfig(), **config), reference_map)
    return localizer.localize(Query(image, CAMERA))


def test_one_wall_is_ambiguous_and_a_corner_is_not(with_landmarks: ReferenceMap) -> None:
    lost = answer(with_landmarks, ONE_WALL, 100)
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.AMBIGUOUS
    assert "lie on one plane" in lost.detail
    corner = answer(with_landmarks, TWO_WALLS, 160)
    assert isinstance(corner, Localized)
    assert distance_between(corner.world_from_cam, TWO_WALLS) < 0.05


@pytest.mark.parametrize(("shown", "config"), [(320, {}), (100, {"min_planar_coverage": 0.3})], ids=["all", "a third"])
def test_a_wall_that_fills_enough_of_the_image_is_a_place(
    with_landmarks: ReferenceMap, shown: int, config: dict[str, float]
) -> None:
    found = answer(with_landmarks, ONE_WALL, shown, **config)
    assert isinstance(found, Localized)
    assert distance_between(found.world_from_cam, ONE_WALL) < 0.05
