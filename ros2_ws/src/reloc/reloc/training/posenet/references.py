"""Convert the references of a map to PoseNet's input, and keep them in the run's workspace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import TrainingDataError, TrainingError
from reloc.geometry.cameras import Camera
from reloc.maps.progress import Progress, track
from reloc.maps.reference_map import ReferenceMap
from reloc.parsing import npy_file
from reloc.parsing.blame import Blame
from reloc.preprocessing import Preprocess
from reloc.training.novel_views import DEPTH_CELL, ReferenceView, load_view

FILE = "references.npz"
MOST_FLAT = 0.5  # largest allowed share of references that have too few landmarks for depth


@dataclass(frozen=True, slots=True, eq=False)
class TargetReferences:
    """All references, converted to the target camera."""

    views: tuple[ReferenceView, ...]
    camera: Camera
    has_depth: bool  # without depth, views can be turned but not moved

    @property
    def world_from_cam(self) -> Float64:
        """The poses (N, 4, 4)."""
        return np.stack([view.world_from_cam for view in self.views])


def target_camera(reference_map: ReferenceMap, side: int) -> Camera:
    """Return a camera for the whole image of the map's most frequent camera, undistorted, ``side`` x ``side`` pixels.

    The paper crops a square instead, which would lose a third of the view.
    """
    cameras = [reference_map.camera(i) for i in range(len(reference_map))]
    return max(set(cameras), key=lambda camera: (cameras.count(camera), -cameras.index(camera))).pinhole.scaled(
        side, side
    )


def load(reference_map: ReferenceMap, side: int, workspace: Path, progress: Progress) -> TargetReferences:
    """Return the references. They are decoded once; a later start of the run finds them in ``workspace``.

    Raises:
        TrainingDataError: most references have too few landmarks.
        ImageError: an image cannot be read.
    """
    camera, file = target_camera(reference_map, side), workspace / FILE
    if not file.exists():
        workspace.mkdir(parents=True, exist_ok=True)
        views = [_view(reference_map, i, camera) for i in track(progress, "references", range(len(reference_map)))]
        part = file.with_suffix(".partial.npz")
        np.savez(part, image=[v.image for v in views], depth=[v.depth for v in views])
        part.replace(file)
    stored = npy_file.load_bundle(file, Blame(str(file), TrainingError, "Remove it: it is made again"))
    if not {"image", "depth"} <= set(stored):
        raise TrainingError(f"{file} lacks arrays: it has {sorted(stored)}", "Remove it: it is made again")
    images, depths = stored["image"], stored["depth"]
    flat = np.isnan(depths).any(axis=(1, 2))
    if reference_map.has_landmarks and flat.mean() > MOST_FLAT:
        raise TrainingDataError(
            f"{flat.sum()} of {len(flat)} references of {reference_map.path} have too few landmarks for depth",
            "Build the map from more images, or with --landmarks none (new views are then turned, but not moved)",
        )
    # A reference without landmarks usually shows a blank wall some meters away. Other references correct the guess.
    depths[flat] = float(np.nanmedian(depths)) if not flat.all() else 3.0
    poses = reference_map.world_from_cam
    views = [ReferenceView(i, d, p) for i, d, p in zip(images, depths, poses, strict=True)]
    return TargetReferences(tuple(views), camera, not flat.all())


def _view(reference_map: ReferenceMap, index: int, camera: Camera) -> ReferenceView:
    view = load_view(reference_map, index, camera) if reference_map.has_landmarks else None
    if view is not None:
        return view
    image = np.empty((camera.height, camera.width, 3), np.uint8)
    Preprocess(camera).into(reference_map.image(index), reference_map.camera(index), image)
    grid = (-(-camera.height // DEPTH_CELL), -(-camera.width // DEPTH_CELL))
    return ReferenceView(image, np.full(grid, np.nan, np.float32), reference_map.world_from_cam[index])
