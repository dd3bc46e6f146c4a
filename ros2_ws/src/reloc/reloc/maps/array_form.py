"""Check the form of a map's arrays, so that computations can rely on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reloc.errors import MapIncompleteError
from reloc.maps import layout
from reloc.maps.held_array import HeldArray

Arrays = Mapping[str, HeldArray]
MOST_NUMBERS = 512  # of a descriptor
_FIX = "Build or fetch the map again"


def check_features(folder: Path, arrays: Arrays, references: int) -> int:
    """Return the number of key points, if the arrays of features match the number of references.

    Raises:
        MapIncompleteError: an array is missing, or of another form.
    """
    _check_form(folder, layout.FEATURES, arrays, {"offsets": ((references + 1,), "i")})
    offsets = arrays["offsets"].values
    if offsets[0] != 0 or (np.diff(offsets) < 0).any():
        raise MapIncompleteError(f"{folder}: {layout.FEATURES}/offsets does not rise from 0", _FIX)
    total = int(offsets[-1])
    _check_form(
        folder,
        layout.FEATURES,
        arrays,
        {
            "uv": ((total, 2), "f"),
            "size": ((total,), "f"),
            "angle": ((total,), "f"),
        },
    )
    _check_descriptors(folder, arrays, total)
    return total


def _check_descriptors(folder: Path, arrays: Arrays, total: int) -> None:
    """A byte a number; RootSIFT's are unsigned, a network's signed."""
    if "descriptors" not in arrays:
        raise MapIncompleteError(f"{folder} lacks the arrays {layout.FEATURES}/descriptors", _FIX)
    found = arrays["descriptors"]
    known = found.dtype == np.int8 or (found.dtype == np.uint8 and found.shape[1:] == (128,))
    if len(found.shape) != 2 or found.shape[0] != total or not 1 <= found.shape[1] <= MOST_NUMBERS or not known:
        problem = f"{folder}: {layout.FEATURES}/descriptors is {found.shape} of {found.dtype}"
        raise MapIncompleteError(f"{problem}, for {total} key points", _FIX)


def check_landmarks(folder: Path, arrays: Arrays, key_points: int, landmarks: int) -> None:
    """Check that the arrays of landmarks match the number of key points and landmarks.

    Raises:
        MapIncompleteError: an array is missing, of another form, or names a landmark that does not exist.
    """
    _check_form(
        folder,
        layout.LANDMARKS,
        arrays,
        {"ids": ((key_points,), "i"), "xyz": ((landmarks, 3), "f"), "observations": ((landmarks,), "i")},
    )
    ids = arrays["ids"].values
    if key_points and not (ids.min() >= -1 and ids.max() < landmarks):
        problem = (
            f"{folder}: {layout.LANDMARKS}/ids range from {ids.min()} to {ids.max()}, but there are {landmarks} "
            "landmarks"
        )
        raise MapIncompleteError(problem, _FIX)


def _check_form(folder: Path, prefix: str, arrays: Arrays, forms: Mapping[str, tuple[tuple[int, ...], str]]) -> None:
    """Check arrays against ``forms``: the shape of each, and the kind of its numbers as numpy's ``dtype.kind``."""
    lacking = sorted(set(forms) - set(arrays))
    if lacking:
        raise MapIncompleteError(f"{folder} lacks the arrays {prefix}/{', '.join(lacking)}", _FIX)
    for name, (shape, kind) in forms.items():
        found = arrays[name]
        if found.shape != shape or found.dtype.kind != kind:
            problem = (
                f"{folder}: {prefix}/{name} is {found.shape} of {found.dtype}, which differs from the sizes in its "
                "manifest"
            )
            raise MapIncompleteError(f"{problem}, {shape}", _FIX)
