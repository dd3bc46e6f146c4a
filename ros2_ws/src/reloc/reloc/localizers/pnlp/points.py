"""Perspective-n-Learned-Point: matches of dense features, points from a reference's predicted depth, PnP in RANSAC.

Piasco et al. 2019, sections 3.2 to 3.4. In the paper's words h_q = h_r h_{r -> q}; here world_from_query =
world_from_ref @ ref_from_query, and equation 2 is ``DenseView.points``. All pixels are those of the network's camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import poselib
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64
from reloc.estimators.landmark_pose import MIN_MATCHES, SIGMA_FLOOR_PX
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import pnp_jacobian, pose_covariance, residual_sigma
from reloc.geometry.poselib_convention import pinhole_dict
from reloc.geometry.transforms import inverse, make, transform

MIN_ITERATIONS, MAX_ITERATIONS = 100, 2000
ALIKE_PX = 16  # features of cells nearer than this look at the same, and err alike
EDGE = 2  # cells that are told by what is beyond the image
STEP = 1e-3  # share of a depth by which a point is moved to see how its pixel moves
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class DenseView:
    """What the network says of one image, cells in rows."""

    local: Float32  # (h * w, C) of length 1
    side: int  # w
    depth: Float32  # (h * w,) metres
    spread: Float32  # (h * w,) mean absolute error of the depth, as a share of it

    @classmethod
    def of(cls, local: Float32, depth: Float32, spread: Float32) -> DenseView:
        """From (C, h, w), (h, w) and (h, w) of any float type."""
        flat = np.ascontiguousarray(local.reshape(len(local), -1).T, dtype=np.float32)
        return cls(flat, local.shape[2], depth.ravel().astype(np.float32), spread.ravel().astype(np.float32))

    @property
    def finite(self) -> bool:
        """Whether all are numbers."""
        return bool(np.isfinite(self.local).all() and np.isfinite(self.depth).all() and np.isfinite(self.spread).all())

    def points(self, cells: Ints, camera: Camera) -> Float64:
        """(M, 3) of cells (M,) in this view's optical frame: p = M(l, m) K^-1 (l, m, 1)' (equation 2)."""
        uv = pixels(cells.astype(np.float64) % self.side, cells // self.side, camera.width // self.side)
        rays = np.column_stack([camera.normalize(uv), np.ones(len(cells))])
        return np.asarray(rays * self.depth[cells, None].astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class PointMatches:
    """Pixels of a query and points in the world."""

    uv: Float64  # (M, 2)
    xyz: Float64  # (M, 3)
    centre: Float64  # (M, 3) of the reference that each point is of
    spread: Float64  # (M,) of the point's depth

    def __len__(self) -> int:
        return len(self.uv)

    @classmethod
    def together(cls, several: Sequence[PointMatches]) -> PointMatches:
        """Those of several references."""
        columns = zip(*((m.uv, m.xyz, m.centre, m.spread) for m in several), strict=True)
        return cls(*(np.concatenate(column) for column in columns))


@dataclass(frozen=True, slots=True, eq=False)
class LearnedPose:
    """A pose from points of predicted depth."""

    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6) as in Localized, not calibrated; infinite where nothing fixes the pose
    matches: int
    uv: Float64  # (K, 2) of the inliers
    residual_px: float  # their median

    @property
    def inliers(self) -> int:
        """How many matches agree."""
        return len(self.uv)

    @property
    def share(self) -> float:
        """Of the matches, those that agree: by what candidates are compared (3.4)."""
        return self.inliers / max(1, self.matches)


def pixels(column: Float64 | Ints, row: Float64 | Ints, cell: int) -> Float64:
    """(M, 2) pixels of the centres of cells, the top-left pixel's centre being (0, 0)."""
    return np.column_stack([column, row]).astype(np.float64) * cell + 0.5 * (cell - 1)


