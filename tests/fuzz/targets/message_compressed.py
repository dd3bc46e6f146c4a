"""``sensor_msgs/CompressedImage`` as the node converts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
from support import folders

from fuzz.targets._messages import MessageTarget
from reloc_node.conversions.images import to_image


class MessageCompressed(MessageTarget):
    """JPEG, PNG, WebP; Bayer patterns in a PNG."""

    name, kind = "message_compressed", "sensor_msgs/msg/CompressedImage"

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        pixels = folders.colour(0, 16, 12)
        forms = (
            ("rgb8; jpeg compressed bgr8", ".jpg", pixels),
            ("png", ".png", pixels),
            ("webp", ".webp", pixels),
            ("bayer_rggb8; png compressed", ".png", pixels[..., 0]),
            ("mono16; png", ".png", pixels[..., 0].astype("uint16") * 99),
        )
        return [{"format": f, "data": cv2.imencode(s, p)[1].tobytes().decode("latin1")} for f, s, p in forms]

    def take(self, message: Any) -> None:
        """As what either kind of method wants."""
        to_image(message, "gray")
        to_image(message, "rgb")


TARGET = MessageCompressed()
