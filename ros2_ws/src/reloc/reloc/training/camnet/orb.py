"""How alike two images are by ORB, where there is no depth: CamNet's equation (3).

Printed as the share of brute-force matches whose distance is *above* the threshold of 50; ORB's are Hamming distances,
of which small ones mean alike, so the share *below* is what must be meant. theta'_1 matches the first image's key
points to the second's, theta'_2 the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.geometry.transforms import rotation_angles_between

THRESHOLD = 50  # the paper's xi
KEY_POINTS = 300
FEWEST = 10  # key points; an image with fewer is like none
TURNED = np.pi / 2  # views turned by more share nothing: they are not compared


def descriptors(image: UInt8) -> UInt8:
    """(K, 32) of an image (H, W, 3) RGB."""
    orb = cv2.ORB.create(nfeatures=KEY_POINTS, edgeThreshold=16, patchSize=16, fastThreshold=10)
    gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    found = orb.detectAndCompute(gray, None)[1]
    return np.zeros((0, 32), np.uint8) if found is None else np.asarray(found, dtype=np.uint8)


def similarity(one: UInt8, other: UInt8) -> float:
    """Share of the first's descriptors whose nearest one of the other image is nearer than the threshold."""
    if len(one) < FEWEST or len(other) < FEWEST:
        return 0.0
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).match(one, other)
    return float(np.mean([match.distance < THRESHOLD for match in matches]))


def similarities(
    images: Iterable[UInt8], world_from_cam: Float64, track: Callable[[range], Iterable[int]] = lambda rows: rows
) -> Float64:
    """(N, N) as :func:`reloc.training.camnet.overlap.overlaps`; 0 for views that are turned away from each other."""
    found = [descriptors(image) for image in images]
    alike = np.zeros((len(found), len(found)))
    for i in track(range(len(found))):
        near = rotation_angles_between(world_from_cam, world_from_cam[i]) <= TURNED
        for j in np.flatnonzero(near):
            alike[i, j] = 1.0 if i == j else similarity(found[i], found[j])
    return alike
