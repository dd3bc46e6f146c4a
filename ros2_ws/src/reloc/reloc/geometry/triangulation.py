"""Compute the query's pose from its poses relative to several references: ExReNet paper, section IV.C.

The paper writes ``R_{i->q}, t_{i->q}`` for cam_from_ref and ``R_I, c_I`` for cam_from_world and the center; its ray is
``c_I - lambda v`` with ``v = R_I' R_{i->q}' t_{i->q}``. As ``-R_{i->q}' t_{i->q}`` is the translation of ref_from_cam,
that is, in our names and with lambda > 0,

    centre of the query = centre of ref + lambda * R_world_from_ref @ t_ref_from_cam / |t_ref_from_cam|.

Likewise its ``R_{i->q} R_I`` is the transpose of our ``R_world_from_ref @ R_ref_from_cam``. In its inlier test ("the
angle between the direction of its ray v_k and the vector from its camera center to the camera center of the
hypothesis") taken literally, a perfect ray would be off by 180 degrees; so the ray's own direction -v_k must be meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.arrays import freeze
from reloc.config import param, validate
from reloc.errors import PoseError
from reloc.geometry import rays
from reloc.geometry.relative_pose import RelativePose, Scale
from reloc.geometry.rotation_averaging import geodesic_l1_mean, midway
from reloc.geometry.transforms import make, rotation_angle_between

Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# For normal samples in three dimensions, the median's variance exceeds the mean's by this factor.
MEDIAN_VARIANCE = 3.0 * np.pi / 8.0


@dataclass(frozen=True, slots=True)
class PoseTriangulationConfig:
    """Parameters of hypotheses and their score.

    With ``refine`` off it is the paper's IV.C 2; with ``use_scale`` and ``use_uncertainty`` off too it is IV.C 1.
    """

    max_angle_deg: float = param(
        15.0,
        "A reference agrees if the angle between its ray and the pose is below this. Raising it accepts rougher rays.",
        unit="deg",
        ge=0.0,
        le=90.0,
        expert=True,
    )
    use_scale: bool = param(
        True,
        "If true, a reference with a metric pose agrees only if its predicted distance fits too.",
        expert=True,
    )
    use_uncertainty: bool = param(
        True,
        "If true, the pose of the two most certain references wins among poses with equal support.",
        expert=True,
    )
    min_scale_ratio: float = param(
        0.5,
        "A reference agrees if the pose's distance is at least this share of the predicted one. Raising "
        "it refuses more references.",
        ge=0.0,
        expert=True,
    )
    max_scale_ratio: float = param(
        2.0,
        "A reference agrees if the pose's distance is at most this multiple of the predicted one. "
        "Raising it accepts more references.",
        ge=0.0,
        expert=True,
    )
    max_rotation_deg: float = param(
        180.0,
        "A reference agrees if its rotation differs from the pose by less than this. Raising it accepts "
        "more scatter; 180 turns the check off.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    min_ray_angle_deg: float = param(
        1.0,
        "Two rays give a pose only if they meet at more than this angle. Raising it drops more pairs of references.",
        unit="deg",
        ge=0.0,
        le=90.0,
        expert=True,
    )
    min_baseline_m: float = param(
        0.01,
        "Two references give a pose only if they are farther apart than this. Raising it drops more "
        "pairs of references.",
        unit="m",
        ge=0.0,
        expert=True,
    )
    max_pairs: int = param(
        45,
        "At most this many pairs of references are tried, at random if there are more. Raising it costs "
        "time; 45 tries all pairs of ten references.",
        ge=1,
        expert=True,
    )
    seed: int = param(0, "This seeds the random choice of pairs.", ge=0, expert=True)
    refine: bool = param(
        True,
        "If true, position and rotation are fitted to all agreeing references at the end. The paper does not do this.",
        expert=True,
    )
    noise_deg: float = param(
        3.0,
        "A relative pose is expected to err by this in direction and rotation. Raising it widens the "
        "covariance of answers with few references.",
        unit="deg",
        ge=0.01,
        le=90.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True, eq=False)
class Triangulation:
    """A triangulated pose."""

    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6), as in Localized; infinite if the inliers' rays do not determine the position
    inliers: Bools  # (N,), which references agree
    pair: tuple[int, int]  # the references that gave the hypothesis

    def __post_init__(self) -> None:
        freeze(self.world_from_cam, self.covariance, self.inliers)

    @property
    def number(self) -> int:
        """Number of references that agree."""
        return int(self.inliers.sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Rays:
    """The predictions of each reference for the query, in the world."""

    origin: Float64  # (N, 3)
    direction: Float64  # (N, 3) unit; zero if unknown
    rotation: Float64  # (N, 3, 3) world_from_cam
    length: Float64  # (N,) meters; NaN if unknown
    uncertainty: Float64  # (N,)
    usable: Bools  # (N,)


def triangulate(
    world_from_ref: Float64, relative_poses: Sequence[RelativePose], config: PoseTriangulationConfig | None = None
) -> Triangulation | None:
    """Return the pose that most relative poses agree on.

    Every pair of references is a hypothesis: its center is the midpoint of the two rays, its rotation the mean of the
    two. The one with the most inliers wins. Ties go to the pair with the smallest mean uncertainty, then to the
    smallest sum of the inliers' angles.

    Args:
        world_from_ref: (N, 4, 4) poses of the references.
        relative_poses: N estimates; those without a direction (zero or not finite) are ignored.
        config: thresholds; the paper's by default, with refinement.

    Returns:
        None if there is no baseline: no two rays from different places meet in front of both.

    Raises:
        PoseError: the numbers of references and relative poses differ.
    """
    config = config or PoseTriangulationConfig()
    given = _rays(np.asarray(world_from_ref, dtype=np.float64).reshape(-1, 4, 4), relative_poses)
    first, second = _pairs(np.flatnonzero(given.usable), config)
    centre, depth_a, depth_b, sine = rays.midpoints(
        given.origin[first], given.direction[first], given.origin[second], given.direction[second]
    )
    baseline = np.linalg.norm(given.origin[first] - given.origin[second], axis=1)
    good = (sine > np.sin(np.deg2rad(config.min_ray_angle_deg))) & (baseline > config.min_baseline_m)
    good &= (depth_a > 0) & (depth_b > 0)
    if not good.any():
        return None
    first, second, centre = first[good], second[good], centre[good]
    rotation = midway(given.rotation[first], given.rotation[second])
    inliers, angle = _judge(given, centre, rotation, config)
    mean_uncertainty = 0.5 * (given.uncertainty[first] + given.uncertainty[second])
    if not config.use_uncertainty:
        mean_uncertainty = np.zeros_like(mean_uncertainty)
    total_angle = np.where(inliers, angle, 0.0).sum(axis=1)
    best = int(np.lexsort((total_angle, mean_uncertainty, -inliers.sum(axis=1)))[0])
    pair = int(first[best]), int(second[best])
    pose, agreed, fitted = make(rotation[best], centre[best]), inliers[best], np.array(pair)
    if config.refine and (refined := _refined(given, pose, agreed, config)) is not None:
        pose, agreed, fitted = refined
    return Triangulation(pose, _covariance(given, pose, agreed, fitted, config), agreed, pair)


def _rays(world_from_ref: Float64, relative_poses: Sequence[RelativePose]) -> _Rays:
    if len(world_from_ref) != len(relative_poses):
        raise PoseError(
            f"{len(world_from_ref)} references for {len(relative_poses)} relative poses", "Give one for each reference"
        )
    ref_from_cam = np.array([p.ref_from_cam for p in relative_poses], dtype=np.float64).reshape(-1, 4, 4)
    metric = np.array([p.scale is Scale.METRIC for p in relative_poses], dtype=np.bool_)
    uncertainty = np.array([p.uncertainty for p in relative_poses], dtype=np.float64)
    length = np.linalg.norm(ref_from_cam[:, :3, 3], axis=1)
    usable = np.isfinite(ref_from_cam).all(axis=(1, 2)) & np.isfinite(world_from_ref).all(axis=(1, 2))
    usable &= length > 1e-9
    world_from_ref = np.where(usable[:, None, None], world_from_ref, np.eye(4))
    ref_from_cam = np.where(usable[:, None, None], ref_from_cam, np.eye(4))
    turn = world_from_ref[:, :3, :3]
    direction = np.einsum("nij,nj->ni", turn, ref_from_cam[:, :3, 3]) / np.where(usable, length, 1.0)[:, None]
    return _Rays(
        origin=world_from_ref[:, :3, 3],
        direction=direction,
        rotation=turn @ ref_from_cam[:, :3, :3],
        length=np.where(metric, length, np.nan),
        uncertainty=np.where(np.isfinite(uncertainty), uncertainty, np.inf),
        usable=usable,
    )


def _pairs(usable: Ints, config: PoseTriangulationConfig) -> tuple[Ints, Ints]:
    a, b = np.triu_indices(len(usable), k=1)
    if len(a) > config.max_pairs:
        chosen = np.random.default_rng(config.seed).choice(len(a), config.max_pairs, replace=False)
        a, b = a[chosen], b[chosen]
    return usable[a], usable[b]


def _judge(given: _Rays, centre: Float64, rotation: Float64, config: PoseTriangulationConfig) -> tuple[Bools, Float64]:
    """Return inliers (P, N) of hypotheses, centers (P, 3) and rotations (P, 3, 3), and the rays' angles to them."""
    angle, distance = rays.angles_to(given.origin, given.direction, centre)
    inliers = given.usable & (angle < np.deg2rad(config.max_angle_deg))
    if config.use_scale:
        ratio = distance / given.length
        fits = (ratio > config.min_scale_ratio) & (ratio < config.max_scale_ratio)
        inliers &= fits | np.isnan(given.length)
    if config.max_rotation_deg < 180.0:
        cosine = (np.einsum("pij,nij->pn", rotation, given.rotation) - 1.0) / 2.0
        inliers &= cosine > np.cos(np.deg2rad(config.max_rotation_deg))
    return inliers, angle


