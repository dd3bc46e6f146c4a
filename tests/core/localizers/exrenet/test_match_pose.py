"""Poses from matches of places: exact ones, spoilt ones, and too few."""

import numpy as np
import pytest
from scipy.stats import chi2
from support.place_matches import CAMERA, scene

from reloc.geometry.covariance import pose_error
from reloc.localizers.exrenet import match_pose
from reloc.localizers.exrenet.match_pose import MatchPoseConfig
from reloc.localizers.exrenet.pair_matches import KEPT, LEAST, PairMatches

PLACES = 32


def test_exact_matches_make_the_exact_pose():
    poses, matches, truth = scene(1)
    found = match_pose.solve(poses, matches, CAMERA)
    assert found.agreed.all()
    np.testing.assert_allclose(found.world_from_cam, truth, atol=1e-4)
    assert found.error_px < 1e-3


@pytest.mark.parametrize("seed", range(4))
def test_a_third_may_be_wrong(seed):
    poses, matches, truth = scene(seed, noise_px=0.7, wrong=0.33)
    found = match_pose.solve(poses, matches, CAMERA)
    error = pose_error(found.world_from_cam, truth)
    assert np.linalg.norm(error[:3]) < 0.06
    assert np.linalg.norm(error[3:]) < np.deg2rad(2.0)
    assert found.agreed.all()
    assert (found.inliers < found.matches).all()


def test_a_reference_whose_matches_are_made_up_does_not_agree():
    poses, matches, truth = scene(5, noise_px=0.5)
    random = np.random.default_rng(0)
    made_up = random.uniform(0, 127, matches.uv_query[2].shape)
    queries = (*matches.uv_query[:2], made_up, *matches.uv_query[3:])
    found = match_pose.solve(poses, PairMatches(matches.uv_ref, queries, matches.sure), CAMERA)
    assert found.agreed.tolist() == [True, True, False, True]
    assert np.linalg.norm(pose_error(found.world_from_cam, truth)[:3]) < 0.05


def test_nothing_agrees_where_all_is_made_up():
    poses, matches, _ = scene(6)
    random = np.random.default_rng(1)
    queries = tuple(random.uniform(0, 127, uv.shape) for uv in matches.uv_query)
    found = match_pose.solve(poses, PairMatches(matches.uv_ref, queries, matches.sure), CAMERA)
    assert found is None or found.agreed.sum() == 0


def test_one_reference_fixes_no_distance():
    poses, matches, _ = scene(7, references=1)
    assert match_pose.solve(poses, matches, CAMERA) is None


def test_errors_are_about_as_large_as_stated():
    """An export scales them further, by errors on real matches."""
    off = []
    for seed in range(60):
        poses, matches, truth = scene(100 + seed, noise_px=0.6, wrong=0.1)
        found = match_pose.solve(poses, matches, CAMERA)
        error = pose_error(found.world_from_cam, truth)
        off.append(error @ np.linalg.solve(found.covariance, error))
    assert 0.5 * chi2.ppf(0.5, 6) < np.median(off) < 2.0 * chi2.ppf(0.5, 6)


def test_a_reference_that_must_agree_more():
    poses, matches, _ = scene(8, noise_px=0.5, wrong=0.4)
    assert not match_pose.solve(poses, matches, CAMERA, MatchPoseConfig(min_share=0.9)).agreed.any()


def test_the_surest_places_of_each_cell_are_kept():
    given = np.zeros((2, 5, PLACES, PLACES), np.float32)
    given[:, 0], given[:, 1] = np.meshgrid(np.arange(PLACES), np.arange(PLACES))
    given[:, 2], given[:, 4] = 0.25, np.random.default_rng(2).random((2, PLACES, PLACES))
    matches = PairMatches.of({"matches": given}, 2, 128)
    assert [len(uv) for uv in matches.uv_ref] == [64 * KEPT] * 2
    np.testing.assert_allclose(matches.uv_query[0] - matches.uv_ref[0], [[1.0, 0.0]] * (64 * KEPT))
    cells = (matches.uv_ref[0] // 16).astype(int)
    assert np.unique(cells, axis=0, return_counts=True)[1].tolist() == [KEPT] * 64
    assert np.median(matches.sure[0]) > np.quantile(given[0, 4], 0.8)


def test_what_is_unsure_outside_or_no_number_is_no_match():
    given = np.zeros((3, 5, PLACES, PLACES), np.float32)
    given[0, 4] = 0.5 * LEAST
    given[1, 0], given[1, 4] = PLACES + 3, 1.0
    given[2], given[2, 4] = np.nan, 1.0
    assert [len(s) for s in PairMatches.of({"matches": given}, 3, 128).sure] == [0, 0, 0]
