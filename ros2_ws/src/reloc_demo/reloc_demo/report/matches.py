"""Draw a query beside the reference that was used, with the landmarks that both see."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.features.matching import mutual_nearest
from reloc.features.rootsift import RootSift, as_unit
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap
from reloc_demo.drive.robot import BASE_FROM_CAM, CAMERA

Float64 = NDArray[np.float64]
Picture = NDArray[np.uint8]

MAX_ERROR_PX = 4.0
_GAP = 8


def landmarks_in_both(
    reference_map: ReferenceMap, reference: int, query: Picture, world_from_base: Float64
) -> tuple[Float64, Float64]:
    """Return pixels (N, 2) in the query and in the reference of matched landmarks that agree with the pose."""
    gray = np.asarray(cv2.cvtColor(query, cv2.COLOR_RGB2GRAY), np.uint8)
    features = RootSift().extract(gray)
    stored = reference_map.features(reference)
    pairs = mutual_nearest(as_unit(features.descriptors), as_unit(stored.descriptors))
    ids = np.asarray(reference_map.landmark_ids(reference))[pairs[:, 1]]
    pairs, ids = pairs[ids >= 0], ids[ids >= 0]
    cam_from_world = inverse(world_from_base @ BASE_FROM_CAM)
    expected = CAMERA.project(transform(cam_from_world, reference_map.landmarks[ids]))
    found = features.uv[pairs[:, 0]]
    fits = np.linalg.norm(expected - found, axis=1) < MAX_ERROR_PX
    return np.asarray(found[fits], np.float64), np.asarray(stored.uv[pairs[fits, 1]], np.float64)


def side_by_side(left: Picture, right: Picture, uv_left: Float64, uv_right: Float64) -> Picture:
    """Draw two pictures with lines between points (N, 2) of one and of the other."""
    height = max(left.shape[0], right.shape[0])
    shift = left.shape[1] + _GAP
    sheet = np.full((height, shift + right.shape[1], 3), 255, np.uint8)
    sheet[: left.shape[0], : left.shape[1]] = left
    sheet[: right.shape[0], shift:] = right
    lines = sheet.copy()
    colours = cv2.applyColorMap(np.linspace(40, 215, max(2, len(uv_left))).astype(np.uint8), cv2.COLORMAP_TURBO)
    order = np.argsort(uv_left[:, 1])
    for rank, k in enumerate(order):
        colour = tuple(int(c) for c in colours[rank, 0, ::-1])
        a, b = (tuple(round(v) for v in uv) for uv in (uv_left[k], uv_right[k] + (shift, 0)))
        cv2.line(lines, a, b, colour, 1, cv2.LINE_AA)
        for dot in (a, b):
            cv2.circle(sheet, dot, 3, colour, -1, cv2.LINE_AA)
            cv2.circle(lines, dot, 3, colour, -1, cv2.LINE_AA)
    return np.asarray(cv2.addWeighted(lines, 0.55, sheet, 0.45, 0), np.uint8)


def data_uri(picture: Picture, width: int) -> str:
    """Return a picture (H, W, 3) RGB as a data: address, at most ``width`` pixels wide."""
    if picture.shape[1] > width:
        size = (width, round(picture.shape[0] * width / picture.shape[1]))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    file = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 86])[1]
    return "data:image/jpeg;base64," + base64.b64encode(file.tobytes()).decode()
