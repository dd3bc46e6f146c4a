"""The references of a map as frames of a drive, to add them to another map."""

from __future__ import annotations

from functools import partial

from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame


def frames_of(opened: ReferenceMap) -> list[SourceFrame]:
    """Return them, with poses in that map's frame."""
    return [
        SourceFrame(
            reference.name,
            partial(opened.image, index),
            opened.camera(index),
            opened.world_from_cam[index].copy(),
            reference.stamp_ns,
            image_file=opened.image_path(index),
        )
        for index, reference in enumerate(opened.references)
    ]
