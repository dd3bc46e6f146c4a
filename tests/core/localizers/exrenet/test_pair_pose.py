"""What samples of relative poses say of the pose and how sure they are of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from reloc.datatypes import Float64
from reloc.distributions import CHI2_95_6DOF
from reloc.geometry.covariance import is_usable, pose_error
from reloc.geometry.relative_pose import Scale
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.geometry.triangulation import PoseTriangulationConfig
from reloc.localizers.exrenet.pair_estimates import PairEstimates
from reloc.localizers.exrenet.pair_pose import PairPose, solve

CONFIG = PoseTriangulationConfig()


def scene(rng: np.random.Generator, count: int = 5) -> tuple[Float64, Float64]:
    """world_from_cam of a query (4, 4) and of references around it (N, 4, 4)."""
    query = make(so3_exp(rng.normal(size=3)), rng.normal(size=3))
    offsets = rng.normal(size=(count, 3))
    offsets *= rng.uniform(0.2, 0.6, (count, 1)) / np.linalg.norm(offsets, axis=1, keepdims=True)
    turns = Rotation.from_rotvec(rng.normal(size=(count, 3)) * 0.2).as_matrix()
    return query, np.array([make(r @ query[:3, :3], query[:3, 3] + o) for r, o in zip(turns, offsets, strict=True)])


def head(
    query: Float64, references: Float64, rng: np.random.Generator, sigma: float = 0.0, samples: int = 60
) -> dict[str, np.ndarray]:
    """What a head would give that errs by ``sigma`` radians in direction and rotation, and knows it.

    Each pair's error is one draw, and its samples are draws of the same size about it.
    """
    ref_from_query = inverse(references) @ query
    centre = ref_from_query[:, :3, 3]
    scale = np.linalg.norm(centre, axis=1)
    size = (len(references), samples, 3)
    off = rng.normal(size=(2, len(references), 1, 3)) * sigma + rng.normal(size=(2, *size)) * sigma
    direction = centre[:, None] / scale[:, None, None] + off[0]
    turns = Rotation.from_rotvec(off[1].reshape(-1, 3)) * Rotation.from_matrix(
        np.repeat(ref_from_query[:, :3, :3], samples, axis=0)
    )
    return {
        "direction_samples": direction / np.linalg.norm(direction, axis=-1, keepdims=True),
        "rotation_samples": turns.as_quat().reshape(*size[:2], 4),
        "scale_samples": scale[:, None] * np.exp(rng.normal(size=size[:2]) * sigma),
    }


def solved(query: Float64, references: Float64, outputs: dict[str, np.ndarray]) -> PairPose:
    found = solve(references, PairEstimates.of(outputs, len(references)), CONFIG)
    assert found is not None
    return found


def test_perfect_samples_give_the_pose_and_no_spread() -> None:
    rng = np.random.default_rng(0)
    query, references = scene(rng)
    found = solved(query, references, head(query, references, rng))
    np.testing.assert_allclose(found.world_from_cam, query, atol=1e-9)
    assert found.met.number == 5
    assert np.sqrt(np.diag(found.spread)).max() < 1e-9
    covariance = found.covariance()
    assert is_usable(covariance)  # references that agree may still all be wrong: never zero
    assert np.sqrt(np.diag(covariance)[:3]).max() < 0.03
    np.testing.assert_allclose(found.covariance(2.0, 3.0)[3:, 3:], 9.0 * covariance[3:, 3:])
    np.testing.assert_allclose(found.covariance(2.0, 3.0)[:3, 3:], 6.0 * covariance[:3, 3:])


@pytest.mark.parametrize("sigma", [0.02, 0.06])
def test_errors_lie_in_the_95_percent_ellipsoid(sigma: float) -> None:
    rng = np.random.default_rng(1)
    distance2, ratio = [], []
    for _ in range(300):
        query, references = scene(rng)
        found = solve(references, PairEstimates.of(head(query, references, rng, sigma), 5), CONFIG)
        assert found is not None
        if found.met.number < 4:
            continue
        covariance, error = found.covariance(), pose_error(found.world_from_cam, query)
        distance2.append(error @ np.linalg.solve(covariance, error))
        ratio.append(np.linalg.norm(error[:3]) / np.sqrt(np.trace(covariance[:3, :3])))
    assert len(distance2) > 200
    assert np.mean(np.array(distance2) < CHI2_95_6DOF) >= 0.95
    assert np.median(ratio) > 0.2  # and it is no wild exaggeration either


def test_an_error_that_all_pairs_share_stays_in_the_spread() -> None:
    """Were pairs independent, five would be sqrt(5) times as sure as one; here they err together."""
    rng = np.random.default_rng(2)
    query, references = scene(rng)
    outputs = head(query, references, rng)
    shared = Rotation.from_rotvec(rng.normal(size=(60, 3)) * 0.05)
    ref_from_query = inverse(references) @ query
    for k in range(5):  # the query turns in the world by the same in every pair of a sample
        about = Rotation.from_matrix(references[k, :3, :3])
        turned = about.inv() * shared * about * Rotation.from_matrix(ref_from_query[k, :3, :3])
        outputs["rotation_samples"][k] = turned.as_quat()
    spread = np.sqrt(np.diag(solved(query, references, outputs).spread)[3:])
    assert (spread > 0.04).all()
    assert (spread < 0.06).all()


def test_a_pair_of_nan_takes_no_part() -> None:
    rng = np.random.default_rng(3)
    query, references = scene(rng)
    outputs = head(query, references, rng)
    for pair, (name, value) in enumerate(
        [("direction_samples", np.nan), ("rotation_samples", 0.0), ("scale_samples", np.inf)]
    ):
        outputs[name][pair, 7] = value
    estimates = PairEstimates.of(outputs, 5)
    assert estimates.usable.tolist() == [False, False, False, True, True]
    found = solve(references, estimates, CONFIG)
    assert found is not None
    assert found.met.inliers.tolist() == [False, False, False, True, True]
    np.testing.assert_allclose(found.world_from_cam, query, atol=1e-6)
    assert np.isfinite(found.covariance()).all()


def test_no_baseline() -> None:
    rng = np.random.default_rng(4)
    query, references = scene(rng)
    same = np.repeat(references[:1], 5, axis=0)
    assert solve(same, PairEstimates.of(head(query, same, rng, 0.02), 5), CONFIG) is None
    none = PairEstimates.of({k: v[:0] for k, v in head(query, references, rng).items()}, 0)
    assert solve(references[:0], none, CONFIG) is None


def test_uncertainty_is_the_variance_of_the_centre() -> None:
    rng = np.random.default_rng(5)
    query, references = scene(rng)
    outputs = head(query, references, rng)
    outputs["scale_samples"][0] *= np.resize([0.9, 1.1], 60)
    poses = PairEstimates.of(outputs, 5).relative_poses()
    metres = float(np.linalg.norm((inverse(references[0]) @ query)[:3, 3]))
    assert poses[0].uncertainty == pytest.approx((0.1 * metres) ** 2)
    assert max(p.uncertainty for p in poses[1:]) < 1e-12
    assert all(p.scale is Scale.METRIC for p in poses)
    np.testing.assert_allclose(poses[0].ref_from_cam, inverse(references[0]) @ query, atol=1e-9)


def test_ties_are_broken_by_uncertainty() -> None:
    """Two pairs of references, each of which agrees on another pose: the surer pair wins."""
    rng = np.random.default_rng(6)
    query, references = scene(rng, 4)
    elsewhere = make(query[:3, :3], query[:3, 3] + [3.0, 0.0, 0.0])
    references[2:, :3, 3] += [3.0, 0.0, 0.0]
    here, there = head(query, references[:2], rng), head(elsewhere, references[2:], rng)
    outputs = {name: np.concatenate([here[name], there[name]]) for name in here}
    for unsure, winner in ((slice(0, 2), elsewhere), (slice(2, 4), query)):
        changed = {**outputs, "scale_samples": outputs["scale_samples"].copy()}
        changed["scale_samples"][unsure] *= np.resize([0.8, 1.2], 60)
        config = replace(CONFIG, refine=False)
        found = solve(references, PairEstimates.of(changed, 4), config)
        assert found is not None
        assert found.met.number == 2
        np.testing.assert_allclose(found.world_from_cam, winner, atol=1e-6)
