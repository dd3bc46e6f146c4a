"""Join many small images to one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from reloc.datatypes import UInt8

COLUMNS = 6


def tiles(file: Path, images: Sequence[UInt8], columns: int = COLUMNS) -> Path:
    """Write images (H, W, 3) RGB of one size as a JPEG with ``columns`` per row, without an incomplete last row."""
    rows = [np.hstack(images[i : i + columns]) for i in range(0, len(images) - columns + 1, columns)]
    whole = np.vstack(rows or [np.hstack(list(images))])
    cv2.imwrite(str(file), whole[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    return file
