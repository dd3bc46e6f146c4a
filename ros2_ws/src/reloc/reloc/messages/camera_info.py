"""Convert ``sensor_msgs/CameraInfo`` to the camera of the raw or of the rectified image."""

from __future__ import annotations

from typing import Any

import numpy as np

from reloc.errors import CameraError
from reloc.geometry.cameras import Camera
from reloc.parsing.blame import shown

MOST_COEFFICIENTS = 100
SAME_PX = 0.5  # K and P are the same camera if they differ by less than this


def camera_of(message: Any, rectified: bool) -> Camera:
    """Return the camera of the published image, with binning and region of interest applied (REP-104).

    Args:
        message: a CameraInfo.
        rectified: whether the images are rectified: then P is their camera, and has no distortion.

    Raises:
        CameraError: its numbers make no camera.
    """
    if len(message.d) > MOST_COEFFICIENTS or len(message.distortion_model) > MOST_COEFFICIENTS:
        raise CameraError(
            f"camera_info has {len(message.d)} distortion coefficients of the model {shown(message.distortion_model)}"
        )
    roi = message.roi
    return Camera.from_camera_info(
        int(message.width),
        int(message.height),
        [float(v) for v in message.k],
        [float(v) for v in message.d],
        str(message.distortion_model),
        (int(message.binning_x), int(message.binning_y)),
        (int(roi.x_offset), int(roi.y_offset), int(roi.width), int(roi.height)),
        rectified_p=[float(v) for v in message.p] if rectified else None,
    )


def tells_two_cameras(message: Any) -> bool:
    """Return whether both the raw image's camera (K, D) and the rectified one's (P) exist, and differ."""
    k, p = np.asarray(message.k, dtype=np.float64), np.asarray(message.p, dtype=np.float64)
    if len(k) != 9 or len(p) != 12 or not (np.isfinite(p).all() and p[0] > 0):
        return False
    differs = np.abs(p[[0, 5, 2, 6]] - k[[0, 4, 2, 5]]).max() > SAME_PX
    return bool(differs and any(v != 0 for v in message.d))
