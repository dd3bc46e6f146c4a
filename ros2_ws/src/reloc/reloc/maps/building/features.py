"""Second step: extract key points and descriptors of every reference."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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
    if not any(len(found) for found in load(kept, len(references))):
        raise MapEmptyError(
            f"None of the {len(references)} images has a key point", "They are blank, dark or blurred: use others"
        )


def load(kept: Path, count: int) -> list[LocalFeatures]:
    """Return the features of all references as they were extracted."""
    bundles = (arrays.load_bundle(_file(kept, index)) for index in range(count))
    return [LocalFeatures(**{name: bundle[name] for name in _ARRAYS}, place=bundle.get(_PLACE)) for bundle in bundles]


def store(content: Path, features: Sequence[LocalFeatures], ids: Sequence[Int32]) -> None:
    """Write the features of all references into the map, in their compact form.

    Descriptors of key points without a landmark lie by themselves: `features` does not need them, and in a map with
    landmarks they are a third.

    Args:
        ids: per reference (K,) the landmark of each key point, -1 for none.
    """
    whole = {name: np.concatenate([getattr(found, name) for found in features]) for name in _ARRAYS}
    seen = np.concatenate(ids) >= 0
    descriptors = compact.pack_descriptors(whole["descriptors"])
    parts = {"descriptors": descriptors[seen], "unmatched": descriptors[~seen]}
    if not seen.any():
        parts = {"descriptors": descriptors}
    offsets = np.concatenate([[0], np.cumsum([len(found) for found in features])]).astype(np.int64)
    packed = {
        "uv": compact.pack_uv(whole["uv"]), "size": compact.pack_size(whole["size"]),
        "angle": compact.pack_angle(whole["angle"]), "offsets": offsets,
    }  # fmt: skip
    arrays.store(content, layout.FEATURES, packed | parts)


def _file(kept: Path, index: int) -> Path:
    return kept / f"{index:06d}.npz"
