"""Check a query's image, so that every localizer is Lost for the same reasons."""

from __future__ import annotations

from collections.abc import Callable

from reloc.datatypes import Lost, LostReason, Query, UInt8
from reloc.errors import ImageError


def image_of(query: Query, convert: Callable[[UInt8], UInt8]) -> UInt8 | Lost:
    """Return the image as ``convert`` (one of :mod:`reloc.images`) gives it, if its size matches the camera.

    Returns:
        Lost if the image cannot be converted, or has another size.
    """
    try:
        image = convert(query.image)
    except ImageError as error:
        return Lost(LostReason.BAD_IMAGE, str(error))
    camera = query.camera
    if image.shape[:2] != (camera.height, camera.width):
        detail = (
            f"The image is {image.shape[1]}x{image.shape[0]}, but its camera_info is for "
            f"{camera.width}x{camera.height}; pass --camera"
        )
        return Lost(LostReason.CAMERA_MISMATCH, detail)
    return image
