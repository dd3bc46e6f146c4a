"""Further drives in the tiny world."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.maps.source import SourceFrame
from support.tiny_world import TinySource, look_at


def beside() -> list[Float64]:
    """Poses half a meter beside the small map's, which look at the same wall and on at the next."""
    return [look_at(np.array([2.4 + 0.1 * i, 1.0, 1.3]), np.array([2.6 + 0.35 * i, 4.0, 1.2])) for i in range(4)]


def frames(poses: list[Float64], seed: int = 0, moved: Float64 | None = None) -> list[SourceFrame]:
    """What a camera sees from there; ``moved`` is drive_from_world of a drive whose poses are in a frame of its own."""
    found = TinySource(poses=poses, seed=seed).frames("train")
    if moved is None:
        return found
    return [
        SourceFrame(f.name, f.load_image, f.camera, moved @ pose, load_depth=f.load_depth)
        for f, pose in zip(found, poses, strict=True)
    ]
