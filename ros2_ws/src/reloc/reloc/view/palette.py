"""Colors of the scene. Those of the coverage are :mod:`reloc.evaluation.coverage.colours`."""

from __future__ import annotations

Rgb = tuple[int, int, int]

FRUSTUM_COLOR: Rgb = (120, 130, 145)
QUERY_COLOR: Rgb = (213, 94, 0)
CHOSEN_COLOR: Rgb = (0, 114, 178)
ROBOT_COLOR: Rgb = (0, 114, 178)
PATH_COLORS: tuple[Rgb, ...] = ((0, 158, 115), (204, 121, 167), (86, 180, 233), (230, 159, 0))


def rgb(text: str) -> Rgb:
    """Return the color written as ``#rrggbb``."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
