"""The settings that a task must define to get rendered rooms: :class:`RoomsConfig`.

Two configurations with equal values have the same rooms. So a run may use the rooms of another run by a link in its
workspace.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from reloc.geometry.cameras import Camera


def square_camera(side: int, view_deg: float, aspect: float) -> Camera:
    """Return the camera of views that are squeezed into a square image. Its pixels are not square.

    Args:
        side: width and height of the images, pixels.
        view_deg: angle of view across the width.
        aspect: ratio of the view's width to its height.
    """
    fx = 0.5 * side / float(np.tan(np.deg2rad(0.5 * view_deg)))
    return Camera(side, side, fx, fx * aspect, 0.5 * (side - 1), 0.5 * (side - 1))


class RoomsConfig(Protocol):
    """Fields or properties of a task's configuration; see :class:`RoomsParameters` for their meaning."""

    @property
    def seed(self) -> int:
        """The seed of the worlds and of their views."""

    @property
    def places(self) -> int:
        """The number of places that each world is viewed from."""

    @property
    def views(self) -> int:
        """The number of views of each place."""

    @property
    def sparse(self) -> float:
        """The share of worlds that are viewed in the sparse manner, 0 to 1."""

    @property
    def response(self) -> float:
        """The variation of the cameras' exposure, color and noise, 0 to 1."""

    @property
    def textures(self) -> str:
        """The folder of photographs to add to the textures; empty adds none."""

    @property
    def camera(self) -> Camera:
        """The camera, a pinhole. Its pixels need not be square."""


def described(config: RoomsConfig, worlds: int) -> str:
    """Return the rooms' description for a model card; the photographs' origin is part of the license."""
    photos = f"photographs of `{config.textures}` and procedural" if config.textures else "procedural"
    return f"{worlds:,} synthetic worlds by `reloc synth` with {photos} textures"
