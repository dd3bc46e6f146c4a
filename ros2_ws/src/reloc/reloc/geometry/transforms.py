"""Rigid transforms as 4 x 4 matrices, named ``b_from_a`` so that inner frames cancel.

All functions use float64 and never change their inputs. Quaternions are xyzw, as in ROS.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reloc.errors import PoseError

Float64 = NDArray[np.float64]

# A matrix farther than this from orthonormal is not a rotation; a nearer one has the rounding of a text file.
ORTHONORMAL_TOLERANCE = 1e-2


def make(rotation: ArrayLike, translation: ArrayLike) -> Float64:
    """Return a transform from its rotation (3, 3) and translation (3,)."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = translation
    return matrix


def inverse(b_from_a: Float64) -> Float64:
    """Return ``a_from_b``. Also takes stacks (..., 4, 4)."""
    rotation = np.swapaxes(b_from_a[..., :3, :3], -1, -2)
    out = np.zeros(b_from_a.shape)  # not zeros_like: a float32 or integer pose would keep its type
    out[..., :3, :3] = rotation
    out[..., :3, 3] = -np.einsum("...ij,...j->...i", rotation, b_from_a[..., :3, 3])
    out[..., 3, 3] = 1.0
    return out


def transform(b_from_a: Float64, xyz_in_a: ArrayLike) -> Float64:
    """Return points (N, 3) of frame a in frame b."""
    return np.asarray(xyz_in_a, dtype=np.float64) @ b_from_a[:3, :3].T + b_from_a[:3, 3]


def skew(v: ArrayLike) -> Float64:
    """Return the matrix (3, 3) with ``skew(v) @ w == cross(v, w)``."""
    x, y, z = np.asarray(v, dtype=np.float64)
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def so3_exp(rotvec: ArrayLike) -> Float64:
    """Return the rotation (3, 3) of a rotation vector (3,) in radians (Rodrigues)."""
    v = np.asarray(rotvec, dtype=np.float64)
    theta2 = float(v @ v)
    k = skew(v)
    if theta2 < 1e-12:  # series: sin(x)/x and (1-cos(x))/x^2 lose all digits here
        return np.asarray(np.eye(3) + (1.0 - theta2 / 6.0) * k + (0.5 - theta2 / 24.0) * (k @ k))
    theta = np.sqrt(theta2)
    return np.asarray(np.eye(3) + (np.sin(theta) / theta) * k + ((1.0 - np.cos(theta)) / theta2) * (k @ k))


def so3_log(rotation: Float64) -> Float64:
    """Return the rotation vector (3,) in radians, of length at most pi. Inverse of :func:`so3_exp`."""
    x, y, z, w = quaternion_from_rotation(rotation)
    vector = np.array([x, y, z])
    sine = float(np.linalg.norm(vector))
    # The limit of 2 * atan2(sine, w) / sine for vanishing sine.
    factor = 2.0 / float(w) if sine < 1e-9 else 2.0 * math.atan2(sine, w) / sine
    return np.asarray(vector * factor)


def quaternion_from_rotation(rotation: Float64) -> Float64:
    """Return the unit quaternion (4,) xyzw with w >= 0 (Shepperd: divides by the largest component)."""
    r = np.asarray(rotation, dtype=np.float64)
    trace = np.trace(r)
    choice = int(np.argmax([r[0, 0], r[1, 1], r[2, 2], trace]))
    q = np.empty(4)
    if choice == 3:
        q[3] = 1.0 + trace
        q[:3] = r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]
    else:
        i, j, k = choice, (choice + 1) % 3, (choice + 2) % 3
        q[i] = 1.0 + r[i, i] - r[j, j] - r[k, k]
        q[j] = r[j, i] + r[i, j]
        q[k] = r[k, i] + r[i, k]
        q[3] = r[k, j] - r[j, k]
    q /= np.linalg.norm(q)
    return -q if q[3] < 0 else q


def rotation_from_quaternion(xyzw: ArrayLike) -> Float64:
    """Return the rotation (3, 3) of a quaternion (4,) xyzw of any length but zero.

    Raises:
        PoseError: the quaternion is zero or not finite.
    """
    q = np.asarray(xyzw, dtype=np.float64)
    norm = np.linalg.norm(q)
    if not np.isfinite(norm) or norm < 1e-9:
        raise PoseError(f"The quaternion {q.tolist()} is not a rotation", "It must be finite and not zero")
    x, y, z, w = q / norm
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def from_quaternion(xyzw: ArrayLike, translation: ArrayLike) -> Float64:
    """Return a transform from a quaternion (4,) xyzw and a translation (3,)."""
    return make(rotation_from_quaternion(xyzw), translation)


def to_quaternion(b_from_a: Float64) -> Float64:
    """Return the rotation of a transform as a quaternion (4,) xyzw, w >= 0."""
    return quaternion_from_rotation(b_from_a[:3, :3])


def angle(rotation: Float64) -> float:
    """Return the angle of a rotation (3, 3) in radians, 0 to pi. Exact also near 0 and pi."""
    return float(np.linalg.norm(so3_log(rotation)))


def rotation_angle_between(c_from_a: Float64, c_from_b: Float64) -> float:
    """Return the angle between two orientations in radians."""
    return angle(c_from_a[:3, :3].T @ c_from_b[:3, :3])


def rotation_angles_between(c_from_a: Float64, c_from_b: Float64) -> Float64:
    """Return angles (...) between many orientations, each (..., 3, 3) or (..., 4, 4), in radians; shapes are broadcast.

    It is fast, by the arc cosine: below 1e-7 rad it returns 0. :func:`rotation_angle_between` is exact.
    """
    trace = np.einsum("...ij,...ij->...", c_from_a[..., :3, :3], c_from_b[..., :3, :3])
    return np.asarray(np.arccos(np.clip((trace - 1.0) / 2.0, -1.0, 1.0)))


def distance_between(c_from_a: Float64, c_from_b: Float64) -> float:
    """Return the distance between two positions in meters."""
    return float(np.linalg.norm(c_from_a[:3, 3] - c_from_b[:3, 3]))


def check_rigid(matrix: ArrayLike, what: str) -> Float64:
    """Return ``matrix`` as a float64 rigid transform with an exactly orthonormal rotation.

    Raises:
        PoseError: wrong shape, not finite, or not a rotation within ``ORTHONORMAL_TOLERANCE``.
    """
    m = np.array(matrix, dtype=np.float64)
    if m.shape != (4, 4):
        raise PoseError(f"{what} has shape {m.shape}", "A pose is a 4 x 4 matrix")
    if not np.isfinite(m).all():
        raise PoseError(f"{what} is not finite", "Leave the frame out, or correct its pose")
    rotation = m[:3, :3]
    off = float(np.abs(rotation @ rotation.T - np.eye(3)).max())
    if off > ORTHONORMAL_TOLERANCE or np.linalg.det(rotation) < 0:
        raise PoseError(
            f"{what} is not a rotation (off by {off:.3g}, determinant {np.linalg.det(rotation):.3g})",
            "Poses must be rigid, without scale or mirror",
        )
    if np.abs(m[3] - (0, 0, 0, 1)).max() > 1e-6:
        raise PoseError(f"{what} has the last row {m[3].tolist()}", "It must be 0 0 0 1")
    u, _, vt = np.linalg.svd(rotation)
    return make(u @ vt, m[:3, 3])
