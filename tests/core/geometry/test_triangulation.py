"""ExReNet's triangulation: exact without noise, unmoved by outliers, silent without a baseline."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reloc.errors import ConfigError, PoseError
from reloc.geometry.covariance import is_usable, pose_error
from reloc.geometry.relative_pose import RelativePose, Scale
from reloc.geometry.transforms import distance_between, inverse, make, so3_exp
from reloc.geometry.triangulation import PoseTriangulationConfig, Triangulation, triangulate

WORLD_FROM_CAM = make(so3_exp([0.3, 1.2, -0.4]), [2.0, -1.0, 1.5])
PAPER = PoseTriangulationConfig(refine=False)
BASELINE = PoseTriangulationConfig(refine=False, use_scale=False)


def references(number: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = WORLD_FROM_CAM[:3, 3] + rng.uniform(-1.5, 1.5, (number, 3))
    return np.stack([make(so3_exp(rng.normal(0, 0.6, 3)) @ WORLD_FROM_CAM[:3, :3], c) for c in centres])


def relative(
    world_from_ref: np.ndarray,
    scale: Scale = Scale.UNKNOWN,
    uncertainty: float = 0.0,
    noise_deg: float = 0.0,
    rng: np.random.Generator | None = None,
    stretch: float = 1.0,
    world_from_cam: np.ndarray = WORLD_FROM_CAM,
) -> RelativePose:
    """What a perfect (or noisy) method would say of the query and one reference."""
    ref_from_cam = inverse(world_from_ref) @ world_from_cam
    way = ref_from_cam[:3, 3]
    length = np.linalg.norm(way) * stretch if scale is Scale.METRIC else 1.0
    rotation, direction = ref_from_cam[:3, :3], way / np.linalg.norm(way)
    if rng is not None:
        sigma = np.deg2rad(noise_deg)
        rotation = so3_exp(rng.normal(0, sigma, 3)) @ rotation
        direction = so3_exp(rng.normal(0, sigma, 3)) @ direction
    return RelativePose(make(rotation, direction * length), scale, uncertainty)


def wrong(world_from_ref: np.ndarray, scale: Scale = Scale.UNKNOWN, seed: int = 0) -> RelativePose:
    """A direction that is 60 to 120 degrees off, and some rotation."""
    rng, good = np.random.default_rng(seed), relative(world_from_ref, scale).ref_from_cam
    axis = np.cross(good[:3, 3], rng.normal(size=3))
    turn = so3_exp(axis / np.linalg.norm(axis) * rng.uniform(np.pi / 3, 2 * np.pi / 3))
    return RelativePose(make(so3_exp(rng.normal(0, 2, 3)) @ good[:3, :3], turn @ good[:3, 3]), scale)


def unit_way(world_from_ref: np.ndarray) -> np.ndarray:
    way = WORLD_FROM_CAM[:3, 3] - world_from_ref[:3, 3]
    return way / np.linalg.norm(way)


def solve(world_from_ref: np.ndarray, estimates: list[RelativePose], **options: object) -> Triangulation:
    result = triangulate(world_from_ref, estimates, PoseTriangulationConfig(**options))  # type: ignore[arg-type]
    assert result is not None
    return result


@given(seed=st.integers(0, 2**32 - 1), number=st.integers(2, 8), metric=st.booleans(), refine=st.booleans())
@settings(max_examples=60)
def test_exact_without_noise(seed: int, number: int, metric: bool, refine: bool) -> None:
    refs = references(number, seed)
    scale = Scale.METRIC if metric else Scale.UNKNOWN
    result = triangulate(refs, [relative(r, scale) for r in refs], PoseTriangulationConfig(refine=refine))
    if result is None:  # two references and the query in line
        assert number == 2
        return
    np.testing.assert_allclose(result.world_from_cam, WORLD_FROM_CAM, atol=1e-6)
    assert result.inliers.all()
    assert result.number == number


def test_the_papers_conventions() -> None:
    """Spelled out with cam_from_world matrices, as the paper has them: c_I - lambda R_I' R_iq' t_iq."""
    refs = references(2)
    for world_from_ref in refs:
        r_i, c_i = world_from_ref[:3, :3].T, world_from_ref[:3, 3]
        cam_from_ref = inverse(relative(world_from_ref).ref_from_cam)
        v = r_i.T @ cam_from_ref[:3, :3].T @ cam_from_ref[:3, 3]
        to_query = WORLD_FROM_CAM[:3, 3] - c_i
        np.testing.assert_allclose(-v, to_query / np.linalg.norm(to_query), atol=1e-12)
        np.testing.assert_allclose(cam_from_ref[:3, :3] @ r_i, WORLD_FROM_CAM[:3, :3].T, atol=1e-12)


@pytest.mark.parametrize("refine", [False, True])
def test_outliers_are_found(refine: bool) -> None:
    refs = references(8, seed=4)
    estimates = [wrong(r, seed=i) if i in (1, 3, 6) else relative(r) for i, r in enumerate(refs)]
    result = solve(refs, estimates, refine=refine)
    np.testing.assert_allclose(result.world_from_cam, WORLD_FROM_CAM, atol=1e-6)
    assert np.flatnonzero(~result.inliers).tolist() == [1, 3, 6]
    assert not {1, 3, 6} & set(result.pair)


def test_scale_tells_what_the_angle_cannot() -> None:
    refs = references(5, seed=1)
    estimates = [relative(r, Scale.METRIC, stretch=3.0 if i == 2 else 1.0) for i, r in enumerate(refs)]
    assert solve(refs, estimates).inliers.tolist() == [True, True, False, True, True]  # IV.C 2
    assert solve(refs, estimates, use_scale=False).inliers.all()  # IV.C 1
    unknown = [RelativePose(e.ref_from_cam, Scale.UNKNOWN) for e in estimates]
    assert solve(refs, unknown).inliers.all()  # a length that means nothing is not looked at


@pytest.mark.parametrize(("stretch", "fits"), [(0.45, False), (0.55, True), (1.9, True), (2.1, False)])
def test_scale_limits(stretch: float, fits: bool) -> None:
    refs = references(4, seed=2)
    estimates = [relative(r, Scale.METRIC, stretch=1 / stretch if i == 0 else 1) for i, r in enumerate(refs)]
    assert bool(solve(refs, estimates).inliers[0]) is fits


def test_scale_ratio_is_actual_over_predicted() -> None:
    refs = references(4, seed=2)
    for stretch, fits in ((1 / 5, True), (5.0, False)):  # predicted five times too short, too long
        estimates = [relative(r, Scale.METRIC, stretch=stretch if i == 0 else 1) for i, r in enumerate(refs)]
        assert bool(solve(refs, estimates, max_scale_ratio=10.0).inliers[0]) is fits


@pytest.mark.parametrize(("off_deg", "fits"), [(14.0, True), (16.0, False)])
def test_angle_limit(off_deg: float, fits: bool) -> None:
    refs = references(5, seed=3)
    estimates = [relative(r) for r in refs]
    direction = estimates[0].ref_from_cam[:3, 3]
    axis = np.cross(direction, [0.3, 0.5, 0.8])
    turned = so3_exp(axis / np.linalg.norm(axis) * np.deg2rad(off_deg)) @ direction
    estimates[0] = RelativePose(make(estimates[0].ref_from_cam[:3, :3], turned), Scale.UNKNOWN)
    result = triangulate(refs, estimates, PAPER)
    assert result is not None
    assert bool(result.inliers[0]) is fits


def test_rotation_is_looked_at_on_demand() -> None:
    refs = references(5, seed=5)
    estimates = [relative(r) for r in refs]
    turned = estimates[1].ref_from_cam @ make(so3_exp([1.2, 0, 0]), np.zeros(3))
    estimates[1] = RelativePose(turned, Scale.UNKNOWN)
    assert solve(refs, estimates).inliers.all()  # as in the paper
    assert solve(refs, estimates, max_rotation_deg=20.0).inliers.tolist() == [True, False, True, True, True]


def test_equal_support_goes_to_the_surest_pair() -> None:
    refs = references(4, seed=6)
    elsewhere = make(so3_exp([0.3, 1.2, -0.4]), [30.0, 5.0, 1.5])  # the other two agree on another place
    chosen = set()
    for sure in (0.1, 0.9):
        estimates = [relative(r, uncertainty=0.5) for r in refs[:2]]
        estimates += [relative(r, uncertainty=sure, world_from_cam=elsewhere) for r in refs[2:]]
        result = triangulate(refs, estimates, BASELINE)
        assert result is not None
        assert result.number == 2
        assert result.pair == ((2, 3) if sure < 0.5 else (0, 1))
        unasked = triangulate(refs, estimates, dataclasses.replace(BASELINE, use_uncertainty=False))
        assert unasked is not None
        chosen.add(unasked.pair)
    assert len(chosen) == 1


def test_opposite_direction_is_no_inlier_and_no_hypothesis() -> None:
    refs = references(2, seed=7)
    backward = [relative(r) for r in refs]
    flipped = [RelativePose(make(b.ref_from_cam[:3, :3], -b.ref_from_cam[:3, 3]), b.scale) for b in backward]
    assert triangulate(refs, backward) is not None
    assert triangulate(refs, flipped) is None  # the rays' lines meet, behind both
    assert triangulate(refs, [backward[0], flipped[1]]) is None


def test_no_baseline() -> None:
    refs = references(3, seed=8)
    same_place = np.stack([make(r[:3, :3], refs[0][:3, 3]) for r in refs])
    assert triangulate(same_place, [relative(r) for r in same_place]) is None
    centre, forward = WORLD_FROM_CAM[:3, 3], np.array([0.0, 0, 1])
    in_line = np.stack([make(np.eye(3), centre - d * forward) for d in (1.0, 2.0, 3.0)])
    assert triangulate(in_line, [relative(r) for r in in_line]) is None
    assert triangulate(refs[:1], [relative(refs[0])]) is None
    assert triangulate(refs[:0], []) is None


def test_baseline_and_ray_angle_limits() -> None:
    refs = references(2, seed=8)
    estimates = [relative(r) for r in refs]
    apart = distance_between(refs[0], refs[1])
    angle_deg = np.rad2deg(np.arccos(np.dot(*[unit_way(r) for r in refs])))
    for limit in ({"min_baseline_m": apart}, {"min_ray_angle_deg": min(angle_deg, 180 - angle_deg)}):
        ((name, value),) = limit.items()
        assert triangulate(refs, estimates, PoseTriangulationConfig(**{name: value * 0.99})) is not None
        assert triangulate(refs, estimates, PoseTriangulationConfig(**{name: value * 1.01})) is None


def test_estimates_without_a_direction_take_no_part() -> None:
    refs = references(5, seed=9)
    estimates = [relative(r) for r in refs]
    estimates[0] = RelativePose(make(estimates[0].ref_from_cam[:3, :3], np.zeros(3)), Scale.UNKNOWN)
    estimates[3] = RelativePose(np.full((4, 4), np.nan), Scale.METRIC)
    result = solve(refs, estimates)
    assert result.inliers.tolist() == [False, True, True, False, True]
    np.testing.assert_allclose(result.world_from_cam, WORLD_FROM_CAM, atol=1e-6)


def test_many_references_are_sampled_and_repeatable() -> None:
    refs = references(40, seed=10)
    rng = np.random.default_rng(0)
    estimates = [relative(r, noise_deg=2, rng=rng) if i % 3 else wrong(r, seed=i) for i, r in enumerate(refs)]
    results = [solve(refs, estimates, max_pairs=60) for _ in range(2)]
    np.testing.assert_array_equal(results[0].world_from_cam, results[1].world_from_cam)
    assert distance_between(results[0].world_from_cam, WORLD_FROM_CAM) < 0.1
    other = solve(refs, estimates, max_pairs=60, seed=1)
    assert distance_between(other.world_from_cam, WORLD_FROM_CAM) < 0.1


def test_refinement_beats_the_best_pair_and_covariance_is_honest() -> None:
    errors: dict[str, list[float]] = defaultdict(list)
    for run in range(150):
        rng = np.random.default_rng(run)
        refs = references(7, seed=run)
        estimates = [relative(r, uncertainty=rng.random(), noise_deg=3, rng=rng) for r in refs]
        paper, refined = solve(refs, estimates, refine=False), solve(refs, estimates)
        for name, result in (("paper", paper), ("refined", refined)):
            error, covariance = pose_error(result.world_from_cam, WORLD_FROM_CAM), result.covariance
            for part, unit in ((slice(0, 3), "m"), (slice(3, 6), "rad")):
                errors[f"{name}_{unit}"].append(float(np.linalg.norm(error[part])))
                square = error[part] @ np.linalg.solve(covariance[part, part], error[part])
                errors[f"{name}_sigmas2_{unit}"].append(float(square))
    assert np.median(errors["refined_m"]) < 0.8 * np.median(errors["paper_m"])
    assert np.median(errors["refined_rad"]) < 0.8 * np.median(errors["paper_rad"])
    for name in ("paper_sigmas2_m", "paper_sigmas2_rad", "refined_sigmas2_m", "refined_sigmas2_rad"):
        # 3 if it were perfect. About a pair's pose the others spread by its error too: that errs on the safe side.
        assert (1.2 if name.startswith("paper") else 2.2) < np.mean(errors[name]) < 4.2, name


def test_covariance_grows_along_the_rays() -> None:
    """References side by side, 0.2 m apart, 5 m away: depth is what they know least."""
    centre = WORLD_FROM_CAM[:3, 3]
    refs = np.stack([make(np.eye(3), centre + [dx, 0.0, -5.0]) for dx in (-0.2, 0.0, 0.2)])
    covariance = solve(refs, [relative(r) for r in refs]).covariance
    assert is_usable(covariance)
    assert covariance[2, 2] > 100 * covariance[0, 0]


def test_numbers_must_match() -> None:
    refs = references(3)
    with pytest.raises(PoseError, match="3 references for 2"):
        triangulate(refs, [relative(r) for r in refs[:2]])


def test_result_and_config_are_frozen() -> None:
    refs = references(3)
    result = solve(refs, [relative(r) for r in refs])
    with pytest.raises(ValueError, match="read-only"):
        result.world_from_cam[0, 0] = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.pair = (0, 1)  # type: ignore[misc]
    with pytest.raises(ConfigError):
        PoseTriangulationConfig(max_angle_deg=91.0)
