"""A flat that is the mirror image of the mapped one."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import UInt8
from reloc.kidnap.disturbance import Disturbance


class Mirrored(Disturbance):
    """The same furniture and walls, mirrored."""

    name = "mirrored"
    about = "The robot sees the mirror image of a mapped room, where every answer is wrong"
    recoverable = False
    in_map = False

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Return the mirrored image."""
        return np.ascontiguousarray(image[:, ::-1])

    def key(self, seconds: float) -> str | None:
        """Return a constant, because the change is always the same."""
        return "mirrored"


PLUGIN = Mirrored
