"""Factors that make a method's covariances mean what they say, from its errors where the truth is known.

Of right answers 95 in 100 are to lie inside the 95 % ellipsoid: of those to come, not of those looked at. Of N answers'
errors, by what they stated, the ceil(0.95 (N + 1))-th smallest is such that the next one is below it 95 times in 100,
whatever their law (split conformal prediction; Vovk, Gammerman and Shafer 2005), where it is of the same kind. So that
is where the ellipsoid ends. A bound that is right with 95 % confidence would make it one of 98 % from a hundred
answers, and a stated 95 % that holds 100 of 100 tells a robot less than is known.

It is made smaller only by a drive of its own. A reference left out is still of the drive that the map was
made of: its pose errs as its neighbours' do, and it had a part in the landmarks. In Red Kitchen references would bear a
third of the stated standard deviations, and queries would not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reloc.datatypes import Float64, Localized
from reloc.distributions import chi2_quantile
from reloc.trust.calibration.curve import CONFIDENCE
from reloc.trust.calibration.record import CovarianceScale

INSIDE = 0.95
SMALLEST = 0.1  # factor: errors that are told smaller still are those of a simulation


def fit(errors: Float64, covariances: Float64, own_drive: bool) -> CovarianceScale:
    """Of right answers' errors (N, 6), as :func:`reloc.geometry.covariance.pose_error` has them, and what they stated.

    Args:
        covariances: (N, 6, 6), usable.
        own_drive: they are of a drive that the map was not made of. Otherwise no factor is below 1.
    """
    if len(errors) == 0:
        return CovarianceScale()
    position = _factor(_nees(errors[:, :3], covariances[:, :3, :3]), 3)
    rotation = _factor(_nees(errors[:, 3:], covariances[:, 3:, 3:]), 3)
    matrix = _matrix(position, rotation)
    # Each for itself may hold too little or too much together: they are not independent.
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
    """The answer with its standard deviations times the factors; correlations stay, so it stays positive definite."""
    if scale.position == 1.0 and scale.rotation == 1.0:
        return answer
    matrix = _matrix(scale.position, scale.rotation)
    return replace(answer, covariance=matrix @ answer.covariance @ matrix)


def fewest_to_shrink() -> int:
    """Answers of which the farthest is, with 95 % confidence, beyond 95 % of all: fewer make nothing smaller."""
    return int(np.ceil(np.log(1.0 - CONFIDENCE) / np.log(INSIDE)))


def _factor(nees: Float64, dof: int) -> float:
    """What the standard deviations must be multiplied by."""
    count = len(nees)
    reaching = min(count, int(np.ceil(INSIDE * (count + 1))))
    needed = float(np.sort(nees)[reaching - 1]) / chi2_quantile(INSIDE, dof)
    factor = float(np.sqrt(max(needed, SMALLEST**2)))
    return factor if factor == 1.0 else factor * (1.0 + 1e-9)  # so that the one on the edge is inside


def _nees(errors: Float64, covariances: Float64) -> Float64:
    """(N,) e' C^-1 e of errors (N, D) and covariances (N, D, D)."""
    solved = np.linalg.solve(covariances, errors[..., None])[..., 0]
    return np.asarray(np.einsum("ni,ni->n", errors, solved))


def _matrix(position: float, rotation: float) -> Float64:
    return np.diag(np.repeat([position, rotation], 3))
