"""Check that the parts of a map match one another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import MapHashError, MapIncompleteError
from reloc.maps import layout
from reloc.maps.content import Reference
from reloc.maps.manifest import Manifest

_FIX = "Build or fetch the map again"


def check_parts(
    folder: Path,
    manifest: Manifest,
    frame: str,
    world_from_cam: Float64,
    references: Sequence[Reference],
    cameras: int,
    camera_of: Sequence[int],
) -> None:
    """Check that the parts match one another; the hashes only show that nothing changed.

    Raises:
        MapHashError: another frame than the manifest's, or a pose that is not finite.
        MapIncompleteError: sizes differ, or an image is not listed.
    """
    count = len(references)
    if frame != manifest.frame:
        raise MapHashError(
            f"{folder}: the manifest names the frame {manifest.frame!r}, but the content names {frame!r}", _FIX
        )
    fits = (
        manifest.references == count
        and world_from_cam.shape == (count, 4, 4)
        and world_from_cam.dtype == np.float64
        and len(camera_of) == count
        and max(camera_of) < cameras
    )
    if not fits:
        raise MapIncompleteError(f"{folder}: its arrays differ from the sizes in its manifest", _FIX)
    if not np.isfinite(world_from_cam).all():
        raise MapHashError(f"{folder / layout.POSES} holds poses that are not finite", _FIX)
    listed = {entry.path for entry in manifest.files}
    unlisted = next((r.image for r in references if r.image not in listed), None)
    if unlisted is not None:
        raise MapIncompleteError(f"{folder / unlisted} is not listed in {layout.MANIFEST}", _FIX)
