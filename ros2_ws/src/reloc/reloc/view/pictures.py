"""Read a map's images once: a thumbnail of each reference, and the color of each landmark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.errors import ImageError
from reloc.images import resize_to
from reloc.maps.reference_map import ReferenceMap

THUMBNAIL = 192  # longest side, pixels
NO_COLOR = 130  # gray of a landmark whose images are missing


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """What the images of a map show."""

    thumbnails: tuple[UInt8 | None, ...]  # of each reference, (H, W, 3) RGB; None if its image is missing
    colors: UInt8  # (L, 3) RGB of each landmark
    missing: int  # references without an image

    @property
    def shown(self) -> int:
        """Number of references with an image."""
        return len(self.thumbnails) - self.missing


def read_pictures(
    reference_map: ReferenceMap, on_done: Callable[[int, int], None] = lambda done, total: None
) -> Pictures:
    """Read all images. A landmark has the mean color of its key points. A missing image is counted, not refused.

    Args:
        on_done: called with the number of images read, and of all.
    """
    count = len(reference_map)
    sums = np.zeros((len(reference_map.landmarks), 3))
    seen = np.zeros(len(sums))
    thumbnails: list[UInt8 | None] = []
    for index in range(count):
        try:
            image = reference_map.image(index)
        except ImageError:
            thumbnails.append(None)
        else:
            thumbnails.append(resize_to(image, THUMBNAIL))
            if len(sums):
                _sample(reference_map, index, image, sums, seen)
        on_done(index + 1, count)
    colors = np.full(sums.shape, NO_COLOR, np.uint8)
    colors[seen > 0] = (sums[seen > 0] / seen[seen > 0, None]).astype(np.uint8)
    return Pictures(tuple(thumbnails), colors, sum(one is None for one in thumbnails))


def _sample(reference_map: ReferenceMap, index: int, image: UInt8, sums: Float64, seen: Float64) -> None:
    """Add the colors at a reference's key points to their landmarks' sums."""
    ids = reference_map.landmark_ids(index)
    has = ids >= 0
    uv = np.rint(reference_map.features(index).uv[has]).astype(int)
    rows, columns = np.clip(uv[:, 1], 0, image.shape[0] - 1), np.clip(uv[:, 0], 0, image.shape[1] - 1)
    np.add.at(sums, ids[has], image[rows, columns])
    np.add.at(seen, ids[has], 1)
