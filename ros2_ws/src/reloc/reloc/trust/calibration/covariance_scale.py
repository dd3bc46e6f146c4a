"""Scale a method's covariances to its measured errors.

The goal is that 95 of 100 future right answers lie inside the 95 % ellipsoid. Sort N answers' errors relative to their
stated covariance. The next error is below the ceil(0.95 (N + 1))-th smallest with 95 % probability, for any
distribution (split conformal prediction; Vovk, Gammerman and Shafer 2005), if it is of the same kind. The ellipsoid is
scaled to this value. A bound with 95 % confidence would make it a 98 % ellipsoid for a hundred answers, and a robot
would know less than possible.

Only a separate drive can shrink it. A reference that was left out still belongs to the map's drive: its pose has its
neighbors' errors, and it contributed to the landmarks. In Red Kitchen, references would allow a third of the stated
standard deviations, but queries would not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reloc.datatypes import Float64, Localized
from reloc.distributions import chi2_quantile
from reloc.trust.calibration.curve import CONFIDENCE
from reloc.trust.calibration.record import CovarianceScale

INSIDE = 0.95
SMALLEST = 0.1  # smallest factor; data with a smaller one come from a simulation


def fit(errors: Float64, covariances: Float64, own_drive: bool) -> CovarianceScale:
    """Compute the scale from right answers' errors (N, 6), as in :func:`reloc.geometry.covariance.pose_error`.

    Args:
        covariances: (N, 6, 6), as stated, usable.
        own_drive: they come from a drive that the map was not made of. Otherwise no factor is below 1.
    """
    if len(errors) == 0:
        return CovarianceScale()
    position = _factor(_nees(errors[:, :3], covariances[:, :3, :3]), 3)
    rotation = _factor(_nees(errors[:, 3:], covariances[:, 3:, 3:]), 3)
    matrix = _matrix(position, rotation)
    # Position and rotation errors are not independent, so their two factors may cover too few or too many errors
    # together.
    both = _factor(_nees(errors, matrix @ covariances @ matrix), 6)
    position, rotation = (max(SMALLEST, factor * both) for factor in (position, rotation))
    if not own_drive or len(errors) < fewest_to_shrink():
        position, rotation = max(1.0, position), max(1.0, rotation)
    matrix = _matrix(position, rotation)
    limit = chi2_quantile(INSIDE, 6)
    before, after = (_nees(errors, c) for c in (covariances, matrix @ covariances @ matrix))
    return CovarianceScale(
        position, rotation, len(errors), float((before <= limit).mean()), float((after <= limit).mean())
    )


def scaled(answer: Localized, scale: CovarianceScale) -> Localized:
    """Return the answer with its standard deviations times the factors. Correlations stay, so it stays positive
    definite.
    """
    if scale.position == 1.0 and scale.rotation == 1.0:
        return answer
    matrix = _matrix(scale.position, scale.rotation)
    return replace(answer, covariance=matrix @ answer.covariance @ matrix)


def fewest_to_shrink() -> int:
    """Return the number of answers needed to shrink covariances: their largest error exceeds 95 % of all, with 95 %
    confidence.
    """
    return int(np.ceil(np.log(1.0 - CONFIDENCE) / np.log(INSIDE)))


def _factor(nees: Float64, dof: int) -> float:
    """Return the factor for the standard deviations."""
    count = len(nees)
    reaching = min(count, int(np.ceil(INSIDE * (count + 1))))
    needed = float(np.sort(nees)[reaching - 1]) / chi2_quantile(INSIDE, dof)
    factor = float(np.sqrt(max(needed, SMALLEST**2)))
    return factor if factor == 1.0 else factor * (1.0 + 1e-9)  # so that the answer on the edge is inside


def _nees(errors: Float64, covariances: Float64) -> Float64:
    """Return (N,) e' C^-1 e of errors (N, D) and covariances (N, D, D)."""
    solved = np.linalg.solve(covariances, errors[..., None])[..., 0]
    return np.asarray(np.einsum("ni,ni->n", errors, solved))


def _matrix(position: float, rotation: float) -> Float64:
    return np.diag(np.repeat([position, rotation], 3))
