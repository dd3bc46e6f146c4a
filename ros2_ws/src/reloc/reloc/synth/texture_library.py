"""Supply textures: patterns, and photographs of a folder. They are kept as pyramids, because worlds share them."""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict
from pathlib import Path

import cv2
import numpy as np

from reloc import images
from reloc.datatypes import UInt8
from reloc.errors import ImageError, TextureError
from reloc.synth import patterns
from reloc.synth.texture_atlas import SIZE, pyramid

VARIANTS = 40  # variants of each pattern; worlds also tint them
PHOTO, MIRRORED = "photo", "mirrored"
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
_KEPT = 600  # pyramids of patterns, and of a library's photographs, in memory; 0.4 MB each

Key = tuple[str, int]


@functools.lru_cache(maxsize=_KEPT)
def _pattern(kind: str, number: int) -> UInt8:
    """Return the pyramid of a pattern. It is the same in all libraries, so it is drawn once."""
    return pyramid(patterns.draw(kind, np.random.default_rng([list(patterns.KINDS).index(kind), number])))


class TextureLibrary:
    """Textures by kind and number. A key always means the same texture."""

    def __init__(self, folder: Path | str | None = None) -> None:
        """Find the photographs in ``folder`` and below it; without a folder there are none.

        Raises:
            TextureError: there is no such folder, or no photograph in it.
        """
        self.photos: tuple[Path, ...] = ()
        self._kept: OrderedDict[Key, UInt8] = OrderedDict()
        if folder is None:
            return
        path = Path(folder)
        if not path.is_dir():
            raise TextureError(f"There is no folder of textures {path}", "Give a folder with photographs, or none")
        self.photos = tuple(sorted(f for f in path.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file()))
        if not self.photos:
            expected = f"It must contain files such as *{', *'.join(SUFFIXES[:3])}"
            raise TextureError(f"There is no photograph in {path}", expected)

    def draw(self, random: np.random.Generator, *kinds: str) -> Key:
        """Return a texture of one of ``kinds``: :data:`patterns.KINDS`, PHOTO (once over a face) or MIRRORED."""
        known = [k for k in kinds if self.photos or k not in (PHOTO, MIRRORED)] or ["print"]
        kind = known[int(random.integers(len(known)))]
        count = len(self.photos) if kind in (PHOTO, MIRRORED) else VARIANTS
        return kind, int(random.integers(count))

    def pyramid(self, key: Key) -> UInt8:
        """Return the texture's row of an atlas."""
        if key[0] not in (PHOTO, MIRRORED):
            return _pattern(*key)
        row = self._kept.get(key)
        if row is None:
            row = self._kept[key] = pyramid(self._texture(key))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return row

    def _texture(self, key: Key) -> UInt8:
        kind, number = key
        photo = self._photo(number)
        if kind == PHOTO:
            return photo
        half = cv2.resize(photo, (SIZE // 2, SIZE // 2), interpolation=cv2.INTER_AREA)
        row = np.concatenate([half, half[:, ::-1]], axis=1)
        return np.ascontiguousarray(np.concatenate([row, row[::-1]]), np.uint8)

    def _photo(self, number: int) -> UInt8:
        """Return the photograph's middle square; for a broken file a pattern, logged once per file and session."""
        file = self.photos[number]
        try:
            image = images.load(file)
        except ImageError as error:
            warnings.warn(f"A pattern replaces a broken photograph. {error}", stacklevel=2)
            return patterns.draw("print", np.random.default_rng([99, number]))
        height, width = image.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = image[top : top + side, left : left + side]
        how = cv2.INTER_AREA if side > SIZE else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(square, (SIZE, SIZE), interpolation=how), np.uint8)
