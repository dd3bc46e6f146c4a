"""Real inputs for a model with one image input: a map's references, or a folder of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.errors import ImageError, ModelFormatError
from reloc.geometry.cameras import Camera
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceOptions, open_source
from reloc.models.model import Model
from reloc.preprocessing import Preprocess

UInt8 = NDArray[np.uint8]
_Frame = tuple[Callable[[], UInt8], Camera | None]


def of_map(model: Model, reference_map: ReferenceMap, count: int) -> UInt8:
    """Return up to ``count`` references, evenly chosen, as the model's input: (N, H, W, 3) uint8.

    Unreadable ones are left out.

    Raises:
        ModelFormatError: the model's input is not an image.
        ImageError: no reference can be read.
    """
    chosen = _evenly(len(reference_map), count)
    frames: list[_Frame] = [(partial(reference_map.image, i), reference_map.camera(i)) for i in chosen]
    return _fill(model, frames, f"map {reference_map.path}")


def of_folder(model: Model, folder: Path, count: int) -> UInt8:
    """Return up to ``count`` pictures of a folder, evenly chosen, each cropped to the model's camera.

    Raises:
        ModelFormatError: the model's input is not an image.
        SourceError, ImageError: there is no picture, or none can be read.
    """
    found = open_source("images", folder, SourceOptions()).frames("all")
    frames: list[_Frame] = [(found[i].load_image, None) for i in _evenly(len(found), count)]
    return _fill(model, frames, f"folder {folder}")


def _evenly(size: int, count: int) -> list[int]:
    return [int(i) for i in np.unique(np.linspace(0, size - 1, count).round())] if size else []


def _fill(model: Model, frames: Iterable[_Frame], what: str) -> UInt8:
    if model.camera is None or len(model.inputs) != 1:
        raise ModelFormatError(f"{model.path} does not take one image of a known camera", "It cannot be verified")
    target = Camera.from_dict(model.camera)
    preprocess = Preprocess(target)
    filled = []
    for load, camera in frames:
        try:
            picture = images.to_8_bit(load())
        except ImageError:
            continue
        out = np.empty((target.height, target.width, 3), np.uint8)
        preprocess.into(picture, camera or _same_view(target, picture), out)
        filled.append(out)
    if not filled:
        raise ImageError(f"The {what} has no image that can be read", "Give another one: --map or --images")
    return np.stack(filled)


def _same_view(target: Camera, picture: UInt8) -> Camera:
    """Return a camera for an uncalibrated picture, whose center fills the target."""
    height, width = picture.shape[:2]
    scale = min(width / target.width, height / target.height)
    return Camera(width, height, target.fx * scale, target.fy * scale, (width - 1) / 2, (height - 1) / 2)
