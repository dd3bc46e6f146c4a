"""Second step: extract key points and descriptors of every reference."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from reloc.errors import MapEmptyError
from reloc.features.extractor import Extractor
from reloc.maps import layout
from reloc.maps.building import arrays
from reloc.maps.building.references import IngestedReferences
from reloc.maps.progress import Progress, track

STEP = "features"


def extract(references: IngestedReferences, extractor: Extractor, config: Any, kept: Path, progress: Progress) -> None:
    """Extract features on all cores, one file per reference in ``kept``, then store them as whole arrays.

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
        bundle = {name: getattr(found, name) for name in arrays.FEATURE_ARRAYS}
        if found.place is not None:
            bundle[arrays.PLACE] = found.place
        arrays.save_bundle(file, bundle)

    with ThreadPoolExecutor(1 if extractor.shared else os.cpu_count()) as pool:
        for _ in track(progress, STEP, pool.map(one, range(len(references))), len(references)):
            pass
    bundles = [arrays.load_bundle(_file(kept, index)) for index in range(len(references))]
    whole = {name: np.concatenate([b[name] for b in bundles]) for name in arrays.FEATURE_ARRAYS}
    if not len(whole["uv"]):
        raise MapEmptyError(
            f"None of the {len(references)} images has a key point", "They are blank, dark or blurred: use others"
        )
    if all(arrays.PLACE in b for b in bundles):
        whole[arrays.PLACE] = np.stack([b[arrays.PLACE] for b in bundles])
    counts = [len(b["uv"]) for b in bundles]
    whole["offsets"] = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    arrays.store(references.content, layout.FEATURES, whole)


def _file(kept: Path, index: int) -> Path:
    return kept / f"{index:06d}.npz"
