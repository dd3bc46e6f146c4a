"""Either kind of image message to the array that a method wants."""

from __future__ import annotations

from sensor_msgs.msg import CompressedImage, Image

from reloc.datatypes import Lost, UInt8
from reloc_node.conversions import compressed_image, raw_image
from reloc_node.conversions.raw_image import Wants

ImageMessage = Image | CompressedImage


def to_image(message: ImageMessage, wants: Wants) -> UInt8 | Lost:
    """(H, W) grey or (H, W, 3) RGB, or Lost(BAD_IMAGE) with the reason."""
    if isinstance(message, CompressedImage):
        return compressed_image.to_image(message, wants)
    return raw_image.to_image(message, wants)
