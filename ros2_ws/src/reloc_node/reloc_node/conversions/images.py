"""Convert raw or compressed image messages to the array that a method needs, by the core's code, as for bags."""

from __future__ import annotations

from collections.abc import Callable

from sensor_msgs.msg import CompressedImage, Image

from reloc.datatypes import Lost, LostReason, UInt8
from reloc.errors import ImageError
from reloc.geometry.cameras import Camera
from reloc.messages.image import decode_image, image_size
from reloc.messages.raw_image import Wants
from reloc_node.node_log import printable

ImageMessage = Image | CompressedImage
CameraFor = Callable[[int, int], Camera | Lost]  # takes an image's width and height
LONGEST = 1000  # longest reason, in characters


def to_image(message: ImageMessage, wants: Wants, camera_for: CameraFor | None = None) -> UInt8 | Lost:
    """Return the message's picture, after a check of its declared size.

    Args:
        message: a raw or compressed image.
        wants: ``gray`` or ``rgb``.
        camera_for: returns Lost if there is no camera for that size; then nothing is decoded or copied.

    Returns:
        (H, W) gray or (H, W, 3) RGB; Lost(BAD_IMAGE) with the reason, or the Lost of ``camera_for``.
    """
    try:
        size = image_size(message)
        camera = None if camera_for is None or size is None else camera_for(*size)
        return camera if isinstance(camera, Lost) else decode_image(message, wants)
    except ImageError as error:
        return Lost(LostReason.BAD_IMAGE, printable(error.problem, LONGEST))
