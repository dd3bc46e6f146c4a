"""``sensor_msgs/CameraInfo`` as the node converts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fuzz.targets._messages import MessageTarget, tree_from
from reloc.datatypes import Lost
from reloc.geometry.cameras import Camera
from reloc_node.conversions.camera_info import CameraInfoConverter, from_camera, to_camera


class MessageCameraInfo(MessageTarget):
    """Without distortion, with it, of a fisheye, and of a cut-out."""

    name, kind = "message_camera_info", "sensor_msgs/msg/CameraInfo"

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        plain = tree_from(from_camera(Camera(640, 480, 500.0, 500.0, 319.5, 239.5)))
        bent = {**plain, "distortion_model": "plumb_bob", "d": [0.1, -0.2, 0.001, 0.002, 0.01]}
        fisheye = {**plain, "distortion_model": "equidistant", "d": [0.1, 0.01, 0.0, 0.0]}
        cut = {
            **plain,
            "binning_x": 2,
            "binning_y": 2,
            "roi": {"x_offset": 8, "y_offset": 8, "width": 320, "height": 240},
        }
        return [plain, bent, fisheye, cut]

    def take(self, message: Any) -> None:
        """Convert it, and use the camera as localizers do."""
        converter = CameraInfoConverter()
        converter.update(message)
        converter.update(message)
        converter.camera_for(640, 480)
        camera = to_camera(message)
        if isinstance(camera, Lost):
            return
        from_camera(camera)
        camera.project(
            camera.unproject(np.array([[10.0, 20.0]])) if hasattr(camera, "unproject") else np.array([[0.1, 0.2, 1.0]])
        )
        camera.normalize(np.array([[10.0, 20.0], [0.0, 0.0]]))


TARGET = MessageCameraInfo()
