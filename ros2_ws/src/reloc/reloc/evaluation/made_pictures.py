"""Make pictures that show no place of a map, so that none may be answered."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.errors import CrowdedWorldError, DependencyError, ImageError
from reloc.geometry.cameras import Camera
from reloc.maps.reference_map import ReferenceMap
from reloc.synth import patterns
from reloc.synth.views import draw_views

PICTURE_KINDS = ("noise", "blank", "gradient", "pattern", "shuffled", "mirrored", "synthetic room")
TILES = 4  # tiles per side of a shuffled image
_ROOMS = 731_000  # first part of the synthetic rooms' seed, so that no network was trained on them
VIEWS_OF_A_ROOM = 5

Random = np.random.Generator


def made_pictures(
    reference_map: ReferenceMap, each: int, seed: int = 0, rooms: bool = True
) -> Iterator[tuple[str, UInt8, Camera]]:
    """Return ``each`` pictures of every one of :data:`KINDS` with their camera, always the same ones.

    All have the size of the map's first reference. ``shuffled`` and ``mirrored`` are made from references, so a map
    without its images has none. Rooms need Embree, and are left out if it is not installed, or if ``rooms`` is False.
    """
    camera = reference_map.camera(0)
    size = (camera.height, camera.width)
    for number in range(each):
        random = np.random.default_rng([seed, number])
        yield "noise", random.integers(0, 256, (*size, 3)).astype(np.uint8), camera
        yield "blank", _blank(size, random), camera
        yield "gradient", _gradient(size, random), camera
        yield "pattern", _pattern(size, random), camera
        index = int(random.integers(len(reference_map)))
        try:
            image, own = reference_map.image(index), reference_map.camera(index)
        except ImageError:
            continue
        yield "shuffled", shuffled(image, random), own
        yield "mirrored", np.ascontiguousarray(image[:, ::-1]), own
    if rooms:
        yield from _rooms(camera, each, seed)


def shuffled(image: UInt8, random: Random) -> UInt8:
    """Return an image (H, W, 3) with its 4 x 4 tiles in another order; none stays in place."""
    height, width = (side // TILES for side in image.shape[:2])
    mixed = image.copy()
    order = random.permutation(TILES * TILES)
    for place, source in zip(order, np.roll(order, int(random.integers(1, len(order)))), strict=True):
        (row, column), (from_row, from_column) = divmod(int(place), TILES), divmod(int(source), TILES)
        tile = image[from_row * height : (from_row + 1) * height, from_column * width : (from_column + 1) * width]
        mixed[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
    return mixed


def _blank(size: tuple[int, int], random: Random) -> UInt8:
    """Return a wall of one color, with the camera's noise."""
    wall = random.uniform(10.0, 245.0, 3) + random.normal(0.0, random.uniform(0.5, 4.0), (*size, 3))
    return np.asarray(np.clip(wall, 0.0, 255.0), np.uint8)


def _gradient(size: tuple[int, int], random: Random) -> UInt8:
    """Return a gradient from one color to another across the image."""
    angle = random.uniform(0.0, 2.0 * np.pi)
    v, u = np.mgrid[0.0 : 1.0 : size[0] * 1j, 0.0 : 1.0 : size[1] * 1j]
    share = np.clip(0.5 + (u - 0.5) * np.cos(angle) + (v - 0.5) * np.sin(angle), 0.0, 1.0)[..., None]
    one, other = random.uniform(0.0, 255.0, (2, 3))
    return np.asarray(one + (other - one) * share, np.uint8)


def _pattern(size: tuple[int, int], random: Random) -> UInt8:
    """Return a repeated material that fills the view, which gives many wrong matches."""
    kinds = sorted(patterns.KINDS)
    tile = patterns.draw(kinds[int(random.integers(len(kinds)))], random)
    times = [int(random.integers(1, 5)), int(random.integers(1, 5))]
    return np.asarray(cv2.resize(np.tile(tile, (times[0], times[1], 1)), size[::-1], interpolation=cv2.INTER_AREA))


def _rooms(camera: Camera, count: int, seed: int) -> Iterator[tuple[str, UInt8, Camera]]:
    for room in range(-(-count // VIEWS_OF_A_ROOM)):
        views = min(VIEWS_OF_A_ROOM, count - room * VIEWS_OF_A_ROOM)
        try:
            drawn = draw_views(_ROOMS, seed, room, count=views, camera=camera.pinhole)
        except (DependencyError, CrowdedWorldError) as error:
            logging.getLogger(__name__).info("No synthetic rooms: %s", error)
            return
        for image in drawn.images:
            yield "synthetic room", image, drawn.camera
