"""The pixel layouts of ``sensor_msgs/Image`` that contain a picture, and their conversion to RGB."""

from __future__ import annotations

from dataclasses import dataclass

import cv2


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """The storage of pixels in one encoding."""

    channels: int
    depth: int = 1  # bytes per number
    to_rgb: int | None = None  # OpenCV's conversion; None: RGB or grey already
    luma: int | None = None  # for video, the gray channel
    chroma_step: int = 0  # for NV12 and similar ones, a pair of colors for this many pixels; 0: no plane of colors


# OpenCV's names do not define the order of the channels. Publishers of such images have blue first, as OpenCV.
# 16UC1 may be depth, which cannot be distinguished from a thermal or infrared picture.
_PLAIN = {
    "rgb8": PixelLayout(3),
    "rgba8": PixelLayout(4),
    "rgb16": PixelLayout(3, 2),
    "rgba16": PixelLayout(4, 2),
    "bgr8": PixelLayout(3, 1, cv2.COLOR_BGR2RGB),
    "bgra8": PixelLayout(4, 1, cv2.COLOR_BGRA2RGB),
    "bgr16": PixelLayout(3, 2, cv2.COLOR_BGR2RGB),
    "bgra16": PixelLayout(4, 2, cv2.COLOR_BGRA2RGB),
    "8UC3": PixelLayout(3, 1, cv2.COLOR_BGR2RGB),
    "8UC4": PixelLayout(4, 1, cv2.COLOR_BGRA2RGB),
    "mono8": PixelLayout(1),
    "8UC1": PixelLayout(1),
    "mono16": PixelLayout(1, 2),
    "16UC1": PixelLayout(1, 2),
}
_MOSAICS = {
    "bayer_rggb": cv2.COLOR_BayerRGGB2RGB,
    "bayer_bggr": cv2.COLOR_BayerBGGR2RGB,
    "bayer_gbrg": cv2.COLOR_BayerGBRG2RGB,
    "bayer_grbg": cv2.COLOR_BayerGRBG2RGB,
}
BAYER = tuple(f"{name}8" for name in _MOSAICS)
BAYER_16 = tuple(f"{name}16" for name in _MOSAICS)
_UYVY = PixelLayout(2, 1, cv2.COLOR_YUV2RGB_UYVY, luma=1)
_YUY2 = PixelLayout(2, 1, cv2.COLOR_YUV2RGB_YUY2, luma=0)
# ROS has had two names for each order.
_PACKED_VIDEO = {"yuv422": _UYVY, "uyvy": _UYVY, "yuv422_yuy2": _YUY2, "yuyv": _YUY2}
YUV = tuple(_PACKED_VIDEO)
_PLANES = {
    "nv12": PixelLayout(1, 1, cv2.COLOR_YUV2RGB_NV12, luma=0, chroma_step=2),
    "nv21": PixelLayout(1, 1, cv2.COLOR_YUV2RGB_NV21, luma=0, chroma_step=2),
    "nv24": PixelLayout(1, 1, cv2.COLOR_YUV2RGB_NV12, luma=0, chroma_step=1),
}
NV = tuple(_PLANES)

LAYOUTS: dict[str, PixelLayout] = (
    _PLAIN
    | {f"{name}8": PixelLayout(1, 1, code) for name, code in _MOSAICS.items()}
    | {f"{name}16": PixelLayout(1, 2, code) for name, code in _MOSAICS.items()}
    | _PACKED_VIDEO
    | _PLANES
)
KNOWN = tuple(LAYOUTS)


def bytes_per_pixel(encoding: str) -> int | None:
    """Return the bytes per pixel in a row; None for an encoding without a picture (depth, labels, unknown)."""
    layout = LAYOUTS.get(encoding)
    return None if layout is None else layout.channels * layout.depth
