"""Check the form of a map's arrays, so that computations can rely on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reloc.errors import MapIncompleteError
from reloc.maps import compact, half_bytes, layout
from reloc.maps.stored_array import Stored, in_pieces

Arrays = Mapping[str, Stored]
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
            "uv": ((total, 2), "fu"),
            "size": ((total,), "fu"),
            "angle": ((total,), "fu"),
        },
    )
    return total


def check_descriptors(folder: Path, arrays: Arrays, name: str, rows: int) -> None:
    """Check an array of descriptors: a byte a number, unsigned of RootSIFT, signed of a network; or half a byte
    (:mod:`reloc.maps.half_bytes`).

    Raises:
        MapIncompleteError: it is missing, or of another form.
    """
    if name not in arrays:
        raise MapIncompleteError(f"{folder} lacks the arrays {layout.FEATURES}/{name}", _FIX)
    found = arrays[name]
    rootsift = (compact.ROOTSIFT_LENGTH,), (compact.ROOTSIFT_LENGTH // 2,)
    known = found.dtype in (np.int8, np.int16) or (found.dtype == np.uint8 and found.shape[1:] in rootsift)
    most = MOST_NUMBERS // (half_bytes.IN_ONE if found.dtype == np.int16 else 1)
    if len(found.shape) != 2 or found.shape[0] != rows or not 1 <= found.shape[1] <= most or not known:
        problem = f"{folder}: {layout.FEATURES}/{name} is {found.shape} of {found.dtype}"
        raise MapIncompleteError(f"{problem}, for {rows} key points", _FIX)


def check_same_descriptors(folder: Path, found: Stored, like: Stored, rows: int) -> None:
    """Check that descriptors compare with others of the same map: as many numbers, of the same type.

    Raises:
        MapIncompleteError: they do not.
    """
    if found.shape != (rows, like.shape[1]) or found.dtype != like.dtype:
        problem = f"{folder}: an array of descriptors is {found.shape} of {found.dtype}"
        raise MapIncompleteError(f"{problem}; {(rows, like.shape[1])} of {like.dtype} is expected", _FIX)


def check_landmarks(folder: Path, arrays: Arrays, key_points: int, landmarks: int) -> None:
    """Check that the arrays of landmarks match the number of key points and landmarks.

    Raises:
        MapIncompleteError: an array is missing, of another form, or names a landmark that does not exist.
    """
    _check_form(
        folder,
        layout.LANDMARKS,
        arrays,
        {"ids": ((key_points,), "i"), "xyz": ((landmarks, 3), "f"), "observations": ((landmarks,), "iu")},
    )
    if "presence" in arrays:
        _check_form(folder, layout.LANDMARKS, arrays, {"presence": ((landmarks,), "u")})
    if not np.isfinite(arrays["xyz"].values).all():
        raise MapIncompleteError(f"{folder}: {layout.LANDMARKS}/xyz holds positions that are not finite", _FIX)
    ranges = [(int(ids.min()), int(ids.max())) for ids in in_pieces(arrays["ids"])]
    least, most = min((low for low, _ in ranges), default=-1), max((high for _, high in ranges), default=-1)
    if least < -1 or most >= landmarks:
        problem = f"{folder}: {layout.LANDMARKS}/ids range from {least} to {most}, but there are {landmarks} landmarks"
        raise MapIncompleteError(problem, _FIX)


def _check_form(folder: Path, prefix: str, arrays: Arrays, forms: Mapping[str, tuple[tuple[int, ...], str]]) -> None:
    """Check arrays against ``forms``: the shape of each, and the kinds that its numbers may have, as numpy's
    ``dtype.kind``."""
    lacking = sorted(set(forms) - set(arrays))
    if lacking:
        raise MapIncompleteError(f"{folder} lacks the arrays {prefix}/{', '.join(lacking)}", _FIX)
    for name, (shape, kinds) in forms.items():
        found = arrays[name]
        if found.shape != shape or found.dtype.kind not in kinds:
            problem = (
                f"{folder}: {prefix}/{name} is {found.shape} of {found.dtype}, which differs from the sizes in its "
                "manifest"
            )
            raise MapIncompleteError(f"{problem}, {shape}", _FIX)
