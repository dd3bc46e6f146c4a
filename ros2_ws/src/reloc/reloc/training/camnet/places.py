"""Places that CamNet learns from: views with their poses, and how much they overlap.

A place is a synthetic world with exact depth, or a map. A map's depth is interpolated between its landmarks. A map
without landmarks, or with too few in most references, is compared by ORB (paper, 3.1.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, UInt8, freeze
from reloc.errors import TrainingDataError, TrainingError
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import rotation_angles_between
from reloc.maps.attachments import bare_hash
from reloc.maps.progress import Progress, track
from reloc.maps.reference_map import ReferenceMap
from reloc.parsing import npy_file
from reloc.parsing.blame import Blame
from reloc.preprocessing import Preprocess
from reloc.training.camnet import orb
from reloc.training.camnet.overlap import FEWEST_POINTS, grid_points, overlaps
from reloc.training.novel_views import load_view
from reloc.training.rooms.rooms import RoomViews

EASY, MODERATE, HARD, SELF = 0, 1, 2, 3
MOST_FLAT = 0.5  # a map counts as one without depth if a larger share of its references has none
# The paper divides pairs "according to their camera frustum overlap as well as their relative rotations and
# translations", without figures.
OVERLAP = (0.6, 0.3)  # lowest mean overlap of easy and of moderate pairs
METRES, DEGREES = (0.5, 1.5), (20.0, 45.0)  # highest distance and angle of easy and of moderate pairs


@dataclass(frozen=True, slots=True, eq=False)
class ViewedPlace:
    """N views of one place."""

    images: UInt8  # (N, side, side, 3) RGB
    world_from_cam: Float64  # (N, 4, 4)
    overlap: Float64  # (N, N) share of view i that view j shows, or their similarity, 0 to 1; NaN if unknown
    kinds: NDArray[np.int8]  # (N, N) EASY, MODERATE, HARD; SELF on the diagonal
    by_depth: bool  # whether the overlap comes from depth; otherwise from ORB

    def __post_init__(self) -> None:
        freeze(self.images, self.world_from_cam, self.overlap, self.kinds)

    def __len__(self) -> int:
        return len(self.images)

    @classmethod
    def of(cls, images: UInt8, world_from_cam: Float64, overlap: Float64, by_depth: bool) -> ViewedPlace:
        """Return the place, with its pairs divided into kinds."""
        return cls(images, world_from_cam, overlap, kinds_of(world_from_cam, overlap, by_depth), by_depth)

    def some(self, indices: NDArray[np.int64]) -> ViewedPlace:
        """Return some of the views."""
        square = np.ix_(indices, indices)
        return ViewedPlace(
            self.images[indices], self.world_from_cam[indices], self.overlap[square], self.kinds[square], self.by_depth
        )


def kinds_of(world_from_cam: Float64, overlap: Float64, by_depth: bool) -> NDArray[np.int8]:
    """Return (N, N) kinds of pairs.

    ORB's similarity of two views depends on their texture. So of the pairs that are near enough, the better half is
    easy, or moderate. If the overlap is unknown, only the poses decide.
    """
    centres = world_from_cam[:, :3, 3]
    metres = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    degrees = np.rad2deg([rotation_angles_between(world_from_cam, pose) for pose in world_from_cam])
    mutual = 0.5 * (overlap + overlap.T)
    kinds = np.full(metres.shape, HARD, np.int8)
    for kind in (MODERATE, EASY):
        near = (metres <= METRES[kind]) & (degrees <= DEGREES[kind])
        np.fill_diagonal(near, False)
        known = near & np.isfinite(mutual)
        least = OVERLAP[kind] if by_depth or not known.any() else float(np.median(mutual[known]))
        kinds[near & ~(mutual < least)] = kind
    np.fill_diagonal(kinds, SELF)
    return kinds


def of_room(room: RoomViews, camera: Camera) -> ViewedPlace:
    """Return the place of a synthetic world."""
    points = [grid_points(depth, camera) for depth in room.depth]
    return ViewedPlace.of(
        room.images, room.world_from_cam, overlaps(points, room.world_from_cam, camera), by_depth=True
    )


def of_map(reference_map: ReferenceMap, camera: Camera, workspace: Path, progress: Progress) -> ViewedPlace:
    """Return a map's references in ``camera``; computed once, and kept in ``workspace``.

    Raises:
        TrainingDataError: a pose is not finite.
        DepthError: its landmarks are not in meters.
        ImageError: an image cannot be read.
    """
    stamp = f"{bare_hash(reference_map.manifest)[:16]}-{camera.width}-{camera.fx:.1f}-{camera.fy:.1f}"
    file = workspace / f"{stamp}.npz"
    poses = reference_map.world_from_cam
    try:
        kept = npy_file.load_bundle(file, Blame(str(file), TrainingError, "It is made again"))
        return ViewedPlace.of(kept["images"], poses, kept["overlap"], bool(kept["by_depth"]))
    except (TrainingError, KeyError, ValueError):  # missing, or cut off by a full disk
        pass
    if not np.isfinite(poses).all():
        raise TrainingDataError(f"A pose of {reference_map.path} is not finite", "Build the map again")
    count, preprocess = len(reference_map), Preprocess(camera)
    images = np.empty((count, camera.height, camera.width, 3), np.uint8)
    points = []
    for i in track(progress, "references", range(count)):
        preprocess.into(reference_map.image(i), reference_map.camera(i), images[i])
        view = load_view(reference_map, i, camera) if reference_map.has_landmarks else None
        points.append(np.zeros((0, 3)) if view is None else grid_points(view.depth, camera))
    by_depth = sum(len(xyz) < FEWEST_POINTS for xyz in points) <= MOST_FLAT * count
    if by_depth:
        overlap = overlaps(points, poses, camera)
    else:
        overlap = orb.similarities(images, poses, lambda rows: track(progress, "ORB", rows))
    workspace.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".partial.npz")
    np.savez(part, images=images, overlap=overlap, by_depth=by_depth)
    part.replace(file)
    return ViewedPlace.of(images, poses, overlap, by_depth)
