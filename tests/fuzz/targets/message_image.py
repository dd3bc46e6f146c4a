"""``sensor_msgs/Image`` as the node converts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cv_bridge import CvBridge, CvBridgeError

from fuzz.targets._messages import MessageTarget
from reloc_node.conversions import encodings
from reloc_node.conversions.images import to_image

WIDTH, HEIGHT = 6, 4


class MessageImage(MessageTarget):
    """One seed an encoding, and one with padding at the end of rows."""

    name, kind = "message_image", "sensor_msgs/msg/Image"
    allowed = ()

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        found = []
        for encoding in encodings.KNOWN:
            step = WIDTH * (encodings.bytes_per_pixel(encoding) or 0)
            planes = 3 if encoding in encodings.NV else 1
            data = "".join(chr((7 * i) % 256) for i in range(step * HEIGHT * planes))
            found.append(
                {"height": HEIGHT, "width": WIDTH, "encoding": encoding, "step": step, "is_bigendian": 0, "data": data}
            )
        padded = {**found[0], "step": found[0]["step"] + 3, "data": "x" * (found[0]["step"] + 3) * HEIGHT}
        return [*found, padded]

    def take(self, message: Any) -> None:
        """As what either kind of method wants, and by cv_bridge as it is."""
        to_image(message, "gray")
        to_image(message, "rgb")
        try:
            CvBridge().imgmsg_to_cv2(message, "passthrough")
        except (CvBridgeError, ValueError, TypeError):
            return  # cv_bridge raises these for what it refuses, as in ROS


TARGET = MessageImage()
