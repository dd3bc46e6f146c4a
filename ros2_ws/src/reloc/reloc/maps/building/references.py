"""The references of the map that is being built, for the later steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from reloc import images
from reloc.datatypes import Float64, UInt8, freeze
from reloc.errors import MapIncompleteError
from reloc.geometry.cameras import Camera
from reloc.maps import layout
from reloc.maps.content import blame_of, cameras_in, references_in
from reloc.parsing import npy_file
from reloc.parsing.regular_file import read_bytes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class IngestedReferences:
    """The output of ingest."""

    content: Path
    names: tuple[str, ...]
    images: tuple[str, ...]  # paths in the map
    world_from_cam: Float64  # (N, 4, 4)
    cameras: tuple[Camera, ...]  # the distinct ones
    camera_of: tuple[int, ...]  # (N,) index of each reference's camera
    images_in: Path | None = None  # the map whose images these are; None: ``content``

    def __post_init__(self) -> None:
        freeze(self.world_from_cam)

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def load(cls, content: Path) -> IngestedReferences:
        """Read them from the unfinished map.

        Raises:
            MapError: a file was changed or damaged since it was written.
        """
        listed, _ = _load(references_in, content / layout.REFERENCES)
        cameras, camera_of = _load(cameras_in, content / layout.CAMERAS)
        poses = npy_file.load(content / layout.POSES, blame_of(content / layout.POSES))
        fits = poses.shape == (len(listed), 4, 4) and poses.dtype == np.float64 and len(camera_of) == len(listed)
        if not fits or max(camera_of, default=-1) >= len(cameras):
            raise MapIncompleteError(f"{content}: its parts do not match one another", "Remove it, and build again")
        return cls(content, tuple(r.name for r in listed), tuple(r.image for r in listed), poses, cameras, camera_of)

    def part(self, indices: Sequence[int]) -> IngestedReferences:
        """Return some of them, in that order."""
        return replace(
            self,
            names=tuple(self.names[i] for i in indices),
            images=tuple(self.images[i] for i in indices),
            world_from_cam=self.world_from_cam[list(indices)],
            camera_of=tuple(self.camera_of[i] for i in indices),
        )

    def camera(self, index: int) -> Camera:
        """Return the camera of reference ``index``."""
        return self.cameras[self.camera_of[index]]

    def gray(self, index: int) -> UInt8:
        """Return the stored image of reference ``index``, (H, W).

        Raises:
            ImageError: it cannot be decoded.
        """
        return images.to_gray(self.rgb(index))

    def rgb(self, index: int) -> UInt8:
        """Return the stored image of reference ``index``, (H, W, 3).

        Raises:
            ImageError: it cannot be decoded.
        """
        return images.load((self.images_in or self.content) / self.images[index])


def _load(parse: Callable[[bytes, Path], T], file: Path) -> T:
    return parse(read_bytes(file, blame_of(file)), file)
