"""What a task must say for its rooms to be rendered: :class:`RoomsConfig`.

Two configurations that say the same here have the same rooms, whatever they learn from them: a run may use those that
another rendered, by a link in its workspace.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from reloc.geometry.cameras import Camera


def square_camera(side: int, view_deg: float, aspect: float) -> Camera:
    """What takes views that are squeezed into a square: its pixels are none.

    Args:
        side: width and height of the images, pixels.
        view_deg: angle of view across the width.
        aspect: width by height of the view.
    """
    fx = 0.5 * side / float(np.tan(np.deg2rad(0.5 * view_deg)))
    return Camera(side, side, fx, fx * aspect, 0.5 * (side - 1), 0.5 * (side - 1))


class RoomsConfig(Protocol):
    """Fields or properties of a task's configuration, see :class:`ExReNetTaskConfig` for what they mean."""

    @property
    def seed(self) -> int:
        """Of the worlds, and where they are looked at from."""

    @property
    def places(self) -> int:
        """Places looked at in a world."""

    @property
    def views(self) -> int:
        """Views of a place."""

    @property
    def sparse(self) -> float:
        """Share of worlds seen in the sparse manner, 0 to 1."""

    @property
    def response(self) -> float:
        """How different exposure, colour and noise of the cameras are, 0 to 1."""

    @property
    def textures(self) -> str:
        """Folder of photographs to use as textures, too; empty: none."""

    @property
    def camera(self) -> Camera:
        """What takes the images: a pinhole, its pixels need not be square."""


def described(config: RoomsConfig, worlds: int) -> str:
    """The rooms in the words of a model card: whose photographs they wear is part of their licence."""
    photos = f"photographs of `{config.textures}` and procedural" if config.textures else "procedural"
    return f"{worlds:,} synthetic worlds by `reloc synth` with {photos} textures"
