"""What a map's arrays must look like, so that nobody who computes with them meets a surprise."""

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
    """The number of key points, if the arrays of features are those of so many references.

    Raises:
        MapIncompleteError: one is missing, or of another form.
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
    """See that the arrays of landmarks are those of so many key points and landmarks.

    Raises:
        MapIncompleteError: one is missing, of another form, or names a landmark that is not there.
    """
    _check_form(
        folder,
        layout.LANDMARKS,
        arrays,
        {"ids": ((key_points,), "i"), "xyz": ((landmarks, 3), "f"), "observations": ((landmarks,), "i")},
    )
    ids = arrays["ids"]
    if key_points and not (ids.min() >= -1 and ids.max() < landmarks):
        problem = f"{folder}: {layout.LANDMARKS}/ids reach from {ids.min()} to {ids.max()}, there are {landmarks}"
        raise MapIncompleteError(problem, _FIX)


def _check_form(folder: Path, prefix: str, arrays: Arrays, forms: Mapping[str, tuple[tuple[int, ...], str]]) -> None:
    """``forms``: of each array its shape, and the kind of its numbers as numpy's ``dtype.kind`` says it."""
    lacking = sorted(set(forms) - set(arrays))
    if lacking:
        raise MapIncompleteError(f"{folder} lacks the arrays {prefix}/{', '.join(lacking)}", _FIX)
    for name, (shape, kind) in forms.items():
        found = arrays[name]
        if found.shape != shape or found.dtype.kind != kind:
            problem = f"{folder}: {prefix}/{name} is {found.shape} of {found.dtype}: its manifest tells other sizes"
            raise MapIncompleteError(f"{problem}, {shape}", _FIX)