def match(
    query: DenseView, reference: DenseView, world_from_ref: Float64, camera: Camera, max_spread: float
) -> PointMatches:
    """Mutual nearest features (3.2), and the points that the reference's depth makes of them (3.3)."""
    here, there = _mutual(query.local, reference.local)
    of_use = (reference.spread[there] <= max_spread) & ~_both_by_one_edge(here, there, query.side)
    here, there = here[of_use], there[of_use]
    column, row = _between_cells(query, here, reference.local[there])
    return PointMatches(
        pixels(column, row, camera.width // query.side),
        transform(world_from_ref, reference.points(there, camera)),
        np.broadcast_to(world_from_ref[:3, 3], (len(here), 3)),
        reference.spread[there].astype(np.float64),
    )


def solve(matches: PointMatches, camera: Camera, max_error_px: float, depth_sigma: float = 0.0) -> LearnedPose | None:
    """PnP in LO-RANSAC (PoseLib), refined on the inliers; None where there is no pose.

    Args:
        max_error_px: farthest that an inlier's pixel is off, in pixels of the network's camera.
        depth_sigma: error that all depths of a reference have in common, as a share.
    """
    if len(matches) < MIN_MATCHES:
        return None
    pose, info = poselib.estimate_absolute_pose(
        matches.uv, matches.xyz, pinhole_dict(camera),
        {"max_reproj_error": max_error_px, "max_iterations": MAX_ITERATIONS, "min_iterations": MIN_ITERATIONS},
        {"loss_type": "CAUCHY", "loss_scale": 1.0},
    )  # fmt: skip
    world_from_cam = inverse(make(pose.R, pose.t))
    inliers = np.asarray(info["inliers"], dtype=bool)
    if not np.isfinite(world_from_cam).all():
        return None
    # A mirror image of a wall fits a camera behind the wall: points are looked at from the side the reference saw.
    to_point = matches.xyz - world_from_cam[:3, 3]
    inliers &= np.einsum("ni,ni->n", to_point, matches.xyz - matches.centre) > 0
    if inliers.sum() < MIN_MATCHES:
        return None
    residuals = camera.project(transform(inverse(world_from_cam), matches.xyz[inliers])) - matches.uv[inliers]
    covariance = _covariance(world_from_cam, matches, inliers, residuals, camera, depth_sigma)
    return LearnedPose(
        world_from_cam, covariance, len(matches), matches.uv[inliers],
        float(np.median(np.linalg.norm(residuals, axis=1))),
    )  # fmt: skip


def _covariance(
    world_from_cam: Float64, matches: PointMatches, inliers: NDArray[np.bool_], residuals: Float64, camera: Camera,
    depth_sigma: float,
) -> Float64:  # fmt: skip
    """The Jacobian's, with pixels and depths unsure, neighbours counted once, and what all depths have in common.

    If all depths of a reference are too large by a share, the points are those of a scene that much larger about its
    centre: the rotation stays, and the way from the reference to the query is too long by that share.
    """
    xyz, centre = matches.xyz[inliers], matches.centre[inliers]
    cam_from_world = inverse(world_from_cam)
    farther = camera.project(transform(cam_from_world, xyz + STEP * (xyz - centre)))
    by_depth = (farther - camera.project(transform(cam_from_world, xyz))) / STEP  # (K, 2) pixels by share of depth
    noise = max(SIGMA_FLOOR_PX, residual_sigma(residuals, floor=SIGMA_FLOOR_PX))
    along = matches.spread[inliers, None] * by_depth  # (K, 2)
    noises = noise**2 * np.eye(2) + along[:, :, None] * along[:, None, :]
    jacobian = pnp_jacobian(world_from_cam, xyz, camera).reshape(-1, 2, 6)
    if not (np.isfinite(noises).all() and np.isfinite(jacobian).all()):
        return np.diag(np.full(6, np.inf))
    whitened = np.linalg.solve(np.linalg.cholesky(noises), jacobian).reshape(-1, 6)
    covariance = pose_covariance(whitened, 1.0) * redundancy(matches.uv[inliers])
    way = world_from_cam[:3, 3] - centre.mean(axis=0)
    covariance[:3, :3] += depth_sigma**2 * np.outer(way, way)
    return covariance


def redundancy(uv: Float64) -> float:
    """How many pixels (K, 2) there are for each part of the image that says something of its own."""
    return len(uv) / max(1, len(np.unique((uv // ALIKE_PX).astype(np.int64), axis=0)))


def _both_by_one_edge(here: Ints, there: Ints, side: int) -> NDArray[np.bool_]:
    """Matches (M,) of cells at the same edge of both images: zeros beyond an edge make it look alike in all images.

    Of noise, most mutual matches are of that kind, and all of them say that the camera has not moved.
    """
    by_edge = np.zeros(len(here), np.bool_)
    for one, other in ((here % side, there % side), (here // side, there // side)):
        by_edge |= np.maximum(one, other) < EDGE
        by_edge |= np.minimum(one, other) >= side - EDGE
    return by_edge


def _mutual(first: Float32, second: Float32) -> tuple[Ints, Ints]:
    """Rows of both (M,) that are each other's nearest.

    As :func:`reloc.features.matching.mutual_nearest` without a ratio; for thousands of rows a second product costs a
    tenth of looking for the largest down the columns of the first.
    """
    forward, backward = (first @ second.T).argmax(axis=1), (second @ first.T).argmax(axis=1)
    here = np.flatnonzero(backward[forward] == np.arange(len(first)))
    return here, forward[here]


def _between_cells(query: DenseView, cells: Ints, wanted: Float32) -> tuple[Float64, Float64]:
    """Column and row (M,) of where the query is most like features (M, C), about its cells (M,), finer than a cell.

    A parabola through the cosines of a cell and its two neighbours has its summit within half a cell.
    """
    side, rows = query.side, len(query.local) // query.side
    column, row = cells % side, cells // side

    def cosine(dx: int, dy: int) -> Float64:
        x, y = np.clip(column + dx, 0, side - 1), np.clip(row + dy, 0, rows - 1)
        return np.asarray(np.einsum("mc,mc->m", query.local[y * side + x], wanted), np.float64)

    middle = cosine(0, 0)

    def summit(before: Float64, after: Float64, inside: NDArray[np.bool_]) -> Float64:
        bend = 2.0 * middle - before - after
        usable = inside & (bend > 1e-6) & (middle >= before) & (middle >= after)
        return np.where(usable, np.clip(0.5 * (after - before) / np.where(usable, bend, 1.0), -0.5, 0.5), 0.0)

    across = summit(cosine(-1, 0), cosine(1, 0), (column > 0) & (column < side - 1))
    down = summit(cosine(0, -1), cosine(0, 1), (row > 0) & (row < rows - 1))
    return column + across, row + down


def surest(found: Sequence[LearnedPose | None], min_inliers: int) -> int | None:
    """Which candidate's pose has the largest share of inliers (3.4); None where none has enough of them.

    Of six matches, six may agree by chance: a share alone says little.
    """
    enough = [i for i, pose in enumerate(found) if pose is not None and pose.inliers >= min_inliers]
    return max(enough, key=lambda i: (found[i] or _NOTHING).share, default=None)


_NOTHING = LearnedPose(np.eye(4), np.eye(6), 0, np.zeros((0, 2)), 0.0)
