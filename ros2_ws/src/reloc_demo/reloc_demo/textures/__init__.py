"""Procedural textures. A texture's name is its painter and its motif: ``poster 3``, ``wood oak``."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from reloc_demo.textures import objects, pictures, surfaces
from reloc_demo.textures.paint import Picture, canvas

_PAINTERS: dict[str, Callable[[str, np.random.Generator], Picture]] = {
    painter.__name__: painter
    for painter in (
        *(surfaces.plaster, surfaces.wood, surfaces.parquet, surfaces.tiles, surfaces.brick, surfaces.wallpaper),
        *(surfaces.carpet, surfaces.cloth, surfaces.metal, surfaces.foliage),
        *(pictures.poster, pictures.painting, pictures.chart, pictures.whiteboard, pictures.photos, pictures.window),
        *(pictures.clock, pictures.rug),
        *(objects.books, objects.screen, objects.cupboard, objects.drawers, objects.desk, objects.worktop),
        *(objects.oven, objects.fridge, objects.boxes),
    )
}
_ALIASES = {
    "ceiling": "plaster ceiling",
    "skirting": "wood white",
    "door frame": "wood birch",
    "frame black": "wood black",
    "frame oak": "wood oak",
    "frame white": "wood white",
}


def paint(name: str) -> Picture:
    """Return the texture (H, W, 3) uint8 RGB of a name. Equal names give equal textures.

    Raises:
        KeyError: there is no painter of that name.
    """
    if name == "lamp":
        return canvas(16, 16, (255, 252, 240))
    full = _ALIASES.get(name, name)
    painter, _, kind = full.partition(" ")
    return _PAINTERS[painter](kind, np.random.default_rng(zlib.crc32(full.encode())))
