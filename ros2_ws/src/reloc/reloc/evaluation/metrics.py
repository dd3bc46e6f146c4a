"""Error measures: pure functions on arrays.

Frames without an answer are not in the arrays, so shares of *all* queries take ``total``. An empty set has no median:
these functions then return NaN, which becomes null in JSON.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from reloc.datatypes import Float64
from reloc.distributions import chi2_quantile
from reloc.geometry import transforms


def translation_error(world_from_cam: Float64, world_from_true: Float64) -> float:
    """Return the distance of the camera centers in meters. Both (4, 4)."""
    return float(np.linalg.norm(world_from_cam[:3, 3] - world_from_true[:3, 3]))


def rotation_error_deg(world_from_cam: Float64, world_from_true: Float64) -> float:
    """Return the angle between the two orientations in degrees. Both (4, 4)."""
    return float(np.degrees(transforms.angle(world_from_true[:3, :3] @ world_from_cam[:3, :3].T)))


def error_vector(world_from_cam: Float64, world_from_true: Float64) -> Float64:
    """Return (dt, dr) (6,) with t_true = t + dt and R_true = exp(dr) R: the error of Localized.covariance."""
    rotation = world_from_true[:3, :3] @ world_from_cam[:3, :3].T
    return np.concatenate([world_from_true[:3, 3] - world_from_cam[:3, 3], transforms.so3_log(rotation)])


def nees(error: Float64, covariance: Float64) -> float:
    """Return the normalized estimation error squared, e' C^-1 e; it follows chi2 with len(e) degrees of freedom if C is
    correct.

    NaN if the covariance is not positive definite or not finite.
    """
    try:
        factor = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return float("nan")
    return float(np.sum(np.square(np.linalg.solve(factor, error))))


def coverage(nees_values: ArrayLike, dof: int = 6, confidence: float = 0.95) -> float:
    """Return the share of errors inside the ellipsoid of that confidence, which it equals for a correct covariance.

    NaN (an invalid covariance) counts as outside.
    """
    values = np.asarray(nees_values, np.float64)
    return float(np.mean(values <= chi2_quantile(confidence, dof))) if values.size else float("nan")


def recall(translation_m: ArrayLike, rotation_deg: ArrayLike, within_m: float, within_deg: float, total: int) -> float:
    """Return the share of all ``total`` queries that were answered within both bounds (inclusive)."""
    good = (np.asarray(translation_m) <= within_m) & (np.asarray(rotation_deg) <= within_deg)
    return float(np.sum(good)) / total if total else float("nan")


def gross_rate(
    translation_m: ArrayLike, rotation_deg: ArrayLike, total: int, beyond_m: float = 0.5, beyond_deg: float = 10.0
) -> float:
    """Return the share of all ``total`` queries with an answer beyond either bound: worse than no answer."""
    wrong = (np.asarray(translation_m) > beyond_m) | (np.asarray(rotation_deg) > beyond_deg)
    return float(np.sum(wrong)) / total if total else float("nan")


def percentile(values: ArrayLike, percent: float) -> float:
    """Return the percentile with linear interpolation; NaN of an empty set."""
    array = np.asarray(values, np.float64)
    return float(np.percentile(array, percent)) if array.size else float("nan")


def median(values: ArrayLike) -> float:
    """Return the median; NaN of an empty set."""
    return percentile(values, 50.0)


def maximum(values: ArrayLike) -> float:
    """Return the maximum; NaN of an empty set."""
    array = np.asarray(values, np.float64)
    return float(array.max()) if array.size else float("nan")
