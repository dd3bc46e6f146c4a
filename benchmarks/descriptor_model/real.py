"""VLAD descriptors of real images: of a drive, in its order, and of places that have nothing in common.

All images are reduced to one size first. Otherwise the drive would differ from the places by its camera, which alone
would tell its images from theirs; a map's images are all of like cameras.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from reloc import images
from reloc.datatypes import Float32, UInt8
from reloc.features.rootsift import RootSift, as_unit
from reloc.retrieval import aggregation

WORDS = 64
_SIDE = 256  # pixels of the shorter side


@dataclass(frozen=True, slots=True, eq=False)
class RealDescriptors:
    """Rows of length 1, by one vocabulary."""

    drive: Float32  # (N, D)
    again: Float32  # (N', D) the same place later
    places: Float32  # (M, D)


def read(drive: Sequence[Path], again: Sequence[Path], places: Sequence[Path], kept: Path) -> RealDescriptors:
    """Return the descriptors of these images; read them from ``kept`` if that file exists, else write it."""
    if not kept.exists():
        sift = RootSift()
        groups = [[as_unit(_descriptors(sift, file)) for file in files] for files in (drive, again, places)]
        sample = np.concatenate([*groups[0][::2], *groups[1][::2], *groups[2][::8]])
        centres = aggregation.vocabulary(sample, WORDS)
        rows = [np.stack([aggregation.vlad(local, centres) for local in group]) for group in groups]
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **{name: x.astype(np.float16) for name, x in zip(_NAMES, rows, strict=True)})
    with np.load(kept) as found:
        return RealDescriptors(*(_unit(found[name].astype(np.float32)) for name in _NAMES))


_NAMES = ("drive", "again", "places")


def _descriptors(sift: RootSift, file: Path) -> Float32:
    return sift.extract(_reduced(images.to_gray(images.decode(file.read_bytes(), str(file))))).descriptors


def _reduced(gray: UInt8) -> UInt8:
    scale = _SIDE / min(gray.shape)
    size = (round(gray.shape[1] * scale), round(gray.shape[0] * scale))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def _unit(rows: Float32) -> Float32:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
