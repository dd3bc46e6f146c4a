"""Scale the number of channels of a network."""

from __future__ import annotations


def channels(count: int, width: float) -> int:
    """Return ``count`` times ``width``, rounded to a multiple of 8, which suits vector units. 0 stays 0."""
    return count if width == 1.0 or not count else max(8, round(count * width / 8) * 8)
