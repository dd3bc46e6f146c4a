"""A flat built as the mirror image of the one that is mapped."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import UInt8
from reloc.kidnap.disturbance import Disturbance


class Mirrored(Disturbance):
    """The same furniture and walls, the other way round."""

    name = "mirrored"
    about = "The mirror image of a mapped room, as in the flat next door: whatever it answers is wrong"
    recoverable = False
    in_map = False

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Left is right."""
        return np.ascontiguousarray(image[:, ::-1])

    def key(self, seconds: float) -> str | None:
        """Always the same."""
        return "mirrored"


PLUGIN = Mirrored
