"""The matches behind an answer: green where they agree with the pose, amber where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.tiny_world import CAMERA, query_poses, render, small_map

from reloc.datatypes import Candidate, Lost, LostReason, Query
from reloc.evaluation.matches.drawing import draw_lines, draw_matches
from reloc.evaluation.matches.finding import FoundMatches, MatchFinder, find_matches
from reloc.geometry import transforms
from reloc.maps.map_features import open_extractor
from reloc.maps.reference_map import ReferenceMap
from reloc.relocalizer import Relocalizer

GREEN, AMBER = (30, 160, 90), (240, 170, 40)


@pytest.fixture(scope="module")
def small() -> ReferenceMap:
    return ReferenceMap.open(small_map())


def share(found: FoundMatches) -> float:
    assert found.agree is not None
    return float(found.agree.mean())


def nearest(small: ReferenceMap, pose: np.ndarray) -> int:
    return int(np.argmin(np.linalg.norm(small.world_from_cam[:, :3, 3] - pose[:3, 3], axis=1)))


def test_matches_agree_with_the_right_pose_and_not_with_another(small: ReferenceMap) -> None:
    image, pose = render(query_poses()[1])[0], query_poses()[1]
    features = open_extractor(small.path, small.manifest).extract(image.mean(axis=2).astype(np.uint8))
    index = nearest(small, pose)
    right = find_matches(small, index, features, CAMERA, pose)
    turned = pose @ transforms.make(transforms.so3_exp([0.0, 0.3, 0.2]), [0.2, 0.1, 0.0])
    wrong = find_matches(small, index, features, CAMERA, turned)
    assert share(right) > 0.8
    assert share(wrong) < 0.3
    picture = draw_matches(image, small.image(index), right)
    assert picture.shape == (360, 966, 3)


def test_the_reference_that_shares_most_is_chosen(small: ReferenceMap) -> None:
    image, pose = render(query_poses()[1])[0], query_poses()[1]
    answer = Relocalizer.open(small).engine.answer(Query(image, CAMERA))
    far = int(np.argmax(np.linalg.norm(small.world_from_cam[:, :3, 3] - pose[:3, 3], axis=1)))
    near = nearest(small, pose)
    both = replace(answer, references=(Candidate(far, 0.9), Candidate(near, 0.8)))
    found = MatchFinder(small).best(image, CAMERA, both)
    assert found is not None
    assert found.reference == near
    without = replace(both, features=None)  # as of a method that has no key points
    again = MatchFinder(small).best(image, CAMERA, without)
    assert again is not None
    np.testing.assert_array_equal(again.uv, found.uv)


def test_a_lost_image_has_matches_without_a_verdict(small: ReferenceMap) -> None:
    image = render(query_poses()[1])[0]
    lost = Lost(LostReason.AMBIGUOUS, references=(Candidate(nearest(small, query_poses()[1]), 0.9),))
    found = MatchFinder(small).best(image, CAMERA, lost)
    assert found is not None
    assert found.agree is None
    assert len(found.uv) > 30
    assert MatchFinder(small).best(image, CAMERA, Lost(LostReason.NO_MAP)) is None
    picture = draw_matches(image, small.image(found.reference), found)
    assert (picture == AMBER).all(axis=2).sum() > 100
    assert not (picture == GREEN).all(axis=2).any()


def test_lines_lead_from_the_image_to_the_reference() -> None:
    canvas = np.zeros((100, 200, 3), np.uint8)
    found = FoundMatches(np.array([[20.0, 80.0]]), np.array([[40.0, 160.0]]), np.array([True]))
    draw_lines(canvas, found, 0.5, 0.25, 120)
    np.testing.assert_allclose(canvas[40, 70], GREEN, atol=20)  # between (10, 40) and (130, 40), smoothed
    assert not canvas[60:].any()
