import numpy as np
import pytest

from reloc.errors import ConfigError, PairError, TrainingDataError
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import make, so3_exp
from reloc.training.rooms.pair_rules import DENSE, SPARSE, PairRules, Pairs, pairs_of, scene_points

CAMERA = Camera(64, 64, 32.0, 32.0, 31.5, 31.5)  # sees 2 m of a wall at 1 m
ALL = PairRules(min_overlap=0.0, max_distance_m=1000.0, max_angle_deg=180.0)


def before_a_wall(*right, yaw=0.0):
    """Cameras at those places, 1 m before a wall, and what they see of it."""
    poses = np.stack([make(so3_exp([0.0, np.deg2rad(yaw), 0.0]), [x, 0.0, 0.0]) for x in right])
    v, u = np.mgrid[:64, :64]
    rays = np.stack([(u - 31.5) / 32, (v - 31.5) / 32, np.ones((64, 64))], -1)
    depth = 1.0 / (rays @ poses[0, :3, :3].T)[..., 2]
    return np.stack([depth] * len(right)).astype(np.float32), poses


def found(*right, rules):
    pairs = pairs_of(*before_a_wall(*right), CAMERA, rules)
    return {(int(a), int(b)): float(o) for a, b, o in zip(pairs.first, pairs.second, pairs.overlap, strict=True)}


def test_points_are_where_pixels_look():
    depth, poses = before_a_wall(0.5, yaw=20.0)
    xyz = scene_points(depth[0], poses[0], CAMERA)
    np.testing.assert_allclose(xyz[:, 2], 1.0, atol=1e-6)
    assert len(xyz) == 32 * 32


@pytest.mark.parametrize(("shift", "share"), [(0.0, 1.0), (1.0, 0.6), (1.6, 0.3), (2.1, 0.05), (3.0, 0.0)])
def test_overlap_is_the_share_that_both_see_with_what_is_in_reach(shift, share):
    """2 m of wall each: 2 - shift in common, and a reach of 0.2 m beyond it on either side."""
    assert found(0.0, shift, rules=ALL)[0, 1] == pytest.approx(share, abs=0.03)


def test_the_papers_rules():
    assert set(found(0.0, 0.5, 1.0, rules=DENSE)) == {(0, 1), (1, 2)}  # 1 m is too far
    assert set(found(0.0, 1.0, 2.1, rules=SPARSE)) == {(0, 1), (1, 2)}  # of 2.1 m, too little is seen twice
    assert PairRules(min_overlap=0.3, reach_m=0.2, max_distance_m=0.6, max_angle_deg=30.0) == DENSE


def test_the_angle_between_two_views():
    wall, ahead = before_a_wall(0.0)
    turned_wall, turned = before_a_wall(0.0, yaw=25.0)
    depth, poses = np.concatenate([wall, turned_wall]), np.concatenate([ahead, turned])
    assert len(pairs_of(depth, poses, CAMERA, PairRules(min_overlap=0.0, max_angle_deg=26.0))) == 1
    assert len(pairs_of(depth, poses, CAMERA, PairRules(min_overlap=0.0, max_angle_deg=24.0))) == 0


def test_views_at_one_place_can_be_left_out():
    assert set(found(0.0, 0.0, 0.1, rules=PairRules(min_distance_m=0.05))) == {(0, 2), (1, 2)}


def test_a_view_without_depth_overlaps_nothing():
    depth, poses = before_a_wall(0.0, 0.1, 0.2)
    depth[1] = [[0.0], [np.nan]] * 32
    pairs = pairs_of(depth, poses, CAMERA, DENSE)
    assert list(zip(pairs.first, pairs.second, strict=True)) == [(0, 2)]


def test_drawing_is_repeatable_turns_pairs_and_uses_all():
    pairs = Pairs(np.array([0, 0, 1]), np.array([1, 2, 2]), np.ones(3))
    one, other = (pairs.draw(np.random.default_rng(4), 30) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert {(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)} == set(zip(*one, strict=True))
    references, queries = pairs.draw(np.random.default_rng(5), 3)
    assert {frozenset(p) for p in zip(references, queries, strict=True)} == {
        frozenset({0, 1}),
        frozenset({0, 2}),
        frozenset({1, 2}),
    }


def test_no_pair_is_an_error_that_says_so():
    pairs = pairs_of(*before_a_wall(0.0, 5.0), CAMERA, SPARSE)
    assert len(pairs) == 0
    with pytest.raises(PairError, match="more views"):
        pairs.draw(np.random.default_rng(0), 4)
    assert len(pairs_of(*before_a_wall(0.0), CAMERA, DENSE)) == 0


def test_bad_input_is_said():
    depth, poses = before_a_wall(0.0, 0.1)
    with pytest.raises(TrainingDataError, match="1 depth images with 2 poses"):
        pairs_of(depth[:1], poses, CAMERA, DENSE)
    with pytest.raises(TrainingDataError, match="finite"):
        pairs_of(depth, np.full_like(poses, np.nan), CAMERA, DENSE)
    with pytest.raises(ConfigError, match="min_overlap"):
        PairRules(min_overlap=1.5)
