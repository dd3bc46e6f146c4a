"""Store textures and their smaller versions in one image, so that one call looks up all pixels of a view.

A row of the atlas is one texture: 256 x 256, 128 x 128, ... 4 x 4 (a mip map), each with a border of one texel that
repeats the opposite side. Lookups blend linearly within a level and between two levels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from reloc.datatypes import Float32, UInt8
from reloc.synth.ray_caster import Ints

SIZE = 256
LEVELS = 7
MOST = 126  # OpenCV's remap takes sources of up to 32767 rows
_SIDES = [SIZE >> level for level in range(LEVELS)]
_LEFT = np.cumsum([0, *(side + 2 for side in _SIDES[:-1])])
_ROW = SIZE + 2
WIDTH = int(_LEFT[-1]) + _SIDES[-1] + 2


def pyramid(texture: UInt8) -> UInt8:
    """Return one row of an atlas, (258, WIDTH, 3), from a texture (256, 256, 3) whose opposite sides match."""
    row = np.zeros((_ROW, WIDTH, 3), np.uint8)
    level = texture
    for left, side in zip(_LEFT.tolist(), _SIDES, strict=True):
        if side != SIZE:
            level = cv2.resize(level, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        row[: side + 2, left : left + side + 2] = cv2.copyMakeBorder(level, 1, 1, 1, 1, cv2.BORDER_WRAP)
    return row


class TextureAtlas:
    """Textures in one image, for lookups."""

    def __init__(self, pyramids: Sequence[UInt8]) -> None:
        if not 0 < len(pyramids) <= MOST:
            raise ValueError(f"{len(pyramids)} textures; an atlas holds 1 to {MOST}")
        self._image = np.concatenate(pyramids)

    def __len__(self) -> int:
        return len(self._image) // _ROW

    def look_up(self, texture: Ints, uv: Float32, texels: Float32) -> Float32:
        """Return colors (N, 3), 0 to 255."""
        level = np.clip(np.log2(np.maximum(texels, 1.0)), 0.0, LEVELS - 1.001)
        finer = level.astype(np.int32)
        share = (level - finer)[:, None].astype(np.float32)
        at = uv - np.floor(uv)
        fine = self._level(texture, at, finer)
        return fine + (self._level(texture, at, finer + 1) - fine) * share

    def _level(self, texture: Ints, at: Float32, level: Ints) -> Float32:
        side = np.asarray(_SIDES, np.float32)[level]
        x = np.asarray(_LEFT, np.float32)[level] + 0.5 + at[:, 0] * side
        y = (texture * _ROW).astype(np.float32) + 0.5 + at[:, 1] * side
        # remap wants maps of less than 32767 rows and columns: fold the list of pixels
        count = len(x)
        columns = 256
        rows = math.ceil(count / columns)
        padded = np.zeros((2, rows * columns), np.float32)
        padded[0, :count], padded[1, :count] = x, y
        maps = padded.reshape(2, rows, columns)
        found = cv2.remap(self._image, maps[0], maps[1], cv2.INTER_LINEAR)
        return found.reshape(-1, 3)[:count].astype(np.float32)
