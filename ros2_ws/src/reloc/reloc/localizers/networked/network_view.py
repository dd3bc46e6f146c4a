"""What a network is shown of a query: the image as the camera of its training would have taken it, or why not."""

from __future__ import annotations

import numpy as np

from reloc import images
from reloc.datatypes import Lost, LostReason, Query, UInt8
from reloc.estimators.query_image import image_of
from reloc.geometry.cameras import Camera
from reloc.preprocessing import Preprocess

MIN_CONTRAST = 5.0  # grey levels of standard deviation; a covered or dark camera has its noise


def show(query: Query, preprocess: Preprocess, min_coverage: float, out: UInt8) -> float | Lost:
    """Fill ``out``, a network's input of one image (h, w, 3); gives the share of it that the query's image shows.

    Lost for an image that cannot be used, is of a covered camera, or shows less than ``min_coverage``.
    """
    image = image_of(query, images.to_8_bit)
    if isinstance(image, Lost):
        return image
    step = max(1, min(image.shape[:2]) // 64)
    glance = image[::step, ::step]
    contrast = float(glance.std(axis=(0, 1)).max())
    if contrast < MIN_CONTRAST:
        detail = f"Contrast of {contrast:.1f} grey levels (mean {glance.mean():.0f} of 255); {MIN_CONTRAST:g} needed"
        return Lost(LostReason.TOO_FEW_FEATURES, detail)
    coverage = preprocess.coverage(query.camera)
    if coverage < min_coverage:
        detail = (
            f"The image shows {coverage:.0%} of what the network is used to see ({_degrees(preprocess.target):.0f} "
            f"degrees wide, this camera {_degrees(query.camera):.0f}); {min_coverage:.0%} needed"
        )
        return Lost(LostReason.CAMERA_MISMATCH, detail)
    preprocess.into(image, query.camera, out)
    return coverage


def _degrees(camera: Camera) -> float:
    return float(np.rad2deg(2.0 * np.arctan(0.5 * camera.width / camera.fx)))
