"""Which pixel layouts of ``sensor_msgs/Image`` hold a picture, and how many bytes a pixel has."""

from __future__ import annotations

# OpenCV's type names do not tell the order of the channels. Their publishers send blue first, as OpenCV does.
UNNAMED = {"8UC1": "mono8", "8UC3": "bgr8", "8UC4": "bgra8"}
BAYER = ("bayer_rggb8", "bayer_bggr8", "bayer_gbrg8", "bayer_grbg8")
BAYER_16 = ("bayer_rggb16", "bayer_bggr16", "bayer_gbrg16", "bayer_grbg16")
YUV = ("yuv422", "uyvy", "yuv422_yuy2", "yuyv")

_BYTES = (
    dict.fromkeys(("mono8", "8UC1", *BAYER), 1)
    | dict.fromkeys(("mono16", *BAYER_16, *YUV), 2)
    | {"rgb8": 3, "bgr8": 3, "8UC3": 3, "rgba8": 4, "bgra8": 4, "8UC4": 4}
    | {"rgb16": 6, "bgr16": 6, "rgba16": 8, "bgra16": 8}
)
KNOWN = tuple(_BYTES)


def bytes_per_pixel(encoding: str) -> int | None:
    """Return the bytes of one pixel, or ``None`` for an encoding that holds no picture (depth, labels, unknown)."""
    return _BYTES.get(encoding)
