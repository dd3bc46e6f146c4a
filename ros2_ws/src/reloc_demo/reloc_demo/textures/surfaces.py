"""Walls, floors, wood, cloth: textures that repeat."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from reloc_demo.textures.paint import Colour, Picture, canvas, mottle, noise, shade, stretch

PLASTER: dict[str, Colour] = {
    "white": (226, 223, 214),
    "cream": (228, 214, 184),
    "sage": (176, 192, 168),
    "blue": (160, 182, 202),
    "terracotta": (204, 148, 118),
    "grey": (186, 188, 192),
    "ceiling": (238, 238, 234),
}
WOOD: dict[str, Colour] = {
    "oak": (186, 142, 92),
    "walnut": (112, 76, 50),
    "birch": (218, 194, 154),
    "white": (224, 222, 216),
    "black": (48, 46, 46),
}
CLOTH: dict[str, Colour] = {
    "red": (168, 52, 48),
    "blue": (58, 86, 136),
    "green": (76, 112, 78),
    "mustard": (206, 160, 60),
    "grey": (120, 122, 128),
    "teal": (44, 120, 122),
}


def plaster(kind: str, rng: np.random.Generator) -> Picture:
    """A painted wall: nearly plain."""
    wall = canvas(512, 512, PLASTER[kind])
    wall = mottle(wall, noise(rng, 512, 512, 90), 1.6)
    return mottle(wall, noise(rng, 512, 512, 3), 1.2)


def wood(kind: str, rng: np.random.Generator) -> Picture:
    """A board with its grain along x."""
    base = WOOD[kind]
    y = np.linspace(0, 2 * np.pi * 9, 512, endpoint=False)[:, None]
    warp = noise(rng, 512, 512, 120) * 1.3 + stretch(noise(rng, 64, 512, 10), 512, 512) * 0.4
    grain = np.sin(y + warp * 2.2).astype(np.float32)
    strength = 4.0 if kind in ("white", "black") else 13.0
    board = mottle(canvas(512, 512, base), grain, strength)
    return mottle(board, stretch(noise(rng, 40, 512, 2), 512, 512), strength * 0.5)


def parquet(kind: str, rng: np.random.Generator) -> Picture:
    """Floor boards, laid in rows, each with its own tone and grain."""
    floor = wood(kind, rng)
    floor = np.tile(floor, (2, 2, 1))
    rows = 16
    step = 1024 // rows
    for row in range(rows):
        cuts = np.sort(rng.integers(0, 1024, 4))
        edges = [0, *cuts.tolist(), 1024]
        for left, right in pairwise(edges):
            part = floor[row * step : (row + 1) * step, left:right]
            part[:] = np.clip(part * rng.uniform(0.8, 1.14), 0, 255).astype(np.uint8)
            floor[row * step : (row + 1) * step, max(0, left - 1) : left + 2] = shade(WOOD[kind], 0.45)
        floor[row * step : row * step + 3] = shade(WOOD[kind], 0.5)
    return floor


def tiles(kind: str, rng: np.random.Generator) -> Picture:
    """Square tiles of two tones with grout between."""
    one, two = {"kitchen": ((214, 208, 196), (150, 92, 72)), "wall": ((222, 230, 228), (120, 168, 172))}[kind]
    floor, step = canvas(1024, 1024, (150, 146, 138)), 128
    for row in range(8):
        for column in range(8):
            special = rng.random() < 0.22 if kind == "wall" else (row + column) % 2 == 0
            tile = canvas(step - 6, step - 6, shade(two if special else one, rng.uniform(0.88, 1.06)))
            tile = mottle(tile, noise(rng, step - 6, step - 6, rng.uniform(6, 30)), 9)
            floor[row * step + 3 : (row + 1) * step - 3, column * step + 3 : (column + 1) * step - 3] = tile
    return floor


def brick(kind: str, rng: np.random.Generator) -> Picture:
    """A brick wall in running bond."""
    base: Colour = {"red": (158, 84, 64), "white": (208, 202, 194)}[kind]
    wall, high, wide = mottle(canvas(1024, 1024, (176, 170, 160)), noise(rng, 1024, 1024, 4), 8), 40, 128
    for row in range(1024 // high + 1):
        for column in range(-1, 9):
            x, y = column * wide + (row % 2) * wide // 2, row * high
            colour = shade(base, rng.uniform(0.7, 1.2))
            cv2.rectangle(wall, (x + 4, y + 4), (x + wide - 4, y + high - 4), colour, -1)
    return mottle(mottle(wall, noise(rng, 1024, 1024, 5), 9), noise(rng, 1024, 1024, 26), 8)


def wallpaper(kind: str, rng: np.random.Generator) -> Picture:
    """Stripes or leaves."""
    if kind == "stripes":
        paper = canvas(512, 512, (206, 198, 178))
        for x in range(0, 512, 64):
            cv2.rectangle(paper, (x, 0), (x + 26, 511), (186, 170, 140), -1)
        return mottle(paper, noise(rng, 512, 512, 3), 3)
    paper = canvas(1024, 1024, (58, 84, 84))
    for _ in range(260):
        x, y, a = int(rng.integers(0, 1024)), int(rng.integers(0, 1024)), rng.uniform(0, 360)
        colour = shade((112, 146, 116), rng.uniform(0.6, 1.35))
        size = (int(rng.integers(22, 60)), int(rng.integers(7, 16)))
        for dx in (-1024, 0, 1024):
            for dy in (-1024, 0, 1024):
                cv2.ellipse(paper, (x + dx, y + dy), size, a, 0, 360, colour, -1, cv2.LINE_AA)
    return paper


def carpet(kind: str, rng: np.random.Generator) -> Picture:
    """Short pile, mottled."""
    floor = mottle(canvas(1024, 1024, CLOTH[kind]), noise(rng, 1024, 1024, 3), 11)
    return mottle(mottle(floor, noise(rng, 1024, 1024, 16), 7), noise(rng, 1024, 1024, 120), 6)


def cloth(kind: str, rng: np.random.Generator) -> Picture:
    """Woven upholstery."""
    weave = mottle(canvas(256, 256, CLOTH[kind]), noise(rng, 256, 256, 2), 9)
    return mottle(weave, noise(rng, 256, 256, 40), 9)


def metal(kind: str, rng: np.random.Generator) -> Picture:
    """Brushed or painted metal."""
    base: Colour = {"steel": (172, 176, 180), "red": (176, 46, 40), "dark": (62, 66, 72), "green": (62, 118, 84)}[kind]
    return mottle(canvas(256, 256, base), stretch(noise(rng, 20, 256, 2), 256, 256), 5)


def foliage(_: str, rng: np.random.Generator) -> Picture:
    """Leaves of a plant."""
    leaves = canvas(256, 256, (34, 66, 34))
    for _i in range(150):
        centre = (int(rng.integers(0, 256)), int(rng.integers(0, 256)))
        size = (int(rng.integers(14, 34)), int(rng.integers(5, 11)))
        colour = shade((72, 134, 62), rng.uniform(0.55, 1.4))
        cv2.ellipse(leaves, centre, size, rng.uniform(0, 360), 0, 360, colour, -1, cv2.LINE_AA)
    return leaves
