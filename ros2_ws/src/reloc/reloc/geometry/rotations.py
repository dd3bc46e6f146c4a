"""Convert many rotations at once: matrices, rotation vectors in radians, quaternions xyzw.

This is the only user of SciPy's class. No rotation at all is valid input and gives an empty array: the SciPy 1.11 of
Ubuntu 24.04 raises there ("Invalid shape in axis 0: 0").
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

Float64 = NDArray[np.float64]


def rotvecs_from_matrices(matrices: ArrayLike) -> Float64:
    """Return rotation vectors (..., 3) of rotations (..., 3, 3)."""
    return _converted(matrices, (3, 3), (3,), lambda flat: Rotation.from_matrix(flat).as_rotvec())


def matrices_from_rotvecs(rotvecs: ArrayLike) -> Float64:
    """Return rotations (..., 3, 3) of rotation vectors (..., 3)."""
    return _converted(rotvecs, (3,), (3, 3), lambda flat: Rotation.from_rotvec(flat).as_matrix())


def matrices_from_quaternions(xyzw: ArrayLike) -> Float64:
    """Return rotations (..., 3, 3) of quaternions (..., 4) of any length but zero.

    Raises:
        ValueError: a quaternion is zero. Check what comes from outside before.
    """
    return _converted(xyzw, (4,), (3, 3), lambda flat: Rotation.from_quat(flat).as_matrix())


def quaternions_from_matrices(matrices: ArrayLike, canonical: bool = True) -> Float64:
    """Return unit quaternions (..., 4) of rotations (..., 3, 3); w >= 0 if ``canonical``, else either sign."""
    return _converted(matrices, (3, 3), (4,), lambda flat: Rotation.from_matrix(flat).as_quat(canonical=canonical))


def angles_of_matrices(matrices: ArrayLike) -> Float64:
    """Return angles (...) of rotations (..., 3, 3) in radians, 0 to pi. Exact also near 0 and pi."""
    return _converted(matrices, (3, 3), (), lambda flat: Rotation.from_matrix(flat).magnitude())


def angles_between_quaternions(one: ArrayLike, other: ArrayLike) -> Float64:
    """Return angles (...) in radians between rotations given as quaternions (..., 4) each, both of the same shape.

    Raises:
        ValueError: a quaternion is zero. Check what comes from outside before.
    """
    both = np.stack([np.asarray(one, np.float64), np.asarray(other, np.float64)], axis=-2)
    return _converted(both, (2, 4), (), _angles_between)


def _angles_between(pairs: Float64) -> Float64:
    turned = Rotation.from_quat(pairs[:, 0]) * Rotation.from_quat(pairs[:, 1]).inv()
    return np.asarray(turned.magnitude())


def _converted(
    values: ArrayLike, item: tuple[int, ...], result: tuple[int, ...], convert: Callable[[Float64], Float64]
) -> Float64:
    """Convert items of shape ``item`` to items of shape ``result``; leading axes stay, and may be empty."""
    given = np.asarray(values, dtype=np.float64)
    leading = given.shape[: given.ndim - len(item)]
    if given.shape[len(leading) :] != item:
        raise ValueError(f"Array of shape {given.shape}: the last axes must be {item}")
    if given.size == 0:
        return np.zeros((*leading, *result))
    return np.asarray(convert(given.reshape(-1, *item)), dtype=np.float64).reshape((*leading, *result))
