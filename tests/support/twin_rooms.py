"""Two rooms that look exactly alike, 20 m apart, in one map."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from reloc.datatypes import Float64
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame
from support.made_once import made_once
from support.tiny_world import TinySource, reference_poses

SHIFT = np.array([20.0, 0.0, 0.0])


class TwinRooms(TinySource):
    """The tiny world, and once more farther along x: the same pictures at other poses."""

    def frames(self, split: str) -> list[SourceFrame]:
        first = super().frames(split)
        return first + [
            SourceFrame("twin/" + f.name, f.load_image, f.camera, shifted(f.world_from_cam), load_depth=f.load_depth)
            for f in first
            if f.world_from_cam is not None
        ]


def shifted(world_from_cam: Float64) -> Float64:
    """The same place in the other room."""
    moved = world_from_cam.copy()
    moved[:3, 3] += SHIFT
    return moved


def build_twin_map(folder: Path) -> ReferenceMap:
    """A map of both rooms, landmarks from depth: a copy of the one that is made once a run."""

    def make(path: Path) -> None:
        build_map(TwinRooms(poses=reference_poses(8)), path, BuildConfig(landmarks="depth", retrieval="vlad"))

    return ReferenceMap.open(shutil.copytree(made_once("twins.map", make), folder / "twins.map"))
