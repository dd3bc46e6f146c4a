"""Poses refined by matches whose depths are wrong, and who agrees with them then."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2
from support.tiny_world import CAMERA, reference_poses, render

from reloc.geometry.covariance import is_usable, pose_error
from reloc.geometry.transforms import distance_between, inverse, transform
from reloc.localizers.pnlp import points as learned
from reloc.localizers.pnlp.consensus import PointConsensus, consensus
from reloc.localizers.pnlp.points import DenseView, LearnedPose, PointMatches
from reloc.localizers.pnlp.refinement import refined

TARGET = CAMERA.scaled(128, 128)
SIDE, SPREAD, SIGMA = 32, 0.25, 0.25
TRUTH = 6
ENOUGH = 20


def seen_from(reference: int, scale: float, seed: int = 0, moved: float = 0.0) -> PointMatches:
    """Points of a reference, all depths too large by ``scale``, seen by the query with noise; 30 % by mistake.

    The query stands ``moved`` metres beside the truth.
    """
    random = np.random.default_rng(seed)
    world_from_ref = reference_poses()[reference]
    depth = render(world_from_ref, TARGET)[1].reshape(SIDE, 4, SIDE, 4)[:, 1:3, :, 1:3].mean(axis=(1, 3)).ravel()
    view = DenseView(np.zeros((SIDE**2, 1), np.float32), SIDE, depth, np.full(SIDE**2, SPREAD, np.float32))
    exact = transform(world_from_ref, view.points(np.arange(SIDE**2), TARGET))
    query = np.array(reference_poses()[TRUTH])
    query[:3, 3] -= moved * query[:3, 0]
    uv = TARGET.project(transform(inverse(query), exact))
    inside = np.flatnonzero(((uv > 0) & (uv < 127)).all(axis=1))
    uv = uv[inside] + 0.7 * random.normal(size=(len(inside), 2))
    lost = random.random(len(inside)) < 0.3
    uv[lost] = random.uniform(0, 127, (int(lost.sum()), 2))
    centre = np.broadcast_to(world_from_ref[:3, 3], (len(inside), 3))
    return PointMatches(uv, centre + scale * (exact[inside] - centre), centre, np.full(len(inside), SPREAD))


def poses_of(matches: list[PointMatches]) -> list[LearnedPose | None]:
    return [learned.solve(some, TARGET, 3.0, SIGMA) for some in matches]


def found_and_refined(matches: list[PointMatches]) -> tuple[PointConsensus, PointConsensus]:
    poses = poses_of(matches)
    found = consensus(poses, ENOUGH)
    assert found is not None
    return found, refined(found, poses, matches, TARGET, SIGMA, ENOUGH)


def off(found: PointConsensus) -> float:
    return distance_between(found.pose.world_from_cam, reference_poses()[TRUTH])


def test_references_that_stand_apart_tell_what_their_depths_do_not() -> None:
    before, after = found_and_refined([seen_from(4, 1.3), seen_from(7, 1.3, seed=1), seen_from(8, 0.75, seed=2)])
    assert len(after.agreeing) > 1
    assert off(before) > 0.05
    assert off(after) < 0.4 * off(before)


def test_the_refined_covariance_covers_the_errors() -> None:
    nees = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        scales = 1.0 + 0.15 * random.normal(size=3)
        matches = [seen_from(r, s, seed=3 * seed + i) for i, (r, s) in enumerate(zip((4, 7, 8), scales, strict=True))]
        after = found_and_refined(matches)[1]
        assert is_usable(after.covariance)
        error = pose_error(after.pose.world_from_cam, reference_poses()[TRUTH])
        nees.append(float(error @ np.linalg.solve(after.covariance, error)))
    assert np.median(nees) < chi2.ppf(0.95, 6)
    assert np.median(nees) > 0.1  # nor is it sure of nothing: the points' own depths are exact here, and it cannot know


def test_another_depth_is_no_other_place() -> None:
    """Its own pose is taken elsewhere; its matches say where it is."""
    matches = [seen_from(4, 1.0), seen_from(7, 1.0, seed=1), seen_from(8, 1.0, seed=2)]
    poses = poses_of(matches)
    first = poses[0]
    assert first is not None
    first.world_from_cam[:3, 3] += [0.6, 0.0, 0.0]
    found = consensus(poses, ENOUGH)
    assert found is not None
    assert found.rival == 0
    after = refined(found, poses, matches, TARGET, SIGMA, ENOUGH)
    assert 0 in after.agreeing
    assert (after.rival, after.rival_inliers) == (-1, 0)


def test_another_place_stays_a_rival() -> None:
    rival = seen_from(4, 1.0, seed=2, moved=0.8)
    found, after = found_and_refined([seen_from(4, 1.0), seen_from(7, 1.0, seed=1), rival])
    assert (found.rival, after.rival) == (2, 2)
    assert after.rival_inliers == found.rival_inliers
    assert 2 not in after.agreeing


def test_what_fixes_no_pose_is_left_as_it_was() -> None:
    matches = [seen_from(4, 1.0), seen_from(7, 1.0, seed=1)]
    poses = poses_of(matches)
    found = consensus(poses, ENOUGH)
    assert found is not None
    one = [PointMatches(*(np.repeat(v[:1], 40, axis=0) for v in (m.uv, m.xyz, m.centre, m.spread))) for m in matches]
    assert refined(found, poses, one, TARGET, SIGMA, ENOUGH) is found


@pytest.mark.parametrize("scale", [0.01, 30.0])
def test_depths_far_out_give_numbers_or_nothing(scale: float) -> None:
    matches = [seen_from(4, 1.0), seen_from(7, 1.0, seed=1)]
    poses = poses_of(matches)
    found = consensus(poses, ENOUGH)
    assert found is not None
    strange = [PointMatches(m.uv, m.centre + scale * (m.xyz - m.centre), m.centre, m.spread) for m in matches]
    assert np.isfinite(refined(found, poses, strange, TARGET, SIGMA, ENOUGH).pose.world_from_cam).all()
