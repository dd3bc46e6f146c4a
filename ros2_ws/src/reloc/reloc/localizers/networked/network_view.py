"""Prepare the network's view of a query: the image as its training camera would take it, or the reason why not."""

from __future__ import annotations

import numpy as np

from reloc import images
from reloc.datatypes import Lost, LostReason, Query, UInt8
from reloc.estimators.query_image import image_of
from reloc.geometry.cameras import Camera
from reloc.preprocessing import Preprocess

MIN_CONTRAST = 5.0  # gray levels of standard deviation; a covered or dark camera still has noise


def show(query: Query, preprocess: Preprocess, min_coverage: float, out: UInt8) -> float | Lost:
    """Fill ``out``, a network's input of one image (h, w, 3); return the share of it that the query's image shows.

    Returns Lost for an image that cannot be used, comes from a covered camera, or shows less than ``min_coverage``.
    """
    image = image_of(query, images.to_8_bit)
    if isinstance(image, Lost):
        return image
    step = max(1, min(image.shape[:2]) // 64)
    glance = image[::step, ::step]
    contrast = float(glance.std(axis=(0, 1)).max())
    if contrast < MIN_CONTRAST:
        detail = f"Contrast of {contrast:.1f} gray levels (mean {glance.mean():.0f} of 255); {MIN_CONTRAST:g} required"
        return Lost(LostReason.TOO_FEW_FEATURES, detail)
    coverage = preprocess.coverage(query.camera)
    if coverage < min_coverage:
        detail = (
            f"The image shows {coverage:.0%} of the network's view ({_degrees(preprocess.target):.0f} degrees "
            f"wide, this camera {_degrees(query.camera):.0f}); {min_coverage:.0%} required"
        )
        return Lost(LostReason.CAMERA_MISMATCH, detail)
    preprocess.into(image, query.camera, out)
    return coverage


def _degrees(camera: Camera) -> float:
    return float(np.rad2deg(2.0 * np.arctan(0.5 * camera.width / camera.fx)))
