"""Right answers are borne out by the map's images, wrong ones are not, whichever method gave them."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import CAMERA, build_tiny_map, look_at, query_poses, reference_poses, render
from support.twin_rooms import SHIFT, build_twin_map

from reloc.datatypes import Candidate, Localized, LostReason, Query, Support
from reloc.engine import open_localizer
from reloc.errors import ConfigError, MapFeatureError
from reloc.evaluation.wrong_answers import is_wrong, wrong_answers
from reloc.features.rootsift import RootSift
from reloc.geometry.transforms import distance_between, make, so3_exp
from reloc.images import to_gray
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.verification import Finding, VerificationConfig, Verified, Verifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("verification-maps")


@pytest.fixture(scope="module")
def tiny(folder: Path) -> ReferenceMap:
    return ReferenceMap.open(build_tiny_map(folder, "triangulate"))


@pytest.fixture(scope="module")
def bare(folder: Path) -> ReferenceMap:
    return ReferenceMap.open(build_tiny_map(folder, "none"))


@pytest.fixture(scope="module")
def verifier(tiny: ReferenceMap) -> Verifier:
    return Verifier.open(tiny)


@functools.cache
def query(index: int = 1, seed: int = 0) -> Query:
    return Query(render(query_poses()[index], seed=seed)[0], CAMERA)


def stated(
    pose: np.ndarray, sigma_m: float = 0.02, sigma_deg: float = 0.5, references: tuple[int, ...] = ()
) -> Localized:
    covariance = np.diag([sigma_m**2] * 3 + [np.radians(sigma_deg) ** 2] * 3)
    candidates = tuple(Candidate(i, 0.9) for i in references)
    return Localized(pose.copy(), covariance, Support(50, 40, 0.5, 1.0, 0), candidates)


def refused(verified: Verified, finding: Finding, reason: LostReason = LostReason.UNVERIFIED) -> str:
    """Its words."""
    assert verified.evidence.verdict is finding, verified.evidence
    assert not isinstance(verified.answer, Localized)
    assert verified.answer.reason is reason
    assert verified.answer.detail == verified.evidence.reason
    assert verified.refined is None
    return verified.answer.detail


@pytest.mark.parametrize("index", [1, 3])
@pytest.mark.parametrize("landmarks", [True, False])
def test_right_answers_are_verified(tiny: ReferenceMap, bare: ReferenceMap, index: int, landmarks: bool) -> None:
    reference_map = tiny if landmarks else bare
    answer = open_localizer(reference_map).localize(query(index))
    assert isinstance(answer, Localized)
    verified = Verifier.open(reference_map).verify(query(index), answer)
    evidence = verified.evidence
    assert evidence.verdict is Finding.VERIFIED, evidence
    assert isinstance(verified.answer, Localized)
    np.testing.assert_array_equal(verified.answer.world_from_cam, answer.world_from_cam)
    assert evidence.independent
    assert not {c.index for c in evidence.references} & {c.index for c in answer.references}
    assert evidence.consistent > 3 * evidence.expected_by_chance
    assert evidence.log_false_alarms < -10
    assert {"extract", "verify_extract", "verify_consistency"} <= set(verified.answer.stage_ms)


@pytest.mark.parametrize("index", [0, 2])
@pytest.mark.parametrize(("sigma_m", "sigma_deg"), [(0.02, 0.5), (0.3, 6.0)])
@pytest.mark.parametrize("landmarks", [True, False])
def test_wrong_answers_are_not(
    tiny: ReferenceMap, bare: ReferenceMap, index: int, sigma_m: float, sigma_deg: float, landmarks: bool
) -> None:
    """Also not with a covariance that lets half of all matches pass: what the matches themselves say convicts it."""
    reference_map = tiny if landmarks else bare
    opened = Verifier.open(reference_map)
    answer = stated(query_poses()[index], sigma_m, sigma_deg)
    wrong = list(wrong_answers(answer, query_poses()[index], reference_map, np.random.default_rng(index)))
    assert {kind for kind, _ in wrong} >= {"moved", "moved a little", "turned", "elsewhere"}
    for kind, one in wrong:
        assert is_wrong(one.world_from_cam, query_poses()[index])
        verified = opened.verify(query(index), one)
        assert verified.evidence.verdict is not Finding.VERIFIED, (kind, verified.evidence)
        assert not isinstance(verified.answer, Localized)
        assert verified.answer.reason in (LostReason.UNVERIFIED, LostReason.AMBIGUOUS)


def test_an_imprecise_answer_is_verified_and_refined(verifier: Verifier) -> None:
    truth = query_poses()[1]
    off = make(so3_exp([0.0, 0.0, 0.06]) @ truth[:3, :3], truth[:3, 3] + [0.15, -0.1, 0.05])
    verified = verifier.verify(query(), stated(off, 0.15, 3.0))
    assert verified.evidence.verdict is Finding.VERIFIED, verified.evidence
    assert verified.refined is not None
    assert distance_between(verified.refined.world_from_cam, truth) < 0.02
    assert distance_between(verified.refined.world_from_cam, truth) < 0.2 * distance_between(off, truth)


def test_an_answer_that_is_surer_than_it_may_be_is_contradicted(verifier: Verifier) -> None:
    truth = query_poses()[1]
    near = make(truth[:3, :3], truth[:3, 3] + [0.2, 0.0, 0.0])
    reason = refused(verifier.verify(query(), stated(near, 0.01, 0.1)), Finding.CONTRADICTED)
    assert "0.20 m" in reason
    assert verifier.verify(query(), stated(near, 0.1, 2.0)).evidence.verdict is Finding.VERIFIED


def test_pictures_of_another_world_bear_out_nothing(verifier: Verifier) -> None:
    for index in (0, 3):
        for sigma_m, sigma_deg in ((0.02, 0.5), (0.3, 6.0), (2.0, 40.0)):
            foreign = verifier.verify(query(index, seed=5), stated(query_poses()[index], sigma_m, sigma_deg))
            assert foreign.evidence.verdict is not Finding.VERIFIED, foreign.evidence
            assert foreign.evidence.log_false_alarms > -1.0


def test_the_twin_of_a_room_makes_an_answer_ambiguous(folder: Path) -> None:
    twins = build_twin_map(folder)
    for shift in (0.0 * SHIFT, SHIFT):
        pose = query_poses()[1].copy()
        pose[:3, 3] += shift
        verified = Verifier.open(twins).verify(query(), stated(pose))
        reason = refused(verified, Finding.AMBIGUOUS, LostReason.AMBIGUOUS)
        assert "exist elsewhere in the same arrangement" in reason
        assert not isinstance(verified.answer, Localized)
        assert verified.answer.support is not None
        assert verified.answer.support.runner_up_inliers == verified.evidence.rival > 0.7 * verified.evidence.inliers


def test_without_others_the_references_of_the_answer_are_asked(tiny: ReferenceMap, verifier: Verifier) -> None:
    everyone = tuple(range(len(tiny)))
    verified = verifier.verify(query(), stated(query_poses()[1], references=everyone))
    assert not verified.evidence.independent
    assert verified.evidence.references
    all_but_three = verifier.verify(query(), stated(query_poses()[1], references=everyone[3:]))
    assert all_but_three.evidence.independent
    assert {c.index for c in all_but_three.evidence.references} <= {0, 1, 2}


def test_references_that_the_map_does_not_have_do_no_harm(verifier: Verifier) -> None:
    answer = stated(query_poses()[1], references=(-1, 10_000))
    assert verifier.verify(query(), answer).evidence.verdict is Finding.VERIFIED


def test_known_features_are_not_looked_for_again(tiny: ReferenceMap, verifier: Verifier) -> None:
    image = query()
    features = RootSift().extract(to_gray(image.image))
    given = verifier.verify(image, stated(query_poses()[1]), features)
    found = verifier.verify(image, stated(query_poses()[1]))
    assert given.evidence == found.evidence
    assert "verify_extract" not in given.answer.stage_ms
    assert "verify_extract" in found.answer.stage_ms


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1.0])
def test_a_covariance_that_is_none(verifier: Verifier, value: float) -> None:
    answer = stated(query_poses()[1])
    broken = answer.covariance.copy()
    broken[2, 2] = value
    refused(verifier.verify(query(), replace(answer, covariance=broken)), Finding.UNSUPPORTED, LostReason.UNCERTAIN)


def test_a_pose_that_is_not_finite(verifier: Verifier) -> None:
    refused(verifier.verify(query(), stated(np.full((4, 4), np.nan))), Finding.UNSUPPORTED, LostReason.NOT_FINITE)


@pytest.mark.parametrize("sigma", [1e-9, 1e9])
def test_covariances_beyond_all_sense(verifier: Verifier, sigma: float) -> None:
    """Nothing is raised, and one that is sure of nothing does not excuse a pose that is wrong."""
    right = query_poses()[1]
    wrong = make(right[:3, :3], right[:3, 3] + [0.6, 0.0, 0.0])
    assert verifier.verify(query(), stated(right, sigma, sigma)).evidence.verdict is Finding.VERIFIED
    refused(verifier.verify(query(), stated(wrong, sigma, sigma)), Finding.CONTRADICTED)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.full((240, 320, 3), 128, np.uint8), LostReason.TOO_FEW_FEATURES),
        (np.zeros((240, 320), np.uint8), LostReason.TOO_FEW_FEATURES),
        (np.zeros((0, 0, 3), np.uint8), LostReason.BAD_IMAGE),
        (np.zeros((120, 320, 3), np.uint8), LostReason.CAMERA_MISMATCH),
    ],
)
def test_images_that_show_nothing(verifier: Verifier, image: np.ndarray, reason: LostReason) -> None:
    refused(verifier.verify(Query(image, CAMERA), stated(query_poses()[1])), Finding.UNSUPPORTED, reason)


def test_no_reference_in_view(verifier: Verifier) -> None:
    away = look_at(np.array([2.0, 1.0, 1.3]), np.array([2.0, -4.0, 1.3]))
    reason = refused(verifier.verify(query(), stated(away)), Finding.UNSUPPORTED)
    assert "No reference" in reason


def test_key_points_in_one_corner_do_not_suffice(verifier: Verifier) -> None:
    whole = query()
    image = np.full_like(whole.image, 128)
    image[:84, :112] = whole.image[:84, :112]
    refused(verifier.verify(Query(image, CAMERA), stated(query_poses()[1])), Finding.UNSUPPORTED)


def test_one_wall_is_one_plane(verifier: Verifier) -> None:
    """And a corner of the room is not: the references look at three walls."""
    flat = look_at(np.array([2.2, 2.6, 1.3]), np.array([2.2, 4.0, 1.3]))
    on_wall = verifier.verify(Query(render(flat)[0], CAMERA), stated(flat))
    assert on_wall.evidence.planar, on_wall.evidence
    corner = reference_poses()[0]
    assert not verifier.verify(Query(render(corner)[0], CAMERA), stated(corner)).evidence.planar


def test_a_map_with_another_retrieval_will_do(tmp_path: Path) -> None:
    """That of the sift_5pt map of the demo, say."""
    dense = ReferenceMap.open(build_tiny_map(tmp_path, "depth", "densevlad"))
    assert Verifier.open(dense).verify(query(1), stated(query_poses()[1])).evidence.verdict is Finding.VERIFIED


def test_a_map_without_the_retrieval_asked_for(tiny: ReferenceMap) -> None:
    with pytest.raises(MapFeatureError, match="densevlad"):
        Verifier.open(tiny, VerificationConfig(retrieval="densevlad"))


@pytest.mark.parametrize("value", [{"references": 0}, {"max_false_accept_rate": 1.5}, {"max_off_m": -1.0}])
def test_parameters_have_bounds(value: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        VerificationConfig(**value)
