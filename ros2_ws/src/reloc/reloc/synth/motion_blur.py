"""A camera that moves while the shutter is open."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import Float32


def streak(side: int, half: float, angle: float) -> Float32:
    """Return the kernel (side, side), with a sum of 1, of a motion along a line through its middle.

    Args:
        side: width and height, pixels.
        half: half of the motion's length, pixels.
        angle: its direction, radians.
    """
    middle, along = (side - 1) / 2, half * np.array([np.cos(angle), np.sin(angle)])
    kernel = np.zeros((side, side), np.float32)
    # cv2.line takes whole pixels, or sixteenths of a pixel with shift=4.
    first, last = (tuple(int(x) for x in np.rint(16 * (middle + sign * along))) for sign in (-1, 1))
    cv2.line(kernel, first, last, 1.0, 1, cv2.LINE_AA, shift=4)
    return np.asarray(kernel / max(float(kernel.sum()), 1e-6), np.float32)
