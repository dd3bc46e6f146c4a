"""Convert from one encoding to another."""

from __future__ import annotations

import cv2
import numpy as np

from cv_bridge.encodings import Encoding, parse
from cv_bridge.errors import CvBridgeError

COLORS = ("GRAY", "RGB", "BGR", "RGBA", "BGRA")
# OpenCV names a Bayer tile by the second and third pixel of the second row, ROS by its first four.
OPENCV_BAYER = {"BayerRGGB": "BayerBG", "BayerBGGR": "BayerRG", "BayerGBRG": "BayerGR", "BayerGRBG": "BayerGB"}


def convert(image: np.ndarray, source: str, target: str) -> np.ndarray:
    """Return ``image`` in the encoding ``target``; the same array if it has that encoding.

    8 and 16 bit are scaled so that white stays white.

    Raises:
        CvBridgeError: the conversion is meaningless or not supported.
    """
    if source == target:
        return image
    a, b = parse(source), parse(target)
    if a.color is None or b.color is None:
        if a.channels != b.channels or (a.color is None and b.color is not None):
            raise CvBridgeError(f"[{source}] cannot become [{target}]: colors are unknown, or channels differ")
        return _to_depth(image, a, b)
    if a.color != b.color:
        code = _code(a.color, b.color)
        if code is None:
            raise CvBridgeError(f"Unsupported conversion from [{source}] to [{target}]")
        try:
            image = cv2.cvtColor(image, code)
        except cv2.error as error:
            raise CvBridgeError(f"[{source}] to [{target}]: {error}") from error
    return _to_depth(image, a, b)


def _code(a: str, b: str) -> int | None:
    if a in COLORS and b in COLORS:
        name = f"COLOR_{a}2{b}"
    elif a in OPENCV_BAYER and b in ("GRAY", "RGB", "BGR"):
        name = f"COLOR_{OPENCV_BAYER[a]}2{b}"
    elif a in ("UYVY", "YUY2") and b in COLORS:
        name = f"COLOR_YUV2{b}_{a}"
    else:
        return None
    return getattr(cv2, name, None)


def _to_depth(image: np.ndarray, a: Encoding, b: Encoding) -> np.ndarray:
    if a.dtype == b.dtype:
        return image
    if (a.dtype, b.dtype) == ("uint8", "uint16"):
        return image.astype(np.uint16) * np.uint16(257)
    if (a.dtype, b.dtype) == ("uint16", "uint8"):
        return np.rint(image * (255 / 65535)).astype(np.uint8)
    if np.issubdtype(b.dtype, np.floating):
        return image.astype(b.dtype)
    limits = np.iinfo(b.dtype)
    return np.clip(np.rint(image), limits.min, limits.max).astype(b.dtype)
