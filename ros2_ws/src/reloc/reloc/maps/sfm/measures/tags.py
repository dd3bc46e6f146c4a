"""The scale, and if wanted origin and axes, from AprilTags of known size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.errors import SfmError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.sfm.piece import SfmPiece
from reloc.maps.sfm.similarity import Similarity

MOST_ERROR_PX = 3.0  # of a corner; a tag that was moved, or two tags with one number, have more
LEAST_ANGLE_DEG = 1.0  # between the rays to a corner
LEAST_SIDE_PX = 12.0


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: its corners (4, 3) in the reconstruction, from the top left one clockwise."""

    number: int
    corners: Float64
    views: int

    @property
    def side(self) -> float:
        """Mean length of its sides."""
        return float(np.linalg.norm(self.corners - np.roll(self.corners, 1, axis=0), axis=1).mean())


def by_tags(
    piece: SfmPiece, load: Callable[[int], UInt8], family: str, size_m: float, origin: int
) -> tuple[Similarity, str]:
    """Return the scale that tags give, with the axes of the tag ``origin`` if it is not below 0, and words.

    Args:
        load: returns image ``number`` (H, W, 3) RGB.
        family: of the tags, for example ``36h11``.
        size_m: side of a tag's black square.

    Raises:
        SfmError: no size was given, no tag is seen from two sides, or the origin is not among them.
    """
    if not size_m > 0:
        raise SfmError("The size of the AprilTags is not known", "Give --tag-size METERS, over the black square")
    tags = find_tags(piece, load, family)
    if not tags:
        raise SfmError(
            f"No AprilTag of family {family} was found in two images from different sides",
            "Check --tag-family and that tags are at least 12 pixels wide and sharp; film them while walking past",
        )
    scales = np.array([size_m / tag.side for tag in tags])
    spread = f", whose sizes agree to {100 * (scales.max() / scales.min() - 1):.1f} %" if len(tags) > 1 else ""
    change, words = (
        Similarity.of_scale(float(np.median(scales))),
        f"{len(tags)} AprilTag{'s' * (len(tags) > 1)}{spread}",
    )
    if origin < 0:
        return change, words
    chosen = next((tag for tag in tags if tag.number == origin), None)
    if chosen is None:
        there = ", ".join(str(tag.number) for tag in tags)
        raise SfmError(f"The tag {origin} was not found from two sides; found were {there}", "Choose one of these")
    return _in_axes_of(chosen.corners * change.scale, change), f"{words}; origin and axes of tag {origin}"


def _in_axes_of(corners: Float64, change: Similarity) -> Similarity:
    right = (corners[1] - corners[0]) + (corners[2] - corners[3])
    up = (corners[0] - corners[3]) + (corners[1] - corners[2])
    x = right / np.linalg.norm(right)
    z = np.cross(x, up)
    z /= np.linalg.norm(z)
    rotation = np.stack([x, np.cross(z, x), z])
    return Similarity(1.0, rotation, -rotation @ corners.mean(axis=0)).after(change)


def find_tags(piece: SfmPiece, load: Callable[[int], UInt8], family: str) -> list[Tag]:
    """Return the tags that are seen from two sides and whose corners fit, by number."""
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_APRILTAG  # SUBPIX makes small tags 1 % smaller
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, f"DICT_APRILTAG_{family}"))
    detector = cv2.aruco.ArucoDetector(dictionary, parameters)
    seen: dict[int, list[tuple[int, Float64]]] = defaultdict(list)
    for index, number in enumerate(piece.images):
        corners, numbers, _ = detector.detectMarkers(cv2.cvtColor(load(number), cv2.COLOR_RGB2GRAY))
        for outline, tag in zip(corners, [] if numbers is None else np.ravel(numbers).tolist(), strict=True):
            uv = np.asarray(outline, np.float64).reshape(4, 2)
            if np.linalg.norm(uv - np.roll(uv, 1, axis=0), axis=1).min() >= LEAST_SIDE_PX:
                seen[int(tag)].append((index, uv))
    found = []
    for tag, views in sorted(seen.items()):
        square = _triangulated(piece, views) if len(views) > 1 else None
        if square is not None:
            found.append(Tag(tag, square, len(views)))
    return found


def _triangulated(piece: SfmPiece, views: list[tuple[int, Float64]]) -> Float64 | None:
    """Corners (4, 3), each by the views' rays; None if they are too parallel, or do not fit."""
    cam_from_world = transforms.inverse(piece.world_from_cam[[index for index, _ in views]])
    cameras: list[Camera] = [piece.cameras[index] for index, _ in views]
    rays = np.stack([camera.normalize(uv) for camera, (_, uv) in zip(cameras, views, strict=True)])  # (V, 4, 2)
    corners = []
    for at in range(4):
        rows = [ray[at, i] * pose[2] - pose[i] for ray, pose in zip(rays, cam_from_world, strict=True) for i in (0, 1)]
        x = np.linalg.svd(np.array(rows))[2][-1]
        if abs(x[3]) < 1e-12:
            return None
        corners.append(x[:3] / x[3])
    found = np.array(corners)
    to_center = found.mean(axis=0) - piece.world_from_cam[[index for index, _ in views], :3, 3]
    units = to_center / np.linalg.norm(to_center, axis=1, keepdims=True)
    if np.degrees(np.arccos(np.clip((units @ units.T).min(), -1, 1))) < LEAST_ANGLE_DEG:
        return None
    errors = [
        np.linalg.norm(camera.project(transforms.transform(pose, found)) - uv, axis=1)
        for camera, pose, (_, uv) in zip(cameras, cam_from_world, views, strict=True)
    ]
    return found if np.nanmedian(errors) <= MOST_ERROR_PX and np.isfinite(errors).all() else None
