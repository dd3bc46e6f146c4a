"""Perspective-n-Learned-Point: matches of dense features, points from a reference's predicted depth, PnP in RANSAC.

Piasco et al. 2019, sections 3.2 to 3.4. In the paper's notation h_q = h_r h_{r -> q}; here world_from_query =
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
ALIKE_PX = 16  # features of cells nearer than this see the same area, so their errors are similar
EDGE = 2  # width of the border whose cells are influenced by the image's edge, cells
STEP = 1e-3  # share of a depth by which a point is moved to differentiate its pixel
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class DenseView:
    """The network's outputs for one image, with cells in rows."""

    local: Float32  # (h * w, C) of length 1
    side: int  # w
    depth: Float32  # (h * w,) meters
    spread: Float32  # (h * w,) mean absolute error of the depth, as a share of it

    @classmethod
    def of(cls, local: Float32, depth: Float32, spread: Float32) -> DenseView:
        """Convert (C, h, w), (h, w) and (h, w) of any float type."""
        flat = np.ascontiguousarray(local.reshape(len(local), -1).T, dtype=np.float32)
        return cls(flat, local.shape[2], depth.ravel().astype(np.float32), spread.ravel().astype(np.float32))

    @property
    def finite(self) -> bool:
        """Whether all values are finite."""
        return bool(np.isfinite(self.local).all() and np.isfinite(self.depth).all() and np.isfinite(self.spread).all())

    def points(self, cells: Ints, camera: Camera) -> Float64:
        """Return (M, 3) of cells (M,) in this view's optical frame: p = M(l, m) K^-1 (l, m, 1)' (equation 2)."""
        uv = pixels(cells.astype(np.float64) % self.side, cells // self.side, camera.width // self.side)
        rays = np.column_stack([camera.normalize(uv), np.ones(len(cells))])
        return np.asarray(rays * self.depth[cells, None].astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class PointMatches:
    """Pixels of a query and matching points in the world."""

    uv: Float64  # (M, 2)
    xyz: Float64  # (M, 3)
    centre: Float64  # (M, 3) center of each point's reference
    spread: Float64  # (M,) of the point's depth

    def __len__(self) -> int:
        return len(self.uv)

    @classmethod
    def together(cls, several: Sequence[PointMatches]) -> PointMatches:
        """Join the matches of several references."""
        columns = zip(*((m.uv, m.xyz, m.centre, m.spread) for m in several), strict=True)
        return cls(*(np.concatenate(column) for column in columns))


@dataclass(frozen=True, slots=True, eq=False)
class LearnedPose:
    """A pose from points of predicted depth."""

    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6) as in Localized, not calibrated; infinite if the pose is undetermined
    matches: int
    uv: Float64  # (K, 2) pixels of the inliers
    residual_px: float  # median residual of the inliers

    @property
    def inliers(self) -> int:
        """Number of matches that agree with the pose."""
        return len(self.uv)

    @property
    def share(self) -> float:
        """Share of the matches that agree with the pose. It ranks the candidates (3.4)."""
        return self.inliers / max(1, self.matches)


def pixels(column: Float64 | Ints, row: Float64 | Ints, cell: int) -> Float64:
    """Return (M, 2) pixels of the centers of cells; the top-left pixel's center is (0, 0)."""
    return np.column_stack([column, row]).astype(np.float64) * cell + 0.5 * (cell - 1)


def match(
    query: DenseView, reference: DenseView, world_from_ref: Float64, camera: Camera, max_spread: float
) -> PointMatches:
    """Match mutual nearest features (3.2), and compute their points from the reference's depth (3.3)."""
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
    """Solve PnP in LO-RANSAC (PoseLib), refined on the inliers; return None if there is no pose.

    Args:
        max_error_px: largest error of an inlier, in pixels of the network's camera.
        depth_sigma: common error of all depths of a reference, as a share.
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
    # A mirror image of a wall fits a camera behind the wall, so points must be seen from the reference's side.
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
    """Return the Jacobian's covariance, with uncertain pixels and depths, neighbors counted once, and the common depth
    error.

    If all depths of a reference are too large by a share, the points belong to a larger scene around its center. The
    rotation stays, and the distance from the reference to the query is too long by that share.
    """
    xyz, centre = matches.xyz[inliers], matches.centre[inliers]
    cam_from_world = inverse(world_from_cam)
    farther = camera.project(transform(cam_from_world, xyz + STEP * (xyz - centre)))
    by_depth = (
        farther - camera.project(transform(cam_from_world, xyz))
    ) / STEP  # (K, 2) of the pixels by share of depth
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
    """Return how many pixels (K, 2) there are for each independent part of the image."""
    return len(uv) / max(1, len(np.unique((uv // ALIKE_PX).astype(np.int64), axis=0)))


def _both_by_one_edge(here: Ints, there: Ints, side: int) -> NDArray[np.bool_]:
    """Return a mask (M,) of matches of cells at the same edge of both images. They look alike because of zero padding.

    In images of noise, most mutual matches are of this kind, and all of them say that the camera has not moved.
    """
    by_edge = np.zeros(len(here), np.bool_)
    for one, other in ((here % side, there % side), (here // side, there // side)):
        by_edge |= np.maximum(one, other) < EDGE
        by_edge |= np.minimum(one, other) >= side - EDGE
    return by_edge


def _mutual(first: Float32, second: Float32) -> tuple[Ints, Ints]:
    """Return the rows (M,) of both arrays that are mutual nearest neighbors.

    It works as :func:`reloc.features.matching.mutual_nearest` without a ratio. For thousands of rows, a second product
    costs a tenth of searching the columns of the first.
    """
    forward, backward = (first @ second.T).argmax(axis=1), (second @ first.T).argmax(axis=1)
    here = np.flatnonzero(backward[forward] == np.arange(len(first)))
    return here, forward[here]


def _between_cells(query: DenseView, cells: Ints, wanted: Float32) -> tuple[Float64, Float64]:
    """Return column and row (M,) where the query is most similar to features (M, C), around its cells (M,), at sub-cell
    precision.

    A parabola through the cosines of a cell and its two neighbors has its maximum within half a cell.
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
    """Return the candidate whose pose has the largest share of inliers (3.4); None if none has enough of them.

    Six of six matches may agree by chance, so a share alone is not enough.
    """
    enough = [i for i, pose in enumerate(found) if pose is not None and pose.inliers >= min_inliers]
    return max(enough, key=lambda i: (found[i] or _NOTHING).share, default=None)


_NOTHING = LearnedPose(np.eye(4), np.eye(6), 0, np.zeros((0, 2)), 0.0)
