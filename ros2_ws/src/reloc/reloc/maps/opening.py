"""Which files of a map are read when it is opened, and whether its parts match one another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import MapHashError, MapIncompleteError
from reloc.maps import layout
from reloc.maps.content import Reference
from reloc.maps.feature_set import UNMATCHED
from reloc.maps.manifest import FileEntry, Manifest

_FIX = "Build or fetch the map again"
_SMALL = 1 << 24  # bytes


def is_read_at_once(entry: FileEntry) -> bool:
    """Return whether every localizer needs a file, or it is a calibration; others are read on request."""
    if entry.path in (layout.REFERENCES, layout.CAMERAS, layout.POSES):
        return True
    file = PurePosixPath(entry.path)
    if file.suffix == ".json":
        return file.parts[0] == layout.COMPILED and entry.size <= _SMALL
    parents = (layout.arrays_folder(layout.FEATURES), layout.arrays_folder(layout.LANDMARKS))
    return file.parent.as_posix() in parents and file.suffix == ".npy" and file.stem != UNMATCHED


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
