"""Compute the similarity of two images by ORB, for places without depth: CamNet's equation (3).

The paper prints the share of brute-force matches whose distance is *above* the threshold of 50. But ORB uses Hamming
distances, which are small for similar images, so here it is the share *below* it. theta'_1 matches the first image's
key points to the second's; theta'_2 matches the second's to the first's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.geometry.transforms import rotation_angles_between

THRESHOLD = 50  # the paper's xi
KEY_POINTS = 300
FEWEST = 10  # key points; an image with fewer is similar to no image
TURNED = np.pi / 2  # views turned by more than this are not compared, because they share nothing


def descriptors(image: UInt8) -> UInt8:
    """Return the ORB descriptors (K, 32) of an image (H, W, 3) RGB."""
    orb = cv2.ORB.create(nfeatures=KEY_POINTS, edgeThreshold=16, patchSize=16, fastThreshold=10)
    gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    found = orb.detectAndCompute(gray, None)[1]
    return np.zeros((0, 32), np.uint8) if found is None else np.asarray(found, dtype=np.uint8)


def similarity(one: UInt8, other: UInt8) -> float:
    """Return the share of the first descriptors that have a descriptor of the other image below the threshold."""
    if len(one) < FEWEST or len(other) < FEWEST:
        return 0.0
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).match(one, other)
    return float(np.mean([match.distance < THRESHOLD for match in matches]))


def similarities(
    images: Iterable[UInt8], world_from_cam: Float64, track: Callable[[range], Iterable[int]] = lambda rows: rows
) -> Float64:
    """Return (N, N) as :func:`reloc.training.camnet.overlap.overlaps`; 0 for views that are turned away from each
    other.
    """
    found = [descriptors(image) for image in images]
    alike = np.zeros((len(found), len(found)))
    for i in track(range(len(found))):
        near = rotation_angles_between(world_from_cam, world_from_cam[i]) <= TURNED
        for j in np.flatnonzero(near):
            alike[i, j] = 1.0 if i == j else similarity(found[i], found[j])
    return alike
