"""Make queries from a path or an array, with or without a camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.datatypes import Float64, Query
from reloc.errors import CameraError, ImageError, PoseError
from reloc.geometry.camera_choice import CameraChoice
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import check_rigid

ImageInput = str | Path | NDArray[np.uint8]


def to_query(
    image: ImageInput, camera: Camera | None, map_camera: Camera, wants: Literal["gray", "rgb"], stamp_ns: int
) -> Query:
    """Return a query that a localizer can use; the caller's array is neither changed nor made read-only.

    Args:
        image: a path, or an array of uint8: (H, W, 3) RGB or (H, W) gray.
        camera: took the image; None uses ``map_camera``, scaled if the image has its shape.
        wants: the channels that the localizer needs.

    Raises:
        ImageError: the image cannot be read, or the array has another form.
        CameraError: it is not a camera, or it is for another image size.
    """
    pixels = images.load(image) if isinstance(image, str | Path) else _checked(image)
    height, width = pixels.shape[:2]
    if camera is not None and not isinstance(camera, Camera):
        raise CameraError(f"camera is of type {type(camera).__name__}", "Pass a reloc.Camera")
    chosen = camera or CameraChoice(map_camera, assume=False).choose(width, height, None)[0]
    if (chosen.width, chosen.height) != (width, height):
        whose = "the camera" if camera is not None else "the map's camera"
        raise CameraError(
            f"The image is {width} x {height}, but {whose} is for {chosen.width} x {chosen.height}",
            "Pass camera=Camera(...) with the intrinsics of this image",
        )
    return Query(
        images.to_gray(pixels) if wants == "gray" else images.to_rgb(pixels),
        chosen,
        stamp_ns,
        camera_stated=camera is not None,
    )


def to_odometry(odom_from_cam: Any) -> Float64 | None:
    """Return a copy of a rigid transform (4, 4) as float64; None stays None.

    Raises:
        PoseError: it is not a rigid transform of finite numbers.
    """
    if odom_from_cam is None:
        return None
    try:
        pose = np.array(odom_from_cam, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PoseError(f"odom_from_cam is not an array of numbers: {error}", "Pass a (4, 4) transform") from error
    return check_rigid(pose, "odom_from_cam")


def _checked(image: Any) -> NDArray[np.uint8]:
    """Return the array itself if it is an image of uint8."""
    fix = "Pass a path, or an array of uint8: (H, W, 3) RGB or (H, W) gray, with values from 0 to 255"
    if not isinstance(image, np.ndarray):
        raise ImageError(f"The image is of type {type(image).__name__}", fix)
    if image.dtype != np.uint8:
        raise ImageError(f"The image has the type {image.dtype}", fix)
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ImageError(f"The image has the shape {image.shape}", fix)
    return images.check(image)
