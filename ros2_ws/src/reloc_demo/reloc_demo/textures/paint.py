"""Drawing functions that the textures share: canvas, noise, shapes, words."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]  # (H, W, 3) RGB
Colour = tuple[int, int, int]

_WORDS = (  # split at use
    "north harbour light atlas copper field winter garden signal river stone paper orchard meridian lantern "
    "summit violet tempo fabric ocean marble canyon echo saffron drift ember willow quartz delta prism"
)


def canvas(width: int, height: int, colour: Colour) -> Picture:
    """Return a picture of one color."""
    return np.full((height, width, 3), colour, np.uint8)


def noise(rng: np.random.Generator, width: int, height: int, cell: float) -> NDArray[np.float32]:
    """Return smooth noise (H, W), mean 0, standard deviation about 1, that repeats at its edges; ``cell`` in pixels."""
    small = rng.standard_normal((max(2, round(height / cell)), max(2, round(width / cell)))).astype(np.float32)
    wrapped = np.pad(small, 2, mode="wrap")
    sy, sx = height / small.shape[0], width / small.shape[1]
    big = cv2.resize(
        wrapped, (round(wrapped.shape[1] * sx), round(wrapped.shape[0] * sy)), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(big[round(2 * sy) :, round(2 * sx) :][:height, :width], dtype=np.float32)


def stretch(picture: Any, width: int, height: int, *, shrink: bool = False) -> Any:
    """Resize a picture or a field."""
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)


def mottle(picture: Picture, field: NDArray[np.float32], strength: float) -> Picture:
    """Brighten and darken a picture by a noise field."""
    return np.clip(picture.astype(np.float32) + strength * field[..., None], 0, 255).astype(np.uint8)


def gradient(width: int, height: int, top: Colour, bottom: Colour) -> Picture:
    """Return a gradient from one color to another, downward."""
    t = np.linspace(0, 1, height)[:, None, None]
    rows = (1 - t) * np.array(top) + t * np.array(bottom)
    return np.repeat(rows, width, axis=1).astype(np.uint8)


def vivid(rng: np.random.Generator, dark: int = 30, light: int = 235) -> Colour:
    """Return a saturated color."""
    hsv = np.array([[[rng.integers(0, 180), rng.integers(110, 230), rng.integers(dark, light)]]], np.uint8)
    r, g, b = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0]
    return int(r), int(g), int(b)


def shade(colour: Colour, factor: float) -> Colour:
    """Return a color that is darker (factor below 1) or lighter."""
    r, g, b = (int(min(255, max(0, c * factor))) for c in colour)
    return r, g, b


def word(rng: np.random.Generator) -> str:
    """Return a word."""
    return str(rng.choice(_WORDS.split()))


@lru_cache
def _font(size: int, name: str) -> ImageFont.FreeTypeFont:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"{name}.ttf"), size)


def write(
    picture: Picture, text: str, xy: tuple[int, int], size: int, colour: Colour, font: str = "DejaVuSans-Bold"
) -> None:
    """Write onto a picture, in place; ``xy`` is the text's top left."""
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text(xy, text, fill=colour, font=_font(size, font))
    picture[:] = np.asarray(image)


def blob(rng: np.random.Generator, centre: tuple[float, float], radius: float, corners: int) -> NDArray[np.int32]:
    """Return a ragged polygon (N, 2) for cv2.fillPoly."""
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radii = radius * rng.uniform(0.5, 1.0, corners)
    return np.stack([centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)], 1).astype(np.int32)
