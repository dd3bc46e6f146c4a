"""Pairs of images as hloc reads them: ``pairs.txt``, two names a line, those that share most landmarks first."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reloc.errors import MapFeatureError
from reloc.files import write_atomic
from reloc.maps.exports.shared.images import copy_images, image_names
from reloc.maps.reference_map import ReferenceMap

LEAST_SHARED = 15  # landmarks; fewer give matchers nothing to work on
MOST_PARTNERS = 20  # of an image: hloc's default number for covisibility


class PairsExport:
    """Writes pairs of references that see the same landmarks."""

    name = "pairs"
    conventions = (
        f"pairs.txt: two names in images/ a line, for hloc's match_features. Both see at least {LEAST_SHARED} "
        f"landmarks; each image has its {MOST_PARTNERS} best partners."
    )

    def write(self, reference_map: ReferenceMap, folder: Path) -> None:
        """See :class:`reloc.maps.exports.export.MapExport`."""
        if not reference_map.has_landmarks:
            raise MapFeatureError(
                f"The map {reference_map.path} has no landmarks, so it is not known which images share a view",
                "Build it with --landmarks triangulate",
            )
        copy_images(reference_map, folder / "images")
        lines = [f"{a} {b}" for a, b in covisible_pairs(reference_map)]
        write_atomic(folder / "pairs.txt", "".join(f"{line}\n" for line in lines))


def covisible_pairs(reference_map: ReferenceMap) -> list[tuple[str, str]]:
    """Return the pairs of image names, by image, then by falling number of shared landmarks; each pair once."""
    names = image_names(reference_map, " \t")
    count = len(names)
    seen = np.zeros((count, reference_map.manifest.landmarks), bool)
    for index in range(count):
        ids = reference_map.landmark_ids(index)
        seen[index, ids[ids >= 0]] = True
    pairs: dict[tuple[int, int], None] = {}
    as_numbers = seen.astype(np.float32)
    for index in range(count):
        shared = as_numbers @ as_numbers[index]
        shared[index] = 0
        for other in np.argsort(-shared, kind="stable")[:MOST_PARTNERS].tolist():
            if shared[other] >= LEAST_SHARED:
                pairs[min(index, other), max(index, other)] = None
    return [(names[a], names[b]) for a, b in pairs]


PLUGIN = PairsExport
