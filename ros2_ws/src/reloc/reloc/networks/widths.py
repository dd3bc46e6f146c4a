"""Networks narrower or wider than a paper's."""

from __future__ import annotations


def channels(count: int, width: float) -> int:
    """``count`` channels at a width of 1; a multiple of 8, which vector units like. None stay none."""
    return count if width == 1.0 or not count else max(8, round(count * width / 8) * 8)
