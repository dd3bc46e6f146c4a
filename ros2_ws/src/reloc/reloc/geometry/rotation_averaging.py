"""Average rotations.

Hartley, Trumpf, Dai and Li, "Rotation averaging" (IJCV 2013); the robust mean is "L1 rotation averaging using the
Weiszfeld algorithm" (CVPR 2011), with Vardi and Zhang's step where the iterate meets a sample.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reloc.errors import PoseError
from reloc.geometry.rotations import matrices_from_rotvecs, rotvecs_from_matrices

Float64 = NDArray[np.float64]

_SAME = 1e-9  # radians: an iterate nearer than this to a sample is at the sample


def chordal_mean(rotations: Float64, weights: ArrayLike | None = None) -> Float64:
    """Return the rotation (3, 3) with the least (weighted) sum of squared Frobenius distances to rotations (N, 3, 3).

    It is exact and in closed form. Outliers pull it; for two opposite rotations the result is arbitrary.

    Raises:
        PoseError: there is no rotation, one is not finite, or weights are negative, all zero or of another number.
    """
    samples, w = _checked(rotations, weights)
    return _nearest_rotation(np.einsum("n,nij->ij", w, samples))


def chordal_means(rotations: Float64) -> Float64:
    """Return :func:`chordal_mean` (S, 3, 3) of each of many sets of rotations (S, N, 3, 3), N > 0, all finite."""
    return _nearest_rotation(rotations.mean(axis=1))


def geodesic_l1_mean(
    rotations: Float64, weights: ArrayLike | None = None, iterations: int = 100, tolerance_rad: float = 1e-9
) -> Float64:
    """Return the rotation (3, 3) with the least (weighted) sum of angles to rotations (N, 3, 3): a median.

    Up to half of the weight may be outliers. It starts at the best sample, so that of several local medians (samples
    all over the sphere) it finds the one near most samples.

    Raises:
        PoseError: as :func:`chordal_mean`.
    """
    samples, w = _checked(rotations, weights)
    cosine = (np.einsum("aij,bij->ab", samples, samples) - 1.0) / 2.0
    mean = samples[int(np.argmin(np.arccos(np.clip(cosine, -1.0, 1.0)) @ w))]
    for _ in range(iterations):
        steps = rotvecs_from_matrices(samples @ mean.T)  # (N, 3), rotations about fixed axes
        angle = np.linalg.norm(steps, axis=1)
        away = angle > _SAME
        if not away.any():
            break
        pull = w[away] / angle[away]
        force = pull @ steps[away]  # the gradient of the sum of angles
        here, strength = float(w[~away].sum()), float(np.linalg.norm(force))
        if strength <= here:  # the sample at the iterate outweighs all others: it is the median
            break
        step = (1.0 - here / strength) * force / pull.sum()
        mean = matrices_from_rotvecs(step) @ mean
        if np.linalg.norm(step) < tolerance_rad:
            break
    return np.asarray(mean, dtype=np.float64)


def midway(a: Float64, b: Float64) -> Float64:
    """Return rotations (N, 3, 3) halfway between rotations ``a`` and ``b`` (N, 3, 3): the mean by any measure."""
    turn = rotvecs_from_matrices(np.swapaxes(a, 1, 2) @ b)
    return np.asarray(a @ matrices_from_rotvecs(0.5 * turn))


def _nearest_rotation(matrices: Float64) -> Float64:
    """Return the rotations nearest to matrices (..., 3, 3), by the Frobenius norm."""
    u, _, vt = np.linalg.svd(matrices)
    u[..., 2] *= np.sign(np.linalg.det(u) * np.linalg.det(vt))[..., None]  # not the nearest reflection
    return np.asarray(u @ vt)


def _checked(rotations: Float64, weights: ArrayLike | None) -> tuple[Float64, Float64]:
    samples = np.asarray(rotations, dtype=np.float64)
    if samples.ndim != 3 or samples.shape[1:] != (3, 3) or len(samples) == 0 or not np.isfinite(samples).all():
        raise PoseError(f"Cannot average rotations of shape {samples.shape}", "Give (N, 3, 3) with N > 0, all finite")
    w = np.ones(len(samples)) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (len(samples),) or not np.isfinite(w).all() or (w < 0).any() or w.sum() <= 0:
        raise PoseError(
            f"Weights {w.tolist()} for {len(samples)} rotations", "Give one each, not negative, not all zero"
        )
    return samples, w / w.sum()
