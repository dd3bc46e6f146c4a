"""Images with stamps beside a recorded path: EuRoC's and those of SLAM systems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import ImageError, PoseError, SourceError
from reloc.geometry.cameras import Camera
from reloc.geometry.interpolation import interpolate_poses
from reloc.maps.left_out import longest_rising
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.frames import image_size
from reloc.maps.sources.shared.importer import Importer
from reloc.maps.trajectory import RecordedPath, StampedPose, settle

_TRIES = 10  # images to look at before all are taken to be bad


@dataclass(frozen=True, slots=True)
class StampedImage:
    """One image of a list."""

    stamp_ns: int
    file: Path
    name: str


def first_size(found: Sequence[StampedImage]) -> tuple[int, int]:
    """Return (width, height) of the first image that can be read.

    Raises:
        ImageError: none of the first ten can.
    """
    problem: ImageError | None = None
    for image in found[:_TRIES]:
        try:
            return image_size(image.file)
        except ImageError as error:
            problem = problem or error
    raise problem or ImageError("There is no image")


def along_path(
    importer: Importer,
    pictures: Sequence[StampedImage],
    path: Sequence[StampedPose],
    camera: Callable[[Sequence[StampedImage]], Camera],
    body_from_cam: Float64,
    same_ns: int = 0,
) -> list[SourceFrame]:
    """Return the images that have a pose near their stamp; the others are counted in the importer's notes.

    Args:
        pictures: by rising stamps, but for a few.
        path: world_from_body as it was read.
        camera: returns the images' camera.
        body_from_cam: (4, 4) how the camera is mounted.
        same_ns: above 0, an image has the pose whose stamp is that near, as SLAM gives them; 0 interpolates.

    Raises:
        SourceError: no image has a pose.
        RelocError: too many poses or images are bad.
    """
    rising = longest_rising([picture.stamp_ns for picture in pictures])
    left_out = importer.bad(f"images of {importer.path}")
    if len(rising) < len(pictures):
        problem = f"{importer.path}: stamps of images stand twice, or are out of order"
        left_out.add(
            "of a stamp twice or out of order", PoseError(problem, "Sort by stamp"), len(pictures) - len(rising)
        )
    importer.settle(left_out, len(pictures))
    kept = [pictures[i] for i in rising]
    bad_poses = importer.bad(f"poses of {importer.path}")
    settled = settle(path, bad_poses, importer.options.max_path_speed)
    importer.settle(bad_poses, len(path))
    at = np.array([picture.stamp_ns for picture in kept], dtype=np.int64)
    if same_ns:
        poses, known = _nearest_poses(settled, at, same_ns)
    else:
        gap = importer.options.max_gap_s
        poses, known = interpolate_poses(settled.stamps_ns, settled.world_from_body, at, gap)
    if not known.any():
        raise SourceError(
            f"No image of {importer.path} has a pose near its stamp",
            "Check that images and poses are of one drive, and that both stamps are of one clock",
        )
    if not known.all():
        gone = int((~known).sum())
        importer.notes.append(f"{gone} of {len(kept)} images left out: no pose near their stamp")
    made = camera(kept)
    return [
        SourceFrame(p.name, partial(images.load, p.file), made, pose @ body_from_cam, p.stamp_ns, image_file=p.file)
        for p, pose, ok in zip(kept, poses, known, strict=True)
        if ok
    ]


def _nearest_poses(path: RecordedPath, at_ns: NDArray[np.int64], same_ns: int) -> tuple[Float64, NDArray[np.bool_]]:
    """Poses (M, 4, 4) and whether each is known (M,). Sparse key frames are not joined by straight lines."""
    if len(path.stamps_ns) == 0:
        return np.full((len(at_ns), 4, 4), np.nan), np.zeros(len(at_ns), np.bool_)
    after = np.clip(np.searchsorted(path.stamps_ns, at_ns), 0, len(path.stamps_ns) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(path.stamps_ns[before] - at_ns) < np.abs(path.stamps_ns[after] - at_ns)
    chosen = np.where(nearer, before, after)
    return path.world_from_body[chosen], np.abs(path.stamps_ns[chosen] - at_ns) <= same_ns
