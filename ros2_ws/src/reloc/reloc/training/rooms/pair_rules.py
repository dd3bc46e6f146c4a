"""Choose the pairs of views to learn from: overlap, distance and angle (ExReNet paper, V.A).

The paper's o_max is a minimum overlap, despite its name. Its overlap factor, "the ratio of scene coordinates that are
located at most 0.2 m away from a scene coordinate from the other image", is counted over both images together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from reloc.config import param, validate
from reloc.datatypes import Float32, Float64, freeze
from reloc.errors import PairError, TrainingDataError
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import rotation_angles_between, transform

ACROSS = 32  # grid points of a view, across and down: 0.1 m apart at 3 m


@dataclass(frozen=True, slots=True)
class PairRules:
    """Limits for pairs of views. The defaults are the paper's for a dense training set."""

    min_overlap: float = param(
        0.3,
        "Two views must both see at least this share of their points. Raising it learns from fewer pairs.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    reach_m: float = param(
        0.2,
        "Two points count as one if they are nearer than this. Raising it counts more overlap.",
        unit="m",
        ge=0.001,
        le=5.0,
        expert=True,
    )
    max_distance_m: float = param(
        0.6,
        "Two cameras of a pair are at most this far apart. Raising it learns from more distant pairs.",
        unit="m",
        ge=0.0,
        le=1000.0,
        expert=True,
    )
    min_distance_m: float = param(
        0.0,
        "Two cameras of a pair are at least this far apart. Raising it drops near pairs; 0 drops none, "
        "as in the paper.",
        unit="m",
        ge=0.0,
        expert=True,
    )
    max_angle_deg: float = param(
        30.0,
        "Two cameras of a pair are turned by at most this. Raising it learns from more different views.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


DENSE = PairRules()
SPARSE = PairRules(min_overlap=0.1, max_distance_m=1000.0, max_angle_deg=180.0)  # "10 % as the only condition"


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """K different pairs of views."""

    first: NDArray[np.intp]  # (K,)
    second: NDArray[np.intp]  # (K,), larger than first
    overlap: Float64  # (K,)

    def __post_init__(self) -> None:
        freeze(self.first, self.second, self.overlap)

    def __len__(self) -> int:
        return len(self.first)

    def draw(self, random: np.random.Generator, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return ``count`` references and queries, in either order. A pair repeats only after all pairs were used.

        Raises:
            PairError: there is no pair.
        """
        if not len(self):
            raise PairError("No two views satisfy the rules for pairs", "Use more views per place, or wider limits")
        rounds = -(-count // len(self))
        chosen = np.concatenate([random.permutation(len(self)) for _ in range(rounds)])[:count]
        turned = random.random(count) < 0.5
        first, second = self.first[chosen], self.second[chosen]
        return np.where(turned, second, first), np.where(turned, first, second)


def pairs_of(depth: Float32 | Sequence[Float32], world_from_cam: Float64, camera: Camera, rules: PairRules) -> Pairs:
    """Return all pairs among N views of one place that follow the rules.

    Args:
        depth: (N, H, W) meters along the optical axis; 0, infinite or NaN where it is unknown.
        world_from_cam: (N, 4, 4).
        camera: the camera of all views.
        rules: the limits. Overlap is computed only for pairs within the limits of distance and angle.

    Raises:
        TrainingDataError: the numbers of depths and poses differ, or a pose is not finite.
    """
    if len(depth) != len(world_from_cam) or not np.isfinite(world_from_cam).all():
        raise TrainingDataError(
            f"{len(depth)} depth images with {len(world_from_cam)} poses", "Give one finite pose for each"
        )
    first, second = np.triu_indices(len(depth), k=1)
    centres = world_from_cam[:, :3, 3]
    distance = np.linalg.norm(centres[first] - centres[second], axis=1)
    turned = np.rad2deg(rotation_angles_between(world_from_cam[first], world_from_cam[second]))
    # A turn by exactly the limit is allowed.
    fits = (distance <= rules.max_distance_m) & (distance >= rules.min_distance_m)
    fits &= turned <= rules.max_angle_deg + 1e-6
    first, second = first[fits], second[fits]
    needed = np.unique(np.concatenate([first, second]))
    points = {int(i): scene_points(depth[int(i)], world_from_cam[i], camera) for i in needed}
    trees = {i: cKDTree(xyz) for i, xyz in points.items() if len(xyz)}
    shares = np.array(
        [
            overlap(points[i], points[j], trees.get(i), trees.get(j), rules.reach_m)
            for i, j in zip(first.tolist(), second.tolist(), strict=True)
        ]
    )
    enough = shares.reshape(-1) >= rules.min_overlap
    return Pairs(first[enough], second[enough], shares.reshape(-1)[enough])


def scene_points(depth: Float32, world_from_cam: Float64, camera: Camera) -> Float64:
    """Return scene coordinates (K, 3) in the world of a grid of pixels; pixels without depth are left out."""
    v, u = (np.unique(np.linspace(0, side - 1, ACROSS).round().astype(int)) for side in depth.shape)
    uv = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    z = depth[uv[:, 1], uv[:, 0]].astype(np.float64)
    known = np.isfinite(z) & (z > 0)
    rays = np.column_stack([camera.normalize(uv[known]), np.ones(int(known.sum()))])
    return transform(world_from_cam, rays * z[known, None])


def overlap(
    one: Float64, other: Float64, one_tree: cKDTree | None, other_tree: cKDTree | None, reach_m: float
) -> float:
    """Return the share of the points of both views, (K, 3) and (L, 3), that have a point of the other view in reach."""
    if one_tree is None or other_tree is None:
        return 0.0
    near = np.isfinite(other_tree.query(one, distance_upper_bound=reach_m)[0]).sum()
    near += np.isfinite(one_tree.query(other, distance_upper_bound=reach_m)[0]).sum()
    return float(near / (len(one) + len(other)))
