"""Second step: extract key points and descriptors of every reference."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reloc.datatypes import Int32, LocalFeatures
from reloc.errors import MapEmptyError
from reloc.features.extractor import Extractor
from reloc.maps import compact, layout
from reloc.maps.building import arrays
from reloc.maps.building.references import IngestedReferences
from reloc.maps.progress import Progress, track

STEP = "features"
_ARRAYS = ("uv", "size", "angle", "descriptors")
_IN_MEMORY = 256  # references
_PLACE = "place"  # global descriptor (G,) of the image, of kinds of features that give some


def extract(references: IngestedReferences, extractor: Extractor, config: Any, kept: Path, progress: Progress) -> None:
    """Extract features on all cores, one file per reference in ``kept``.

    Args:
        extractor: what works where one keeps all cores busy; where not, the kind of what does.
        config: the kind's settings.

    Raises:
        MapEmptyError: no image has a key point.
    """
    local = threading.local()  # a detector must not be shared between threads

    def one(index: int) -> None:
        file = _file(kept, index)
        if file.exists():
            return
        if not hasattr(local, "extractor"):
            local.extractor = extractor if extractor.shared else type(extractor).open(config)
        found = local.extractor.extract(references.gray(index))
        bundle = {name: getattr(found, name) for name in _ARRAYS}
        if found.place is not None:
            bundle[_PLACE] = found.place
        arrays.save_bundle(file, bundle)

    with ThreadPoolExecutor(1 if extractor.shared else os.cpu_count()) as pool:
        for _ in track(progress, STEP, pool.map(one, range(len(references))), len(references)):
            pass
    if not any(map(len, load(kept, len(references)))):
        raise MapEmptyError(
            f"None of the {len(references)} images has a key point", "They are blank, dark or blurred: use others"
        )


def load(kept: Path, count: int) -> Sequence[LocalFeatures]:
    """Return the features of all references as they were extracted; a file is read when its reference is asked for."""
    return _Kept(kept, count)


class _Kept(Sequence[LocalFeatures]):
    """Features of all references, of which the last used ones are in memory: all are 0.3 MB each."""

    def __init__(self, kept: Path, count: int) -> None:
        self._kept, self._count = kept, count
        self._read = lru_cache(maxsize=_IN_MEMORY)(self._load)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._count))]
        return self._read(range(self._count)[index])

    def _load(self, index: int) -> LocalFeatures:
        bundle = arrays.load_bundle(_file(self._kept, index))
        return LocalFeatures(**{name: bundle[name] for name in _ARRAYS}, place=bundle.get(_PLACE))


def store(content: Path, features: Sequence[LocalFeatures], ids: Sequence[Int32]) -> None:
    """Write the features of all references into the map, in their compact form.

    Descriptors of key points without a landmark lie by themselves: `features` does not need them, and in a map with
    landmarks they are a third.

    Args:
        ids: per reference (K,) the landmark of each key point, -1 for none.
    """
    uv, size, angle, with_landmark, others = [], [], [], [], []
    for found, landmarks in zip(features, ids, strict=True):
        descriptors = compact.pack_descriptors(found.descriptors)
        uv.append(found.uv)
        size.append(compact.pack_size(found.size))
        angle.append(compact.pack_angle(found.angle))
        with_landmark.append(descriptors[landmarks >= 0])
        others.append(descriptors[landmarks < 0])
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in uv])]).astype(np.int64)
    parts = {"descriptors": np.concatenate(with_landmark), "unmatched": np.concatenate(others)}
    if not len(parts["descriptors"]):
        parts = {"descriptors": parts["unmatched"]}
    packed = {
        "uv": compact.pack_uv(np.concatenate(uv)), "size": np.concatenate(size), "angle": np.concatenate(angle),
        "offsets": offsets,
    }  # fmt: skip
    arrays.store(content, layout.FEATURES, packed | parts)


def _file(kept: Path, index: int) -> Path:
    return kept / f"{index:06d}.npz"
