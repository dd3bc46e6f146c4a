"""Cameras as PoseLib takes them. Its pixels count as ours do: no half-pixel shift."""

from __future__ import annotations

from reloc.geometry.cameras import Camera


def pinhole_dict(camera: Camera) -> dict[str, object]:
    """The camera without its distortion; give it undistorted pixels."""
    params = [camera.fx, camera.fy, camera.cx, camera.cy]
    return {"model": "PINHOLE", "width": camera.width, "height": camera.height, "params": params}
