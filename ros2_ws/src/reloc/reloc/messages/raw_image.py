"""Convert ``sensor_msgs/Image`` to an array."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.datatypes import UInt8
from reloc.errors import ImageError
from reloc.messages.encodings import KNOWN, LAYOUTS, PixelLayout
from reloc.parsing.blame import shown

Wants = Literal["gray", "rgb"]
# Gray of video is from 16 to 235. It is scaled to 0 to 255, as in a map's pictures.
_FULL_RANGE = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)


def raw_size(message: Any, what: str = "The image") -> tuple[int, int]:
    """Return (width, height) of the picture, if the message has the data for it. Nothing is copied.

    Raises:
        ImageError: an encoding that holds no picture, or sizes that do not fit.
    """
    layout = _layout(message, what)
    _check(message, layout, what)
    return int(message.width), _height(message, layout)


def decode_raw(message: Any, wants: Wants, what: str = "The image") -> UInt8:
    """Return (H, W) gray or (H, W, 3) RGB. 16-bit images are reduced to 8 bits; Bayer images are interpolated.

    Raises:
        ImageError: as :func:`raw_size`, or the picture cannot be converted.
    """
    layout = _layout(message, what)
    _check(message, layout, what)
    try:
        if layout.chroma_step:
            return _planes(message, layout, wants)
        pixels = _rows(message, layout, 0, int(message.height))
        if wants == "gray" and layout.luma is not None:
            return np.asarray(_FULL_RANGE[pixels[..., layout.luma]])
        if layout.to_rgb is not None:
            pixels = np.asarray(cv2.cvtColor(pixels, layout.to_rgb))
        return images.to_gray(pixels) if wants == "gray" else images.to_rgb(pixels)
    except (cv2.error, MemoryError, ValueError) as error:
        size = f"{message.width} x {message.height}"
        raise ImageError(f"{what} ({message.encoding}, {size}) cannot be converted: {error}") from error


def _layout(message: Any, what: str) -> PixelLayout:
    layout = LAYOUTS.get(message.encoding)
    if layout is None:
        raise ImageError(
            f"{what} cannot be used: encoding {shown(message.encoding)} is no picture; known are {', '.join(KNOWN)}",
            "Choose the topic of the camera's picture",
        )
    return layout


def _height(message: Any, layout: PixelLayout) -> int:
    """Return the number of rows of the picture. Some drivers of NV12 also count the rows of its colors."""
    height, step = int(message.height), int(message.step)
    rows = {2: (3, 2), 1: (3, 1)}.get(layout.chroma_step)
    all_counted = step * (height - 1) < len(message.data) <= step * height
    if rows is None or height % rows[0] or not all_counted:
        return height
    return height * rows[1] // rows[0]


def _check(message: Any, layout: PixelLayout, what: str) -> None:
    width, height, step, size = int(message.width), int(message.height), int(message.step), len(message.data)
    shape = f"{width} x {height}"
    if width == 0 or height == 0:
        raise ImageError(f"{what} is empty ({shape})", "Does the driver send pictures?")
    row = width * layout.channels * layout.depth
    if step < row:
        raise ImageError(
            f"{what} cannot be used: step={step} is shorter than a row of {width} {message.encoding} pixels "
            f"({row} bytes)",
            "The driver must send the length of its rows",
        )
    # The padding after the last row may be missing.
    needed = step * (height - 1) + row
    if layout.chroma_step:
        height = _height(message, layout)
        colors = height * 2 if layout.chroma_step == 1 else (height + 1) // 2
        needed = step * (height + colors - 1) + row
    if size < needed:
        raise ImageError(
            f"{what} cannot be used: the data is cut off: {size} bytes; a {shape} {message.encoding} image "
            f"has {needed}",
            "Record or send it again",
        )


def _rows(message: Any, layout: PixelLayout, first: int, count: int) -> NDArray[Any]:
    """Return the rows of the message, (H, W) or (H, W, channels), in native byte order and without padding."""
    width, step = int(message.width), int(message.step)
    row = width * layout.channels * layout.depth
    data = np.frombuffer(message.data, np.uint8) if not isinstance(message.data, np.ndarray) else message.data
    data = np.ascontiguousarray(data, dtype=np.uint8)[first * step :]
    strided = np.lib.stride_tricks.as_strided(data, (count, row), (step, 1), writeable=False)
    rows: NDArray[Any] = np.ascontiguousarray(strided)
    if layout.depth == 2:
        rows = rows.view(">u2" if message.is_bigendian else "<u2").astype(np.uint16)
    return rows.reshape(count, width, layout.channels) if layout.channels > 1 else rows.reshape(count, width)


def _planes(message: Any, layout: PixelLayout, wants: Wants) -> UInt8:
    """Convert NV12, NV21 (a pair of colors for 2 x 2 pixels) or NV24 (for each pixel): first gray, then the pairs."""
    height, width = _height(message, layout), int(message.width)
    grey = _rows(message, layout, 0, height)
    if wants == "gray":
        return np.asarray(_FULL_RANGE[grey])
    if layout.chroma_step == 1:
        pairs = _pairs_of_nv24(message, height)
    else:
        pairs = _rows(message, layout, height, (height + 1) // 2)
    even_h, even_w = height + height % 2, width + width % 2
    grey = cv2.copyMakeBorder(grey, 0, even_h - height, 0, even_w - width, cv2.BORDER_REPLICATE)
    if pairs.shape[1] < even_w:  # for an odd width, the last pair is incomplete
        pairs = np.hstack([pairs, pairs[:, -2:-1]])
    both = np.vstack([grey, pairs[:, :even_w]])
    assert layout.to_rgb is not None
    return np.ascontiguousarray(cv2.cvtColor(both, layout.to_rgb)[:height, :width], dtype=np.uint8)


def _pairs_of_nv24(message: Any, height: int) -> NDArray[Any]:
    """Return the colors averaged over 2 x 2 pixels, as in NV12."""
    width, step = int(message.width), int(message.step)
    data = np.frombuffer(message.data, np.uint8) if not isinstance(message.data, np.ndarray) else message.data
    plane = np.ascontiguousarray(data, dtype=np.uint8)[height * step :]
    pairs = np.lib.stride_tricks.as_strided(plane, (height, 2 * width), (2 * step, 1), writeable=False)
    halved = cv2.resize(
        np.ascontiguousarray(pairs).reshape(height, width, 2),
        ((width + 1) // 2, (height + 1) // 2),
        interpolation=cv2.INTER_AREA,
    )
    return np.asarray(halved).reshape((height + 1) // 2, -1)