def _refined(
    given: _Rays, pose: Float64, inliers: Bools, config: PoseTriangulationConfig
) -> tuple[Float64, Bools, Ints] | None:
    """Return the pose fitted to the inliers, the references that agree with it, and those that it was fitted to.

    None if the inliers do not meet in a point, or fewer agree with it than with the hypothesis.
    """
    fitted = np.flatnonzero(inliers)
    if len(fitted) < 2:
        return None
    centre = rays.intersection(given.origin[fitted], given.direction[fitted], pose[:3, 3])
    if centre is None:
        return None
    rotation = geodesic_l1_mean(given.rotation[fitted])
    agreed = _judge(given, centre[None], rotation[None], config)[0][0]
    return (make(rotation, centre), agreed, fitted) if agreed.sum() >= len(fitted) else None


def _covariance(given: _Rays, pose: Float64, inliers: Bools, fitted: Ints, config: PoseTriangulationConfig) -> Float64:
    """Compute the covariance from the geometry of the rays and the spread of all that agree.

    The spread of few references is unreliable. So it is held near ``noise_deg``, as if there were four more residuals
    of that size. Directions and rotations are taken as independent of each other and between references.
    """
    prior, prior_freedom, count = np.deg2rad(config.noise_deg) ** 2, 4.0, int(inliers.sum())
    angle = rays.angles_to(given.origin[inliers], given.direction[inliers], pose[None, :3, 3])[0][0]
    ray_freedom = max(0, 2 * count - 3) + prior_freedom
    ray_variance = (np.nansum(angle**2) + prior_freedom * prior) / ray_freedom
    turns = np.array([rotation_angle_between(pose, make(r, np.zeros(3))) for r in given.rotation[inliers]])
    turn_variance = (turns @ turns + prior_freedom * prior) / (3 * max(0, count - 1) + prior_freedom)
    covariance = np.diag(np.full(6, np.inf))
    information = rays.point_information(given.origin[fitted], given.direction[fitted], pose[:3, 3])
    values = np.linalg.eigvalsh(information)
    if values[0] <= 1e-9 * values[-1]:
        return covariance
    covariance[:3, :3] = ray_variance * np.linalg.inv(information)
    covariance[3:, 3:] = np.eye(3) * turn_variance / len(fitted) * (MEDIAN_VARIANCE if len(fitted) > 2 else 1.0)
    return covariance
