"""Convert cameras for PoseLib. Its pixels have the same origin as here: no half-pixel shift."""

from __future__ import annotations

import poselib

from reloc.geometry.cameras import Camera, Float64
from reloc.geometry.transforms import inverse


def pinhole_dict(camera: Camera) -> dict[str, object]:
    """Return the camera without its distortion; use it with undistorted pixels."""
    params = [camera.fx, camera.fy, camera.cx, camera.cy]
    return {"model": "PINHOLE", "width": camera.width, "height": camera.height, "params": params}


def pose_of(world_from_cam: Float64) -> poselib.CameraPose:
    """Return a pose (4, 4)."""
    cam_from_world = inverse(world_from_cam)
    pose = poselib.CameraPose()
    pose.R, pose.t = cam_from_world[:3, :3], cam_from_world[:3, 3]
    return pose
