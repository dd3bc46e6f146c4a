"""The drives of a map as layers: what of each later drives still see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.maps import layout
from reloc.maps.drives import drives_of
from reloc.maps.feature_set import FADED
from reloc.maps.reference_map import ReferenceMap


@dataclass(frozen=True, slots=True)
class Layer:
    """One drive."""

    name: str
    references: int
    landmarks: int  # that it saw first
    missed: int  # of these, that a later drive did not see again
    faded: int  # of these, that probably are gone


def layers(reference_map: ReferenceMap) -> tuple[Layer, ...]:
    """Return the drives of a map, the earliest first; figures are of the features that the map was built with.

    Raises:
        MapHashError: the manifest contradicts itself.
    """
    drives = drives_of(reference_map.manifest)
    first = np.full(reference_map.manifest.landmarks, len(drives))
    if len(first):
        ids = reference_map.arrays(layout.LANDMARKS)["ids"]
        counts = np.diff(reference_map.arrays(layout.FEATURES)["offsets"])
        drive = np.repeat(np.repeat(np.arange(len(drives)), [d.references for d in drives]), counts)
        np.minimum.at(first, ids[ids >= 0], drive[ids >= 0])
    presence = reference_map.landmark_presence
    return tuple(
        Layer(
            one.name, one.references, int((own := first == number).sum()), int((own & (presence < 1.0)).sum()),
            int((own & (presence < FADED / 255.0)).sum()),
        )
        for number, one in enumerate(drives)
    )  # fmt: skip
