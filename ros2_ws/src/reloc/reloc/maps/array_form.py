"""Check the form of a map's arrays, so that computations can rely on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.errors import MapIncompleteError
from reloc.maps import layout

Arrays = Mapping[str, NDArray[Any]]
_FIX = "Build or fetch the map again"


def check_features(folder: Path, arrays: Arrays, references: int) -> int:
    """Return the number of key points, if the arrays of features match the number of references.

    Raises:
        MapIncompleteError: an array is missing, or of another form.
    """
    _check_form(folder, layout.FEATURES, arrays, {"offsets": ((references + 1,), "i")})
    offsets = arrays["offsets"]
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
            "descriptors": ((total, 128), "u"),
        },
    )
    return total


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
    ids = arrays["ids"]
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
