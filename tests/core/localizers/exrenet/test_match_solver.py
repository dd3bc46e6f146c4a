"""Answers from matches, and what is none."""

import numpy as np
from support.place_matches import CAMERA, scene

from reloc.datatypes import Candidate, Localized, Lost, LostReason
from reloc.geometry.covariance import pose_error
from reloc.localizers.exrenet.match_solver import MatchLimits, MatchSolver
from reloc.localizers.exrenet.pair_matches import PairMatches
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty

SCALES = StatedUncertainty(3.0, 2.0, 0.2, 5.0)
LIMITS = MatchLimits(min_references=2, min_share=0.4, max_sigma_m=0.0, max_sigma_deg=0.0)
CANDIDATES = tuple(Candidate(i, 0.9) for i in range(4))


def answer(poses, matches, limits=LIMITS, scales=SCALES):
    return MatchSolver(poses, CAMERA, scales, limits).answer(matches, CANDIDATES[: len(matches)])


def made_up(matches, which):
    random = np.random.default_rng(1)
    queries = tuple(random.uniform(0, 127, uv.shape) if i in which else uv for i, uv in enumerate(matches.uv_query))
    return PairMatches(matches.uv_ref, queries, matches.sure)


def test_a_pose_with_those_who_agree():
    poses, matches, truth = scene(2, noise_px=0.5)
    found = answer(poses, made_up(matches, {1}))
    assert isinstance(found, Localized)
    assert [c.index for c in found.references] == [0, 2, 3]
    assert np.linalg.norm(pose_error(found.world_from_cam, truth)[:3]) < 0.05
    assert found.support.coverage > 0.5
    assert found.support.inliers < found.support.matches == sum(map(len, matches.sure))
    plain = answer(poses, made_up(matches, {1}), scales=StatedUncertainty(1.0, 1.0, 0.2, 5.0))
    np.testing.assert_allclose(np.diag(found.covariance), np.diag(plain.covariance) * [9, 9, 9, 4, 4, 4], rtol=1e-6)


def test_too_few_agree():
    poses, matches, _ = scene(2, noise_px=0.5)
    found = answer(poses, made_up(matches, {1, 2}), MatchLimits(3, 0.4, 0.0, 0.0))
    assert isinstance(found, Lost)
    assert found.reason is LostReason.TOO_FEW_INLIERS
    assert "2 of 4 references agree on a pose; 3 required" in found.detail


def test_no_matches_at_all():
    poses = scene(2)[0]
    nothing = tuple(np.zeros((0, 2)) for _ in range(4))
    found = answer(poses, PairMatches(nothing, nothing, tuple(np.zeros(0) for _ in range(4))))
    assert isinstance(found, Lost)
    assert found.reason is LostReason.TOO_FEW_MATCHES


def test_references_at_one_place_fix_no_distance():
    poses, matches, _ = scene(3, noise_px=0.5, references=1)
    both = PairMatches(matches.uv_ref * 2, matches.uv_query * 2, matches.sure * 2)
    found = answer(np.concatenate([poses, poses]), both)
    assert isinstance(found, Lost)
    assert found.reason in (LostReason.NO_BASELINE, LostReason.UNCERTAIN, LostReason.TOO_FEW_MATCHES)


def test_too_unsure():
    poses, matches, _ = scene(4, noise_px=0.5)
    found = answer(poses, matches, MatchLimits(2, 0.4, 1e-4, 0.0))
    assert isinstance(found, Lost)
    assert found.reason is LostReason.UNCERTAIN
