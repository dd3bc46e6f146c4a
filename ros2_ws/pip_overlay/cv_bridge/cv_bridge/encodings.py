"""The meaning of the encodings of ``sensor_msgs/Image``."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from cv_bridge.errors import CvBridgeError

DEPTHS = {
    "8U": "uint8",
    "8S": "int8",
    "16U": "uint16",
    "16S": "int16",
    "32S": "int32",
    "32F": "float32",
    "64F": "float64",
}
DEPTH_OF_DTYPE = {dtype: depth for depth, dtype in DEPTHS.items()}
GENERIC = re.compile(r"(8U|8S|16U|16S|32S|32F|64F)(?:C([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Encoding:
    """Numpy type, number of channels, and color order (``GRAY``, ``RGB``, ``BayerRGGB``...; None: no color)."""

    dtype: str
    channels: int
    color: str | None = None


NAMED = {
    "mono8": Encoding("uint8", 1, "GRAY"),
    "mono16": Encoding("uint16", 1, "GRAY"),
    "yuv422": Encoding("uint8", 2, "UYVY"),
    "uyvy": Encoding("uint8", 2, "UYVY"),
    "yuv422_yuy2": Encoding("uint8", 2, "YUY2"),
    "yuyv": Encoding("uint8", 2, "YUY2"),
}
for _depth in ("8", "16"):
    for _order in ("rgb", "bgr", "rgba", "bgra"):
        NAMED[_order + _depth] = Encoding(f"uint{_depth}", len(_order), _order.upper())
    for _tile in ("rggb", "bggr", "gbrg", "grbg"):
        NAMED[f"bayer_{_tile}{_depth}"] = Encoding(f"uint{_depth}", 1, f"Bayer{_tile.upper()}")


def parse(encoding: str) -> Encoding:
    """Return the meaning of an encoding such as ``bgr8``, ``bayer_rggb16`` or ``32FC1``.

    Raises:
        CvBridgeError: it is not an encoding.
    """
    if encoding in NAMED:
        return NAMED[encoding]
    match = GENERIC.fullmatch(encoding)
    if match is None:
        raise CvBridgeError(f"Unrecognized image encoding [{encoding}]")
    return Encoding(DEPTHS[match[1]], int(match[2] or 1))


def of_array(dtype: np.dtype, channels: int) -> str:
    """Return the generic encoding of an array, such as ``8UC3``.

    Raises:
        CvBridgeError: no encoding has that type.
    """
    try:
        return f"{DEPTH_OF_DTYPE[dtype.name]}C{channels}"
    except KeyError:
        raise CvBridgeError(f"No image encoding has the type {dtype}; there are {', '.join(DEPTH_OF_DTYPE)}") from None
