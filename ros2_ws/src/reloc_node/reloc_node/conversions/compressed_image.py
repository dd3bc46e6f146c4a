"""Convert ``sensor_msgs/CompressedImage`` (JPEG, PNG, WebP, ...) to the array that a method needs."""

from __future__ import annotations

import cv2
import numpy as np
from sensor_msgs.msg import CompressedImage

from reloc import images
from reloc.datatypes import Lost, LostReason, UInt8
from reloc.parsing import image_header
from reloc_node.conversions.raw_image import Wants
from reloc_node.node_log import shown

# The orientation in a camera's EXIF data would turn the image but not camera_info, so it is ignored.
_FLAGS = {
    "gray": cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION,
    "rgb": cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION,
}
_BAYER = {  # OpenCV names the pattern by the second pixel of the second row
    "bayer_rggb8": (cv2.COLOR_BayerBG2GRAY, cv2.COLOR_BayerBG2RGB),
    "bayer_bggr8": (cv2.COLOR_BayerRG2GRAY, cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg8": (cv2.COLOR_BayerGR2GRAY, cv2.COLOR_BayerGR2RGB),
    "bayer_grbg8": (cv2.COLOR_BayerGB2GRAY, cv2.COLOR_BayerGB2RGB),
}


def size_of(message: CompressedImage) -> tuple[int, int] | Lost | None:
    """Return width and height from the data's header, before anything is decoded.

    Returns:
        (width, height); None for a kind of image whose header is not known (OpenCV limits its pixels); Lost(BAD_IMAGE)
            if the image is not complete, or has more pixels than may be decoded.
    """
    problem = _problem(message)
    if problem:
        return Lost(LostReason.BAD_IMAGE, problem)
    size, most = image_header.size_of(bytes(message.data)), images.most_pixels()
    if size is not None and not 0 < size[0] * size[1] <= most:
        return Lost(
            LostReason.BAD_IMAGE,
            f"The image's header declares {size[0]} x {size[1]} pixels; 1 to {most} pixels can be decoded",
        )
    return size


def decode(message: CompressedImage, wants: Wants) -> UInt8 | Lost:
    """Return (H, W) gray or (H, W, 3) RGB. JPEG is decoded directly to gray if the method needs gray."""
    original = message.format.split(";")[0].strip()
    data = np.frombuffer(message.data, np.uint8)
    try:
        image = cv2.imdecode(data, _FLAGS["gray" if original in _BAYER else wants])
        if image is not None and original in _BAYER:
            image = cv2.cvtColor(image, _BAYER[original][0 if wants == "gray" else 1])
    except (cv2.error, MemoryError) as error:
        return Lost(LostReason.BAD_IMAGE, f"{_describe(message)} cannot be decoded: {error}")
    if image is None or image.size == 0:
        return Lost(
            LostReason.BAD_IMAGE, f"{_describe(message)} cannot be decoded: it is not an image, or it is damaged"
        )
    return np.ascontiguousarray(image, dtype=np.uint8)


def _problem(message: CompressedImage) -> str:
    """Return what is wrong before decoding. OpenCV fills the missing part of a truncated image without an error."""
    if len(message.data) == 0:
        return "The compressed image has no data"
    if "compressedDepth" in message.format:
        return f"Format {shown(message.format)} is depth, not a picture"
    if images.is_cut_off(bytes(message.data)):
        return f"{_describe(message)} is cut off"
    return ""


def _describe(message: CompressedImage) -> str:
    return f"Data of {len(message.data)} bytes in format {shown(message.format)}"
