"""Draw random patterns of materials, 256 x 256, whose opposite sides match. No two patterns are equal."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import cv2
import numpy as np

from reloc.datatypes import Float32, UInt8
from reloc.synth.texture_atlas import SIZE

Random = np.random.Generator
_Y, _X = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE


def draw(kind: str, random: Random) -> UInt8:
    """Return a texture (256, 256, 3) RGB of one of :data:`KINDS`."""
    return np.asarray(np.clip(KINDS[kind](random), 0.0, 255.0), np.uint8)


def colour(random: Random, saturation: tuple[float, float], value: tuple[float, float]) -> Float32:
    """Draw a color (3,), 0 to 255. Warm colors are more frequent, as in houses."""
    hue = random.normal(0.08, 0.06) if random.random() < 0.5 else random.random()
    return np.asarray(
        np.array(colorsys.hsv_to_rgb(hue % 1.0, random.uniform(*saturation), random.uniform(*value))) * 255.0,
        np.float32,
    )


def noise(random: Random, slope: float, stretch: float = 1.0) -> Float32:
    """Return (256, 256) noise, mean 0 and deviation 1: amplitudes fall as frequency to the ``-slope``, stretched along
    y.
    """
    fy, fx = np.fft.fftfreq(SIZE)[:, None] * SIZE, np.fft.rfftfreq(SIZE)[None] * SIZE
    frequency = np.sqrt((fy * stretch) ** 2 + fx**2)
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(random.standard_normal((SIZE, SIZE))) * frequency**-slope
    waves = np.fft.irfft2(spectrum, s=(SIZE, SIZE))
    return np.asarray(waves / max(float(waves.std()), 1e-9), np.float32)


def _mix(one: Float32, two: Float32, share: Float32) -> Float32:
    return np.asarray(one + (two - one) * np.clip(share, 0.0, 1.0)[..., None], np.float32)


def _shade(image: Float32, relief: Float32) -> Float32:
    return np.asarray(image * (1.0 + relief)[..., None], np.float32)


def _flat(random: Random, saturation: tuple[float, float], value: tuple[float, float]) -> Float32:
    return np.broadcast_to(colour(random, saturation, value), (SIZE, SIZE, 3)).astype(np.float32)


def _plaster(random: Random) -> Float32:
    base = _flat(random, (0.0, 0.1 if random.random() < 0.6 else 0.45), (0.6, 0.97))
    return _shade(base, noise(random, random.uniform(0.3, 1.5)) * random.uniform(0.005, 0.05))


def _wood_grain(random: Random, light: Float32, dark: Float32) -> Float32:
    rings = np.sin((noise(random, 2.2, 0.12) * random.uniform(1.5, 4.0) + _X * 0.0) * 3.0)
    fibre = noise(random, 0.6, 0.06)
    return _mix(light, dark, 0.5 + 0.3 * rings + 0.12 * fibre)


def _wood_colours(random: Random) -> tuple[Float32, Float32]:
    hue, value = random.uniform(0.04, 0.11), random.uniform(0.25, 0.95)
    light = np.array(colorsys.hsv_to_rgb(hue, random.uniform(0.2, 0.7), value), np.float32) * 255
    return light, light * np.float32(random.uniform(0.55, 0.85))


def _wood(random: Random) -> Float32:
    return _wood_grain(random, *_wood_colours(random))


def _cells(random: Random, rows: int, columns: int, shifted: float, gap: int) -> tuple[Float32, Float32]:
    """Return bricks or tiles: a map (H, W) with one random number per brick, and a map with 1 in the gaps."""
    values = random.standard_normal((rows, columns)).astype(np.float32)
    row = (_Y * rows).astype(int)
    moved = _X * columns + (row % 2) * shifted
    column = moved.astype(int) % columns
    inside_x = np.minimum(moved % 1.0, 1.0 - moved % 1.0) / columns * SIZE
    inside_y = np.minimum(_Y * rows % 1.0, 1.0 - _Y * rows % 1.0) / rows * SIZE
    return values[row, column], (np.minimum(inside_x, inside_y) < 0.5 * gap).astype(np.float32)


def _planks(random: Random) -> Float32:
    grain = np.transpose(_wood(random), (1, 0, 2))
    rows = 2 * int(random.integers(2, 6))
    values, gaps = _cells(random, rows, int(random.integers(1, 4)), 0.5, int(random.integers(1, 3)))
    shifts = (values * 977).astype(int)
    mixed = grain[(_Y * SIZE).astype(int), ((_X * SIZE).astype(int) + shifts) % SIZE]
    return _shade(mixed, random.uniform(0.04, 0.16) * values - 0.45 * gaps)


def _tiles(random: Random) -> Float32:
    across = int(random.choice([1, 2, 3, 4, 6]))
    values, gaps = _cells(
        random, 2 * across if random.random() < 0.3 else across, across, 0.0, int(random.integers(2, 6))
    )
    one = _flat(random, (0.0, 0.5), (0.3, 0.97))
    two = _flat(random, (0.0, 0.6), (0.2, 0.97))
    chess = ((_X * across).astype(int) + (_Y * across).astype(int)) % 2
    face = _mix(one, two, chess * np.float32(random.random() < 0.35))
    face = _shade(face, 0.05 * values + noise(random, 1.3) * random.uniform(0.01, 0.1))
    return _mix(face, _flat(random, (0.0, 0.15), (0.25, 0.95)), gaps)


def _bricks(random: Random) -> Float32:
    values, gaps = _cells(
        random, 2 * int(random.integers(3, 7)), int(random.integers(2, 5)), 0.5, int(random.integers(3, 7))
    )
    face = _shade(_flat(random, (0.1, 0.65), (0.35, 0.9)), 0.12 * values + 0.07 * noise(random, 0.8))
    return _mix(face, _flat(random, (0.0, 0.15), (0.5, 0.95)), gaps)


def _weave(random: Random) -> Float32:
    threads = int(random.integers(16, 50))
    weave = np.sin(2 * np.pi * threads * _X) * np.sin(2 * np.pi * threads * _Y)
    base = _mix(
        _flat(random, (0.0, 0.9), (0.15, 0.95)), _flat(random, (0.0, 0.9), (0.15, 0.95)), 0.25 + 0.1 * noise(random, 1)
    )
    return _shade(base, 0.1 * weave.astype(np.float32) + random.uniform(0.02, 0.12) * noise(random, 0.4))


def _stripes(random: Random) -> Float32:
    image = _flat(random, (0.0, 0.7), (0.3, 0.97))
    period = int(random.choice([2, 3, 4, 6, 8]))
    for _ in range(int(random.integers(1, 4))):
        start, width = random.random(), random.uniform(0.05, 0.4)
        band = ((_X * period + start) % 1.0 < width).astype(np.float32)
        if random.random() < 0.35:  # checks
            band = 0.5 * (band + ((_Y * period + start) % 1.0 < width))
        image = _mix(image, _flat(random, (0.0, 0.9), (0.15, 0.97)), band * random.uniform(0.4, 1.0))
    return _shade(image, 0.03 * noise(random, 0.3))


def _dots(random: Random) -> Float32:
    """Draw a repeated figure, as on wallpaper and curtains."""
    image = np.empty((SIZE, SIZE, 3), np.float32)
    image[:] = colour(random, (0.0, 0.5), (0.4, 0.97))
    across = int(random.choice([2, 3, 4, 5, 8]))
    cell = SIZE // across
    figure = np.empty((3 * cell, 3 * cell, 3), np.float32)
    figure[:] = image[0, 0]
    for _ in range(int(random.integers(1, 7))):
        x, y = (random.integers(0, cell, 2) + cell).tolist()
        axes = tuple(int(a) for a in random.uniform(0.08, 0.4, 2) * cell)
        paint = colour(random, (0.1, 0.9), (0.15, 0.97)).tolist()
        turn = float(random.uniform(0, 180))
        for dx in (-cell, 0, cell):
            for dy in (-cell, 0, cell):
                cv2.ellipse(figure, (x + dx, y + dy), axes, turn, 0.0, 360.0, paint, -1, cv2.LINE_AA)
    tile = figure[cell : 2 * cell, cell : 2 * cell]
    image[:] = cv2.resize(np.tile(tile, (across, across, 1)), (SIZE, SIZE))
    return _shade(image, 0.03 * noise(random, 0.5))


def _marble(random: Random) -> Float32:
    veins = np.abs(np.sin(noise(random, random.uniform(1.4, 2.2)) * random.uniform(1.0, 4.0)))
    base = _mix(
        _flat(random, (0, 0.4), (0.1, 0.6)), _flat(random, (0, 0.3), (0.5, 0.97)), veins ** random.uniform(0.3, 1.0)
    )
    return _shade(base, 0.02 * noise(random, 0.5))


def _carpet(random: Random) -> Float32:
    large = (noise(random, random.uniform(1.2, 2.2)) > random.uniform(-0.5, 1.5)).astype(np.float32)
    base = _mix(
        _flat(random, (0, 0.8), (0.2, 0.9)), _flat(random, (0, 0.8), (0.2, 0.9)), large * random.uniform(0.0, 1.0)
    )
    return _shade(base, random.uniform(0.04, 0.22) * noise(random, random.uniform(0.0, 0.4)))


def _blots(random: Random) -> Float32:
    image = _flat(random, (0.0, 0.9), (0.15, 0.97))
    for _ in range(int(random.integers(2, 5))):
        mask = (noise(random, random.uniform(1.2, 2.2)) > random.uniform(0.2, 1.2)).astype(np.float32)
        image = _mix(image, _flat(random, (0.0, 0.9), (0.1, 0.97)), mask)
    return image


def _rug(random: Random) -> Float32:
    """Draw a symmetric rug with borders, for one face."""
    quarter = _blots(random)[: SIZE // 2, : SIZE // 2]
    half = np.concatenate([quarter, quarter[:, ::-1]], axis=1)
    image = np.concatenate([half, half[::-1]])
    edge = np.minimum(np.minimum(_X, 1 - _X), np.minimum(_Y, 1 - _Y)) * SIZE
    for outer in sorted(random.uniform(4, 50, int(random.integers(1, 4))), reverse=True):
        image = _mix(image, _flat(random, (0.1, 0.9), (0.1, 0.95)), (edge < outer).astype(np.float32))
    return _shade(image, 0.08 * noise(random, 0.2))


def _metal(random: Random) -> Float32:
    return _shade(_flat(random, (0.0, 0.12), (0.3, 0.9)), random.uniform(0.01, 0.06) * noise(random, 0.8, 0.05))


def _plastic(random: Random) -> Float32:
    return _shade(_flat(random, (0.0, 1.0), (0.08, 0.97)), random.uniform(0.004, 0.03) * noise(random, 0.8))


def _leaf(random: Random) -> Float32:
    green = np.array(
        colorsys.hsv_to_rgb(random.uniform(0.2, 0.42), random.uniform(0.4, 0.9), random.uniform(0.25, 0.8))
    )
    base = np.broadcast_to((green * 255).astype(np.float32), (SIZE, SIZE, 3))
    veins = np.abs(np.sin(np.pi * 14 * (_Y + np.abs(_X - 0.5)))) < 0.2
    return _shade(base, 0.12 * noise(random, 1.0) + 0.25 * veins.astype(np.float32))


def _print(random: Random) -> Float32:
    """Draw a picture, a book cover or a package: shapes, and lines that resemble text."""
    image = np.ascontiguousarray(_mix(_flat(random, (0, 0.8), (0.1, 1)), _flat(random, (0, 0.8), (0.1, 1)), _Y))
    for _ in range(int(random.integers(3, 16))):
        x, y = random.integers(0, SIZE, 2).tolist()
        w, h = random.integers(10, 120, 2).tolist()
        paint = colour(random, (0.0, 1.0), (0.05, 1.0)).tolist()
        shape = random.integers(4)
        if shape == 0:
            cv2.rectangle(image, (x, y), (x + w, y + h), paint, -1)
        elif shape == 1:
            cv2.circle(image, (x, y), w // 2, paint, -1, cv2.LINE_AA)
        elif shape == 2:
            cv2.fillPoly(image, [random.integers(0, SIZE, (4, 2)).astype(np.int32)], paint, cv2.LINE_AA)
        else:
            for line in range(int(random.integers(1, 7))):
                width = int(w * random.uniform(0.4, 1.4))
                cv2.rectangle(image, (x, y + 9 * line), (x + width, y + 9 * line + 4), paint, -1)
    return image


def _spine(random: Random) -> Float32:
    """Draw the back of a book."""
    image = np.ascontiguousarray(_flat(random, (0.0, 1.0), (0.08, 0.95)))
    ink = colour(random, (0.0, 0.6), (0.0, 1.0)).tolist()
    for _ in range(int(random.integers(1, 4))):
        y = int(random.integers(0, SIZE))
        cv2.rectangle(image, (0, y), (SIZE, y + int(random.integers(4, 16))), ink, -1)
    top = int(random.integers(20, 120))
    for x in range(70, 190, 40):
        if random.random() < 0.7:
            cv2.rectangle(image, (x, top), (x + 18, top + int(random.integers(60, 130))), ink, -1)
    return _shade(image, 0.03 * noise(random, 0.5))


def _sky(random: Random) -> Float32:
    """Draw the view from a window, if there are no photographs: sky, hills, houses."""
    high = np.array([random.uniform(90, 200), random.uniform(150, 220), random.uniform(200, 255)], np.float32)
    image = np.ascontiguousarray(_mix(high, np.full(3, 240, np.float32), _Y + 0.2 * noise(random, 1.8)))
    for level in np.sort(random.uniform(0.35, 0.8, 3)):
        line = level + 0.06 * noise(random, 2.0)[0]
        image = np.ascontiguousarray(
            _mix(
                image,
                _shade(_flat(random, (0.1, 0.6), (0.2, 0.7)), 0.15 * noise(random, 1.0)),
                (line < _Y).astype(np.float32),
            )
        )
        for x in random.integers(0, SIZE, 4).tolist():
            top = int(line[x] * SIZE) - int(random.integers(5, 60))
            paint = colour(random, (0.0, 0.5), (0.3, 0.95)).tolist()
            cv2.rectangle(image, (x, top), (x + int(random.integers(8, 40)), SIZE), paint, -1)
    return image


KINDS: dict[str, Callable[[Random], Float32]] = {
    "plaster": _plaster,
    "wood": _wood,
    "planks": _planks,
    "tiles": _tiles,
    "bricks": _bricks,
    "weave": _weave,
    "stripes": _stripes,
    "dots": _dots,
    "marble": _marble,
    "carpet": _carpet,
    "blots": _blots,
    "rug": _rug,
    "metal": _metal,
    "plastic": _plastic,
    "leaf": _leaf,
    "print": _print,
    "spine": _spine,
    "sky": _sky,
}
