"""How large an image message claims to be, before anything of it is decoded or copied."""

from __future__ import annotations

import io
import warnings

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

PIXELS_MOST = 1 << 27  # 134 million: above any camera, and 400 MB as RGB


def claimed_size(encoded: bytes) -> tuple[int, int] | None:
    """Return (width, height) as the header of an encoded image says it; None where it is of no known kind."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit is lower than ours
            with Pillow.open(io.BytesIO(encoded)) as image:
                return int(image.size[0]), int(image.size[1])
    except Pillow.DecompressionBombError:
        return 1 << 16, 1 << 16  # above Pillow's limit, which is above ours
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, ArithmeticError, LookupError, TypeError):
        return None
