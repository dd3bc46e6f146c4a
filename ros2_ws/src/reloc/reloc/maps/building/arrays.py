"""Write and read the arrays of the map that is being built."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import LocalFeatures
from reloc.errors import MapHashError
from reloc.maps import layout
from reloc.maps.building.workspace import write_atomic
from reloc.parsing import npy_file
from reloc.parsing.blame import Blame

FEATURE_ARRAYS = ("uv", "size", "angle", "descriptors")


def store(content: Path, prefix: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays under ``prefix``, in place of all that were there."""
    folder = content / layout.arrays_folder(prefix)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)


def load(content: Path, prefix: str) -> dict[str, NDArray[Any]]:
    """The arrays under ``prefix``."""
    folder = content / layout.arrays_folder(prefix)
    return {file.stem: npy_file.load(file, _blame(file)) for file in sorted(folder.glob("*.npy"))}


def load_features(content: Path) -> list[LocalFeatures]:
    """The features of all references."""
    a = load(content, layout.FEATURES)
    spans = zip(a["offsets"][:-1], a["offsets"][1:], strict=True)
    return [LocalFeatures(*(a[name][start:end].copy() for name in FEATURE_ARRAYS)) for start, end in spans]


def save_bundle(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write several arrays into one file, in full or not at all."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(arrays))
    write_atomic(file, buffer.getvalue())


def load_bundle(file: Path) -> dict[str, NDArray[Any]]:
    """Inverse of :func:`save_bundle`.

    Raises:
        MapHashError: it was damaged since.
    """
    return npy_file.load_bundle(file, _blame(file))


def _blame(file: Path) -> Blame:
    return Blame(str(file), MapHashError, "Remove the .partial folder, and build again")
