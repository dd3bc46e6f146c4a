"""Make small pictures of queries and references for the page."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np

from reloc import images
from reloc.datatypes import Float32, UInt8
from reloc.errors import RelocError
from reloc.evaluation.outcome import QueryOutcome
from reloc.maps.reference_map import ReferenceMap

WIDTH = 400  # px; the longer side
_DOT = (40, 230, 90)  # RGB


def query_picture(outcome: QueryOutcome) -> str:
    """Return the query with its inliers as dots, as a ``data:`` address; empty if it cannot be read."""
    if outcome.load_image is None:
        return ""
    try:
        image = outcome.load_image()
    except (RelocError, OSError):
        return ""
    support = outcome.answer.support
    return data_uri(_with_dots(image, support.uv_inliers if support else np.zeros((0, 2), np.float32)))


def reference_picture(outcome: QueryOutcome, reference_map: ReferenceMap) -> str:
    """Return the best reference in the same form."""
    if not outcome.answer.references:
        return ""
    try:
        return data_uri(images.resize_to(reference_map.image(outcome.answer.references[0].index), WIDTH))
    except RelocError:
        return ""


def data_uri(image: UInt8) -> str:
    """Return an image (H, W, 3) RGB as a JPEG in a ``data:`` address."""
    encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82])[1]
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")


def _with_dots(image: UInt8, uv: Float32) -> UInt8:
    small: Any = images.resize_to(image, WIDTH).copy()
    scale = small.shape[1] / image.shape[1]
    for u, v in (uv + 0.5) * scale - 0.5:
        cv2.circle(small, (round(float(u)), round(float(v))), 2, _DOT, 1, cv2.LINE_AA)
    return np.asarray(small, np.uint8)
