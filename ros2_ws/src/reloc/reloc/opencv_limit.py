"""Limit the size of images that OpenCV decodes; set before OpenCV is first imported.

OpenCV decodes images of up to 2**30 pixels, 3 GB, from any sender. It reads the variable when it is first imported, and
:mod:`reloc.images` uses it, too. Set it in the environment for larger images.
"""

from __future__ import annotations

import os

LIMIT_VARIABLE = "OPENCV_IO_MAX_IMAGE_PIXELS"
DEFAULT_MOST_PIXELS = 2**26


def limit_opencv() -> None:
    """Set the limit for this process, unless the environment has one."""
    os.environ.setdefault(LIMIT_VARIABLE, str(DEFAULT_MOST_PIXELS))
