"""Whether an answer is surer than it must be."""

from __future__ import annotations

from reloc.datatypes import Float64
from reloc.geometry.covariance import above
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty


def too_unsure(
    covariance: Float64, calibration: StatedUncertainty, max_sigma_m: float, max_sigma_deg: float
) -> str | None:
    """Why an answer with that covariance (6, 6) is none; None where it is sure enough.

    A limit of 0 stands for that of the model's calibration.
    """
    return above(covariance, max_sigma_m or calibration.max_sigma_m, max_sigma_deg or calibration.max_sigma_deg)
