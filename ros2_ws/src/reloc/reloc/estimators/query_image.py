"""A query's image, checked: every localizer is Lost for the same reasons."""

from __future__ import annotations

from collections.abc import Callable

from reloc.datatypes import Lost, LostReason, Query, UInt8
from reloc.errors import ImageError


def image_of(query: Query, convert: Callable[[UInt8], UInt8]) -> UInt8 | Lost:
    """The image as ``convert`` (one of :mod:`reloc.images`) gives it, of the size that its camera says.

    Lost for one that cannot be converted, or of another size.
    """
    try:
        image = convert(query.image)
    except ImageError as error:
        return Lost(LostReason.BAD_IMAGE, str(error))
    camera = query.camera
    if image.shape[:2] != (camera.height, camera.width):
        detail = (
            f"The image is {image.shape[1]} x {image.shape[0]}, its camera_info speaks of "
            f"{camera.width} x {camera.height}"
        )
        return Lost(LostReason.CAMERA_MISMATCH, detail)
    return image
