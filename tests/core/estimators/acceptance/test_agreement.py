"""Fragments of a place make a pose with many inliers; the rest of the image speaks against it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.credulous import CREDULOUS
from support.tiny_world import CAMERA, query_poses, reference_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query, UInt8
from reloc.estimators.acceptance.agreement import agreement, contested
from reloc.estimators.local_features import FeaturesConfig
from reloc.evaluation.made_pictures import shuffled
from reloc.geometry.transforms import distance_between
from reloc.localizers.features import Features
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.verification import Verifier

LARGE = replace(CAMERA, width=640, height=480, fx=560.0, fy=560.0, cx=319.5, cy=239.5)

HUGE = replace(CAMERA, width=960, height=720, fx=840.0, fy=840.0, cx=479.5, cy=359.5)  # pieces large enough for a pose


def grid() -> np.ndarray:
    """One key point in the middle of each of the 64 cells."""
    v, u = np.mgrid[0:8, 0:8]
    return np.column_stack([u.ravel() * 40 + 20, v.ravel() * 30 + 15]).astype(np.float32)


def share(off: np.ndarray, distinct: np.ndarray | None = None, keypoint: np.ndarray | None = None) -> float:
    count = len(off)
    all_of_them = np.arange(count, dtype=np.int32) if keypoint is None else keypoint
    return agreement(grid(), all_of_them, off, np.ones(count, bool) if distinct is None else distinct, CAMERA, 4.0)


def test_the_share_of_cells_that_agree() -> None:
    off = np.zeros(64)
    assert share(off) == 1.0
    off[:48] = 100.0
    assert share(off) == pytest.approx(0.25)
    off[:48] = 30.0  # a landmark that is badly known
    assert share(off) == 1.0
    off[:48] = np.inf  # behind the camera
    assert share(off) == pytest.approx(0.25)


def test_what_lacks_or_may_be_chance_says_nothing() -> None:
    off = np.full(64, 100.0)
    off[48:] = 1.0
    assert share(off, distinct=off < 10.0) == 1.0
    assert share(off[48:], keypoint=np.arange(48, 64, dtype=np.int32)) == 1.0  # somebody in front: no matches there
    assert share(np.zeros(0), keypoint=np.zeros(0, np.int32)) == 1.0


def test_a_chair_that_was_moved_says_nothing() -> None:
    off = np.zeros(64)
    off[:3] = 100.0
    assert share(off) == 1.0


def test_a_key_point_agrees_if_any_of_its_matches_does() -> None:
    twice = np.concatenate([np.arange(64), np.arange(64)]).astype(np.int32)
    assert share(np.repeat([0.0, 900.0], 64), keypoint=twice) == 1.0


def pieces() -> list[UInt8]:
    """Views with their 4 x 4 tiles in another order."""
    return [shuffled(render(pose, HUGE)[0], np.random.default_rng(i)) for i, pose in enumerate(reference_poses(8))]


def test_a_picture_of_pieces_is_no_view(with_landmarks: ReferenceMap) -> None:
    strict = Features.from_map(FeaturesConfig(), with_landmarks)
    credulous = Features.from_map(CREDULOUS, with_landmarks)
    verifier = Verifier.open(with_landmarks)
    said, answered = list[str](), 0
    for image in pieces():
        query = Query(image, HUGE)
        answer = strict.localize(query)
        assert isinstance(answer, Lost)
        said.append(answer.detail)
        wrong = credulous.localize(query)
        if isinstance(wrong, Localized):  # as any other method might give it
            answered += 1
            verified = verifier.verify(query, wrong)
            assert isinstance(verified.answer, Lost)
            assert verified.refined is None
    assert answered >= 2
    assert any("of the matching cells agree" in words for words in said)


def test_a_view_with_somebody_in_front_is_one(with_landmarks: ReferenceMap) -> None:
    strict = Features.from_map(FeaturesConfig(), with_landmarks)
    random = np.random.default_rng(0)
    poses, answered = query_poses(8), 0
    for number, pose in enumerate(poses):
        image = render(pose, LARGE)[0]
        start = 0 if number % 2 else 320
        image[:, start : start + 320] = np.kron(random.integers(0, 256, (12, 8, 3)), np.ones((40, 40, 1)))
        answer = strict.localize(Query(image, LARGE))
        if isinstance(answer, Localized):
            answered += 1
            assert distance_between(answer.world_from_cam, pose) < 0.1
    assert answered > len(poses) / 2


def test_an_answer_by_a_wrong_focal_length_is_not_verified(with_landmarks: ReferenceMap) -> None:
    camera = replace(LARGE, fx=LARGE.fx * 1.2, fy=LARGE.fy * 1.2)
    pose = query_poses(4)[0]
    query = Query(render(pose, LARGE)[0], camera)
    found = Features.from_map(FeaturesConfig(max_focal_off=1.0, max_sigma=1.0), with_landmarks).localize(query)
    assert isinstance(found, Localized)
    verified = Verifier.open(with_landmarks).verify(
        query, replace(found, covariance=found.covariance + np.eye(6) * 0.01)
    )
    assert isinstance(verified.answer, Lost)
    assert verified.answer.reason is LostReason.CAMERA_MISMATCH
    assert verified.refined is None


def test_what_looks_like_something_elsewhere_is_contested() -> None:
    """Of four key points that agree one has another match far off, one another that is nearly right."""
    keypoint = np.array([0, 0, 1, 1, 2, 3, 4], np.int32)
    off_px = np.array([1.0, 500.0, 0.5, 20.0, 2.0, 3.0, 400.0])
    assert contested(keypoint, off_px, 4.0) == 0.25
    assert contested(keypoint, np.full(7, np.inf), 4.0) == 0.0
