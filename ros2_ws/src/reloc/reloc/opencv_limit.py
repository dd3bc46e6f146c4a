"""Limit the size of images that OpenCV decodes; set before OpenCV is first imported.

OpenCV decodes images of up to 2**30 pixels, 3 GB, from any sender. It reads the variable when it is first imported, and
:mod:`reloc.images` uses it, too. Set it in the environment for larger images.
"""

from __future__ import annotations

import os
import re

LIMIT_VARIABLE = "OPENCV_IO_MAX_IMAGE_PIXELS"
DEFAULT_MOST_PIXELS = 2**26
_SIZE = re.compile("[0-9]{1,18}(?:[KM]B|[KMkm]b)?")  # as OpenCV reads it
refused: dict[str, str] = {}  # limits of the environment that are none; decoding an image names them


def limit_opencv() -> None:
    """Set the limit for this process, unless the environment has one.

    OpenCV ends the process if one of its limits is not a number. So such a text is taken out of the environment.
    """
    for name in (LIMIT_VARIABLE, "OPENCV_IO_MAX_IMAGE_WIDTH", "OPENCV_IO_MAX_IMAGE_HEIGHT"):
        text = os.environ.get(name)
        if text is not None and not _SIZE.fullmatch(text):
            del os.environ[name]
            if text:
                refused[name] = text
    os.environ.setdefault(LIMIT_VARIABLE, str(DEFAULT_MOST_PIXELS))
