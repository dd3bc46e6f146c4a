"""The references of the map that is being built, as the later steps see them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reloc import images
from reloc.datatypes import Float64, UInt8, freeze
from reloc.geometry.cameras import Camera
from reloc.maps import layout


@dataclass(frozen=True, slots=True)
class IngestedReferences:
    """What ingest wrote."""

    content: Path
    names: tuple[str, ...]
    images: tuple[str, ...]  # paths in the map
    world_from_cam: Float64  # (N, 4, 4)
    cameras: tuple[Camera, ...]  # the distinct ones
    camera_of: tuple[int, ...]  # (N,) which camera took each

    def __post_init__(self) -> None:
        freeze(self.world_from_cam)

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def load(cls, content: Path) -> IngestedReferences:
        """Read them from the unfinished map."""
        listed = json.loads((content / layout.REFERENCES).read_text())["references"]
        cameras = json.loads((content / layout.CAMERAS).read_text())
        return cls(
            content,
            tuple(r["name"] for r in listed),
            tuple(r["image"] for r in listed),
            np.load(content / layout.POSES),
            tuple(Camera.from_dict(c) for c in cameras["cameras"]),
            tuple(cameras["camera_of"]),
        )

    def camera(self, index: int) -> Camera:
        """Camera of reference ``index``."""
        return self.cameras[self.camera_of[index]]

    def gray(self, index: int) -> UInt8:
        """The stored image of reference ``index``, (H, W).

        Raises:
            ImageError: it cannot be decoded.
        """
        return images.to_gray(images.load(self.content / self.images[index]))
