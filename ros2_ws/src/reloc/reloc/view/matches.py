"""Draw the matches of an image with a reference: both side by side, with a line for each match."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from reloc.datatypes import Float64, LocalFeatures, UInt8
from reloc.features.descriptors import as_unit
from reloc.features.matching import mutual_nearest
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.images import to_rgb
from reloc.maps.reference_map import ReferenceMap

NEAR_PX = 8.0  # a match within this distance of where the pose expects it agrees with the pose
_RATIO = 0.8
_HEIGHT, _GAP = 360, 6  # pixels
_MOST_LINES = 70  # of each kind: more hide the images
_GOOD, _BAD = (30, 160, 90), (190, 60, 60)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnMatches:
    """Matches of an image with a reference."""

    uv: Float64  # (M, 2) in the image, pixels
    uv_reference: Float64  # (M, 2) in the reference, pixels
    agree: np.typing.NDArray[np.bool_]  # (M,) whether each agrees with the pose


def find_matches(
    reference_map: ReferenceMap, index: int, features: LocalFeatures, camera: Camera, world_from_cam: Float64
) -> DrawnMatches:
    """Match an image with a reference, and check each match against the image's pose.

    Key points with a landmark are projected; the others must lie on their epipolar line.

    Args:
        features: of the image, extracted like the map's.
        world_from_cam: (4, 4) the image's pose.
    """
    there = reference_map.features(index)
    pairs = mutual_nearest(as_unit(features.descriptors), as_unit(there.descriptors), _RATIO)
    uv, other = features.uv[pairs[:, 0]].astype(np.float64), there.uv[pairs[:, 1]].astype(np.float64)
    off = _off_epipolar_line(reference_map, index, uv, other, camera, world_from_cam)
    if reference_map.has_landmarks:
        ids = reference_map.landmark_ids(index)[pairs[:, 1]]
        has = ids >= 0
        in_cam = transforms.transform(transforms.inverse(world_from_cam), reference_map.landmarks[ids[has]])
        off[has] = np.where(in_cam[:, 2] > 0, np.linalg.norm(camera.project(in_cam) - uv[has], axis=1), np.inf)
    return DrawnMatches(uv, other, off <= NEAR_PX)


def draw_matches(image: UInt8, reference: UInt8, found: DrawnMatches) -> UInt8:
    """Return both images side by side, (H, W, 3) RGB: green lines agree with the pose, red ones do not."""
    pictures = [_of_height(image), _of_height(reference)]
    canvas = np.full((_HEIGHT, sum(p.shape[1] for p in pictures) + _GAP, 3), 255, np.uint8)
    canvas[:, : pictures[0].shape[1]] = pictures[0]
    right = pictures[0].shape[1] + _GAP
    canvas[:, right:] = pictures[1]
    scales = pictures[0].shape[1] / image.shape[1], pictures[1].shape[1] / reference.shape[1]
    for wanted, color in ((False, _BAD), (True, _GOOD)):  # the good ones on top
        for number in _some(np.flatnonzero(found.agree == wanted)):
            start = np.rint(found.uv[number] * scales[0]).astype(int)
            end = np.rint(found.uv_reference[number] * scales[1]).astype(int) + (right, 0)
            cv2.line(canvas, tuple(start.tolist()), tuple(end.tolist()), color, 1, cv2.LINE_AA)
            for point in (start, end):
                cv2.circle(canvas, tuple(point.tolist()), 3, color, 1, cv2.LINE_AA)
    return canvas


def _off_epipolar_line(
    reference_map: ReferenceMap, index: int, uv: Float64, other: Float64, camera: Camera, world_from_cam: Float64
) -> Float64:
    """Return (M,) the distance of each point from its match's epipolar line, in pixels of the image."""
    cam_from_ref = transforms.inverse(world_from_cam) @ reference_map.world_from_cam[index]
    essential = transforms.skew(cam_from_ref[:3, 3]) @ cam_from_ref[:3, :3]
    here = np.column_stack([camera.normalize(uv), np.ones(len(uv))])
    there = np.column_stack([reference_map.camera(index).normalize(other), np.ones(len(other))])
    lines = there @ essential.T
    length = np.maximum(np.linalg.norm(lines[:, :2], axis=1), 1e-12)
    return np.asarray(np.abs((here * lines).sum(axis=1)) / length * camera.fx)


def _of_height(image: UInt8) -> UInt8:
    high, wide = image.shape[:2]
    size = (max(1, round(wide * _HEIGHT / high)), _HEIGHT)
    how = cv2.INTER_AREA if high > _HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(to_rgb(image), size, interpolation=how), np.uint8)


def _some(numbers: np.typing.NDArray[np.intp]) -> list[int]:
    step = max(1, len(numbers) // _MOST_LINES)
    return [int(number) for number in numbers[::step]]
