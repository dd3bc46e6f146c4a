"""One thing of a place makes a pose with many inliers; what was about it is not in the image."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from support.credulous import CREDULOUS
from support.tiny_world import CAMERA, query_poses, render

from reloc.datatypes import Candidate, Localized, Lost, Query, Support, UInt8
from reloc.estimators.acceptance.presence import presence
from reloc.estimators.local_features import FeaturesConfig
from reloc.geometry.transforms import distance_between, inverse, transform
from reloc.localizers.features import Features
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.verification import Finding, Verifier

LARGE = replace(CAMERA, width=640, height=480, fx=560.0, fy=560.0, cx=319.5, cy=239.5)
ALL = np.s_[:]


def of(reference_map: ReferenceMap, found: np.ndarray | slice, shown: np.ndarray | slice = ALL) -> float:
    """As if reference 0 itself were asked, with those of its landmarks ``found`` and those ``shown`` as key points."""
    pose, camera = reference_map.world_from_cam[0], reference_map.camera(0)
    ids = np.unique(reference_map.landmark_ids(0))
    ids = ids[ids >= 0]
    uv = camera.project(transform(inverse(pose), reference_map.landmarks[ids].astype(float)))
    everyone = np.arange(len(ids))
    key_points = np.union1d(everyone[shown], everyone[found])
    explained = np.searchsorted(key_points, everyone[found]).astype(np.int32)
    return presence(pose, camera, reference_map, [Candidate(0, 1.0)], ids[found], uv[key_points], explained)


def columns(reference_map: ReferenceMap) -> np.ndarray:
    """Of the landmarks that ``of`` counts."""
    ids = np.unique(reference_map.landmark_ids(0))
    xyz = reference_map.landmarks[ids[ids >= 0]].astype(float)
    return reference_map.camera(0).project(transform(inverse(reference_map.world_from_cam[0]), xyz))[:, 0]


def test_what_is_found_everywhere_is_present_however_rarely(with_landmarks: ReferenceMap) -> None:
    assert of(with_landmarks, ALL) == pytest.approx(1.0, abs=0.02)
    few = np.random.default_rng(0).random(len(columns(with_landmarks))) < 0.1
    assert of(with_landmarks, np.flatnonzero(few)) > 0.7


def test_what_is_found_in_one_part_only_is_the_share_of_that_part(with_landmarks: ReferenceMap) -> None:
    u = columns(with_landmarks)
    for eighths in (2, 4):
        found = np.flatnonzero(u < CAMERA.width * eighths / 8)
        assert of(with_landmarks, found) == pytest.approx(eighths / 8, abs=0.1)
        assert of(with_landmarks, found[::3]) == pytest.approx(eighths / 8, abs=0.1)


def test_where_the_image_shows_nothing_nothing_is_missing(with_landmarks: ReferenceMap) -> None:
    left = np.flatnonzero(columns(with_landmarks) < CAMERA.width / 4)
    assert of(with_landmarks, left, shown=left) == pytest.approx(1.0, abs=0.02)


def test_no_inlier_is_no_presence(with_landmarks: ReferenceMap) -> None:
    assert of(with_landmarks, np.zeros(0, int)) == 0.0


def pasted() -> list[UInt8]:
    """Views of another world, with an eighth of a view of this one in each: neither contradicts the other."""
    images = []
    for number, pose in enumerate(query_poses(10)):
        image = render(pose, LARGE, seed=7)[0]
        part = render(pose, LARGE)[0][150:330, 220:440]
        image[40 * (number % 7) : 40 * (number % 7) + 180, 60 * (number % 6) : 60 * (number % 6) + 220] = part
        images.append(image)
    return images


def test_one_thing_carried_elsewhere_is_no_view(with_landmarks: ReferenceMap) -> None:
    """It stands still in the image, so that its pose is wrong, and the rest of the image is nowhere in the map."""
    strict = Features.from_map(FeaturesConfig(), with_landmarks)
    credulous = Features.from_map(CREDULOUS, with_landmarks)
    verifier = Verifier.open(with_landmarks)
    answered, said = 0, list[str]()
    for image in pasted():
        query = Query(image, LARGE)
        answer = strict.localize(query)
        assert isinstance(answer, Lost)
        said.append(answer.detail)
        wrong = credulous.localize(query)
        if isinstance(wrong, Localized):
            verified = verifier.verify(query, wrong)
            answered += 1
            assert isinstance(verified.answer, Lost)
    assert answered >= 4
    assert sum("of the predicted view is seen" in words for words in said) >= 2


@pytest.mark.parametrize("number", range(3))
def test_two_places_in_one_image_are_ambiguous(with_landmarks: ReferenceMap, number: int) -> None:
    """A part of one, sharp, has most key points; the other, out of focus, fills more of the image."""
    here, there = query_poses(10)[number], query_poses(10)[number + 5]
    image = cv2.GaussianBlur(render(there, LARGE)[0], (0, 0), 4.0)
    image[:, :256] = render(here, LARGE)[0][:, :256]
    query = Query(image, LARGE)
    answer = Features.from_map(FeaturesConfig(), with_landmarks).localize(query)
    assert isinstance(answer, Lost)
    assert answer.support is not None
    assert answer.support.runner_up_inliers > 0
    assert answer.support.runner_up_inliers < 0.5 * answer.support.inliers  # their number does not tell
    stated = Localized(here.copy(), np.diag([4e-4] * 3 + [1e-4] * 3), Support(50, 40, 0.5, 1.0, 0))
    verified = Verifier.open(with_landmarks).verify(query, stated)
    assert verified.evidence.verdict is not Finding.VERIFIED


def test_views_pass(with_landmarks: ReferenceMap) -> None:
    strict = Features.from_map(FeaturesConfig(), with_landmarks)
    for pose in query_poses(6):
        answer = strict.localize(Query(render(pose, LARGE)[0], LARGE))
        assert isinstance(answer, Localized)
        assert distance_between(answer.world_from_cam, pose) < 0.1
