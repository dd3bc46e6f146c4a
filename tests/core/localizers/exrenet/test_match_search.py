"""Several searches for one pose, and what they say where a few poses explain the same."""

import numpy as np
import pytest
from support.place_matches import CAMERA, scene

from reloc.geometry.covariance import pose_error, sigmas
from reloc.geometry.transforms import inverse, make, so3_exp, transform
from reloc.localizers.exrenet.match_search import MatchSearch, _spread
from reloc.localizers.exrenet.pair_matches import PairMatches


def searched(poses, matches):
    return MatchSearch(poses, matches, CAMERA, 2.0).run(200)


def far_views(seed, away_m):
    """Two references and a query that look at one wall's corner from ``away_m``, which fills little of their images."""
    random = np.random.default_rng(seed)
    xyz = random.uniform([-0.5, -0.5, away_m], [0.5, 0.5, away_m + 0.1], (80, 3))
    truth = make(so3_exp(random.uniform(-0.05, 0.05, 3)), random.uniform(-0.3, 0.3, 3))
    poses = np.stack([make(np.eye(3), [x, 0.1 * x, 0.0]) for x in (-1.0, 1.0)])
    refs = tuple(CAMERA.project(transform(inverse(pose), xyz)) for pose in poses)
    query = tuple(CAMERA.project(transform(inverse(truth), xyz)) + random.normal(0, 0.7, (80, 2)) for _ in poses)
    return poses, PairMatches(refs, query, (np.ones(80), np.ones(80))), truth


@pytest.mark.parametrize("seed", range(3))
def test_half_may_be_wrong(seed):
    poses, matches, truth = scene(seed, noise_px=0.5, wrong=0.5)
    error = pose_error(searched(poses, matches).world_from_cam, truth)
    assert np.linalg.norm(error[:3]) < 0.08
    assert np.linalg.norm(error[3:]) < np.deg2rad(2.5)


def test_where_matches_fix_the_pose_all_searches_agree():
    found = searched(*scene(3, noise_px=0.3)[:2])
    metres, radians = sigmas(found.spread)
    assert metres < 0.03
    assert radians < np.deg2rad(1.0)
    assert found.explained.mean() > 0.9


def test_where_several_poses_explain_the_same_the_spread_says_so():
    """A small flat piece of wall, seen from afar: turning and moving look alike."""
    clear = [sigmas(searched(*scene(seed, noise_px=0.7)[:2]).spread)[0] for seed in range(4)]
    spreads, errors = [], []
    for seed in range(4):
        poses, matches, truth = far_views(seed, 5.0)
        found = searched(poses, matches)
        spreads.append(sigmas(found.spread)[0])
        errors.append(np.linalg.norm(pose_error(found.world_from_cam, truth)[:3]))
    assert np.median(errors) > 0.1
    assert np.median(spreads) > 5 * np.median(clear)


def test_points_behind_a_camera_explain_nothing():
    """Of what fits the epipolar lines as exactly, seen from the other side."""
    poses, matches, truth = scene(4)
    search = MatchSearch(poses, matches, CAMERA, 2.0)
    assert (search._cost(truth) < 1e-6).all()
    mirrored = []
    for pose, ref in zip(poses, matches.uv_ref, strict=True):
        rays = np.column_stack([CAMERA.pinhole.normalize(ref), np.ones(len(ref))]) @ pose[:3, :3].T
        x, y, z = transform(inverse(truth), pose[:3, 3] - 3.0 * rays).T  # behind both
        mirrored.append(np.column_stack([CAMERA.fx * x / z + CAMERA.cx, CAMERA.fy * y / z + CAMERA.cy]))
    behind = PairMatches(matches.uv_ref, tuple(mirrored), matches.sure)
    cost = MatchSearch(poses, behind, CAMERA, 2.0)._cost(truth)
    assert (cost == 1.0).mean() > 0.9


def test_a_pose_that_explains_less_counts_for_less():
    best, other = np.eye(4), make(np.eye(3), [1.0, 0.0, 0.0])
    even = _spread([best, other], 0, np.array([10.0, 10.0]))
    worse = _spread([best, other], 0, np.array([10.0, 20.0]))
    assert even[0, 0] == pytest.approx(0.5)
    assert worse[0, 0] == pytest.approx(np.exp(-2.0) / (1.0 + np.exp(-2.0)))
    assert np.count_nonzero(even) == np.count_nonzero(worse) == 1
