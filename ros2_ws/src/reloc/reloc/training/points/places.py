"""Where the points of a training view are: at key points, which matter later, and anywhere."""

from __future__ import annotations

import numpy as np
import torch

from reloc.datatypes import Float32, UInt8
from reloc.networks.points_detection import BlobDetector
from reloc.networks.points_selection import select

KEYPOINTS = 0.75  # share of key points among the points
MOST = 512  # key points of a view that are drawn from
_BLOBS = BlobDetector()


def places(gray: UInt8, count: int, random: np.random.Generator) -> Float32:
    """Return pixels (2 * count, 2) of a view (H, W): key points and random places, mixed.

    They are twice as many as wanted, because the other view shows perhaps half of them.
    """
    height, width = gray.shape
    found = key_points(gray)
    found = found[random.permutation(len(found))[: round(2 * count * KEYPOINTS)]]
    anywhere = random.uniform(0, (width - 1, height - 1), (2 * count - len(found), 2))
    return random.permutation(np.concatenate([found, anywhere.astype(np.float32)]))


def key_points(gray: UInt8) -> Float32:
    """Return the key points (N, 2) of a view (H, W), in pixels; the detector learns nothing."""
    with torch.no_grad():
        response = _BLOBS(torch.from_numpy(np.ascontiguousarray(gray))[None])
        count = min(MOST, 4 * response[0, 0].numel())
        chosen = select(response, torch.ones_like(response[:, :1]), count)
        good = chosen.score[0] > 0
        found: Float32 = (chosen.pixel[0] + chosen.shift[0])[good].numpy().astype(np.float32)
    return found
