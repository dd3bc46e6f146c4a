"""The color of each landmark: the mean over the pixels that see it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from reloc.datatypes import Float32, UInt8
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.references import IngestedReferences


def landmark_colors(references: IngestedReferences, positions: Sequence[Float32], landmarks: Landmarks) -> UInt8:
    """Return (L, 3) RGB, sampled between the pixels at the observations, whose ``positions`` (K, 2) are in pixels.

    Raises:
        ImageError: an image cannot be decoded.
    """
    total, seen = np.zeros((len(landmarks), 3)), np.zeros(len(landmarks))
    for index, (found, ids) in enumerate(zip(positions, landmarks.ids, strict=True)):
        used = ids >= 0
        if used.any():
            columns, rows = found[used].T.astype(np.float32)
            sampled = cv2.remap(references.rgb(index), columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            np.add.at(total, ids[used], sampled.reshape(-1, 3))
            np.add.at(seen, ids[used], 1)
    return np.rint(total / np.maximum(seen, 1)[:, None]).astype(np.uint8)
