"""Check whether an answer's covariance is small enough."""

from __future__ import annotations

from reloc.datatypes import Float64
from reloc.geometry.covariance import above
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty


def too_unsure(
    covariance: Float64, calibration: StatedUncertainty, max_sigma_m: float, max_sigma_deg: float
) -> str | None:
    """Return why an answer with that covariance (6, 6) is refused; None if it is small enough.

    A limit of 0 uses that of the model's calibration.
    """
    return above(covariance, max_sigma_m or calibration.max_sigma_m, max_sigma_deg or calibration.max_sigma_deg)
