"""Convert either kind of image message to the array that a method needs."""

from __future__ import annotations

from collections.abc import Callable

from sensor_msgs.msg import CompressedImage, Image

from reloc.datatypes import Lost, UInt8
from reloc.geometry.cameras import Camera
from reloc_node.conversions import compressed_image, raw_image
from reloc_node.conversions.raw_image import Wants

ImageMessage = Image | CompressedImage
CameraFor = Callable[[int, int], Camera | Lost]  # an image's width and height


def to_image(message: ImageMessage, wants: Wants, camera_for: CameraFor | None = None) -> UInt8 | Lost:
    """Return the message's picture, after a check of its declared size.

    Args:
        message: a raw or compressed image.
        wants: ``gray`` or ``rgb``.
        camera_for: returns Lost if there is no camera for that size; then nothing is decoded or copied.

    Returns:
        (H, W) gray or (H, W, 3) RGB; Lost(BAD_IMAGE) with the reason, or the Lost of ``camera_for``.
    """
    kind = compressed_image if isinstance(message, CompressedImage) else raw_image
    size = kind.size_of(message)
    if isinstance(size, Lost):
        return size
    camera = None if camera_for is None or size is None else camera_for(*size)
    return camera if isinstance(camera, Lost) else kind.decode(message, wants)
