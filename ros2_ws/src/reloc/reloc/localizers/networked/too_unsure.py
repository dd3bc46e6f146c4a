"""Whether an answer is surer than it must be."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.covariance import sigmas
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty


def too_unsure(
    covariance: Float64, calibration: StatedUncertainty, max_sigma_m: float, max_sigma_deg: float
) -> str | None:
    """Why an answer with that covariance (6, 6) is none; None where it is sure enough.

    A limit of 0 stands for that of the model's calibration.
    """
    return above(covariance, max_sigma_m or calibration.max_sigma_m, max_sigma_deg or calibration.max_sigma_deg)


def above(covariance: Float64, limit_m: float, limit_deg: float) -> str | None:
    """The same for limits that are given."""
    metres, radians = sigmas(covariance)
    if metres <= limit_m and np.rad2deg(radians) <= limit_deg:
        return None
    return (
        f"Sure to {metres:.2f} m and {np.rad2deg(radians):.1f} degrees (sigma); "
        f"{limit_m:g} m and {limit_deg:g} degrees are needed"
    )
