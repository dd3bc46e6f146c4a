"""Convert ``sensor_msgs/Image`` to the array that a method needs. Failures become Lost(BAD_IMAGE) with the reason."""

from __future__ import annotations

from typing import Literal

import numpy as np
from cv_bridge import CvBridge, CvBridgeError
from sensor_msgs.msg import Image

from reloc.datatypes import Lost, LostReason, UInt8
from reloc_node.conversions import encodings
from reloc_node.node_log import shown

Wants = Literal["gray", "rgb"]
_BRIDGE = CvBridge()
_TARGET = {"gray": "mono8", "rgb": "rgb8"}


def size_of(message: Image) -> tuple[int, int] | Lost:
    """Return width and height if the message holds the data for them, else Lost(BAD_IMAGE). Nothing is copied."""
    problem = _problem(message)
    return Lost(LostReason.BAD_IMAGE, problem) if problem else (message.width, message.height)


def decode(message: Image, wants: Wants) -> UInt8 | Lost:
    """Return (H, W) gray or (H, W, 3) RGB of a message that passed :func:`size_of`.

    16-bit images lose their lower byte; Bayer images are interpolated.
    """
    encoding = encodings.UNNAMED.get(message.encoding, message.encoding)
    packed = _packed(message, encoding)
    try:
        image = _BRIDGE.imgmsg_to_cv2(packed, _TARGET[wants])
    except (CvBridgeError, ValueError, TypeError, RuntimeError, MemoryError) as error:
        return Lost(LostReason.BAD_IMAGE, f"{message.encoding} image of {message.width} x {message.height}: {error}")
    return np.ascontiguousarray(image, dtype=np.uint8)  # shares the message's memory if nothing was converted


def _problem(message: Image) -> str:
    """Return what is wrong with a message, empty if nothing is. cv_bridge does not check all of this."""
    size = f"{message.width} x {message.height}"
    if message.width == 0 or message.height == 0:
        return f"The image is empty ({size})"
    pixel = encodings.bytes_per_pixel(message.encoding)
    if pixel is None:
        return f"Encoding {shown(message.encoding)} is not a picture; known are {', '.join(encodings.KNOWN)}"
    row = message.width * pixel
    if message.step < row:
        return f"step={message.step} is shorter than a row of {message.width} {message.encoding} pixels ({row} bytes)"
    # The padding after the last row may be missing.
    needed = message.step * (message.height - 1) + row
    if len(message.data) < needed:
        return f"The data is cut off: {len(message.data)} bytes, but a {size} {message.encoding} image has {needed}"
    return ""


def _packed(message: Image, encoding: str) -> Image:
    """Return the message without padding between rows. cv_bridge shears rows whose step is not a whole number of
    pixels.
    """
    row = message.width * (encodings.bytes_per_pixel(encoding) or 0)
    exact = message.step == row and len(message.data) == row * message.height
    if exact and encoding == message.encoding:
        return message
    out = Image(header=message.header, height=message.height, width=message.width, encoding=encoding, step=row)
    out.is_bigendian = message.is_bigendian
    if exact:
        out.data = message.data
        return out
    data = np.frombuffer(message.data, np.uint8)
    rows = np.lib.stride_tricks.as_strided(data, (message.height, row), (message.step, 1), writeable=False)
    out.data.frombytes(rows.tobytes())
    return out
