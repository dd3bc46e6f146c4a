"""How much of a new frame's view a reference of the map shares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import CameraError
from reloc.geometry.cameras import Camera
from reloc.maps.building import pairs
from reloc.maps.building.references import IngestedReferences
from reloc.maps.building.view_index import candidates
from reloc.maps.building.view_overlap import SAME_VIEW
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame

_NEIGHBORS = 30


def shared_with(opened: ReferenceMap, frames: Sequence[SourceFrame]) -> Float64:
    """Return (M,) the largest share, 0 to 1, of each frame's view that it and one reference both see.

    Args:
        frames: with poses in the map's frame.

    Raises:
        CameraError: a frame's intrinsics are unknown.
    """
    first = len(opened)
    cameras = list(dict.fromkeys(opened.camera(i) for i in range(first)))
    camera_of = [cameras.index(opened.camera(i)) for i in range(first)]
    for frame in frames:
        if frame.camera is None:
            raise CameraError(f"The intrinsics of {frame.name} are unknown", "Pass --camera f or --camera fx,fy,cx,cy")
        if frame.camera not in cameras:
            cameras.append(frame.camera)
        camera_of.append(cameras.index(frame.camera))
    poses = np.concatenate([opened.world_from_cam, [np.asarray(frame.world_from_cam) for frame in frames]])
    names = (*opened.names, *(frame.name for frame in frames))
    both = IngestedReferences(Path(), names, names, poses, tuple[Camera, ...](cameras), tuple(camera_of))
    compared = candidates(poses, _NEIGHBORS)
    seen = pairs.seen_by_both(both, pairs.between(compared, first))[first:, :first]
    return np.asarray(np.minimum(seen.max(axis=1).toarray().ravel() / SAME_VIEW, 1.0), dtype=np.float64)
