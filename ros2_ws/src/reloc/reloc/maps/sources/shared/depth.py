"""Read a data set's depth camera and its 16-bit depth images."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import ConfigError, ImageError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.depth import DepthImage
from reloc.maps.source import SourceOptions
from reloc.maps.sources.shared.camera import Origin, counts_from_corner, parse_camera
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real

INVALID = 65535  # beside 0


@dataclass(frozen=True, slots=True)
class DepthRig:
    """How to read depth images, and the pose of their camera."""

    camera: str  # as the option of that name; empty: registered to the color image
    corner: bool
    cam_from_depth: Float64  # (4, 4)
    units_per_metre: float

    def load_if_there(self, path: Path | None, colour: Camera) -> DepthImage | None:
        """Return the depth image, or None if the file does not exist.

        Without a known depth camera, the image counts as registered to the ``colour`` camera's.

        Raises:
            ImageError: the file exists, but is not a 16-bit image with one channel.
        """
        if path is None or not os.path.isfile(path):  # Path.is_file raises where a name of the data is too long
            return None
        raw = images.load_unchanged(path)
        if raw.dtype != np.uint16 or raw.ndim != 2:
            raise ImageError(
                f"{path} is {raw.dtype} of shape {raw.shape}", "Depth images must have one channel of 16 bits"
            )
        metres = np.where(raw == INVALID, 0, raw).astype(np.float32) / np.float32(self.units_per_metre)
        height, width = raw.shape
        told = self.camera and parse_camera(self.camera, (width, height), corner=self.corner)
        camera = told or (colour if colour.width == width else colour.scaled(width, height))
        return DepthImage(metres, camera, self.cam_from_depth)


def depth_rig(
    options: SourceOptions,
    own_origin: Origin,
    camera: str,
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0),
    units_per_metre: float = 1000.0,
) -> DepthRig:
    """Return the depth camera given by options, or else the data set's.

    Args:
        offset: position of the depth camera in the color camera's frame, in meters; both look the same way.

    Raises:
        ConfigError: ``depth_offset`` is not three numbers.
    """
    translation = offset
    if options.depth_offset:
        blame = Blame(f"depth_offset={shown(options.depth_offset)}", ConfigError, "Give x,y,z in meters")
        words = options.depth_offset.split(",")
        if len(words) != 3:
            raise blame.refuse(f"has {len(words)} numbers")
        x, y, z = (real(word, blame) for word in words)
        translation = (x, y, z)
    corner = counts_from_corner(options, own_origin) if options.depth_camera else own_origin == "corner"
    return DepthRig(
        options.depth_camera or camera,
        corner,
        transforms.make(np.eye(3), translation),
        options.depth_scale or units_per_metre,
    )
