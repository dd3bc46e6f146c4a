"""Draw the matches of an image with a reference: both side by side, with a line for each match."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.evaluation.matches.finding import FoundMatches
from reloc.images import to_rgb

_HEIGHT, _GAP = 360, 6  # pixels
_MOST_LINES = 70  # of each kind: more hide the images
_GOOD, _BAD, _UNKNOWN = (30, 160, 90), (190, 60, 60), (240, 170, 40)


def draw_matches(image: UInt8, reference: UInt8, found: FoundMatches) -> UInt8:
    """Return both images side by side, (H, W, 3) RGB, with the lines of :func:`draw_lines`."""
    pictures = [_of_height(image), _of_height(reference)]
    canvas = np.full((_HEIGHT, sum(p.shape[1] for p in pictures) + _GAP, 3), 255, np.uint8)
    canvas[:, : pictures[0].shape[1]] = pictures[0]
    right = pictures[0].shape[1] + _GAP
    canvas[:, right:] = pictures[1]
    draw_lines(canvas, found, pictures[0].shape[1] / image.shape[1], pictures[1].shape[1] / reference.shape[1], right)
    return canvas


def draw_lines(canvas: UInt8, found: FoundMatches, scale: float, scale_reference: float, right: int) -> None:
    """Draw a line for each match on two images that stand side by side.

    Green lines agree with the pose, red ones do not, amber ones have no pose to agree with. Of many, some are drawn.

    Args:
        canvas: (H, W, 3) RGB, changed. The image is at its left edge.
        scale: pixels of the canvas for a pixel of the image.
        scale_reference: pixels of the canvas for a pixel of the reference.
        right: the column at which the reference begins.
    """
    # The good ones are drawn last, on top.
    kinds = [(found.agree, _UNKNOWN)] if found.agree is None else [(~found.agree, _BAD), (found.agree, _GOOD)]
    for chosen, color in kinds:
        numbers = np.arange(len(found.uv)) if chosen is None else np.flatnonzero(chosen)
        for number in _some(numbers):
            start = np.rint(found.uv[number] * scale).astype(int)
            end = np.rint(found.uv_reference[number] * scale_reference).astype(int) + (right, 0)
            cv2.line(canvas, tuple(start.tolist()), tuple(end.tolist()), color, 1, cv2.LINE_AA)
            for point in (start, end):
                cv2.circle(canvas, tuple(point.tolist()), 3, color, 1, cv2.LINE_AA)


def _of_height(image: UInt8) -> UInt8:
    high, wide = image.shape[:2]
    size = (max(1, round(wide * _HEIGHT / high)), _HEIGHT)
    how = cv2.INTER_AREA if high > _HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(to_rgb(image), size, interpolation=how), np.uint8)


def _some(numbers: np.typing.NDArray[np.intp]) -> list[int]:
    step = max(1, len(numbers) // _MOST_LINES)
    return [int(number) for number in numbers[::step]]
