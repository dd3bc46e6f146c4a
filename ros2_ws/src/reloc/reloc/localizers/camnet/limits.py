"""Limits that CamNet's export measured on held-out references: ``uncertainty`` of the encoder's metadata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.errors import ModelFormatError
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty
from reloc.models.model import Model


@dataclass(frozen=True, slots=True)
class CamNetLimits:
    """Scales of the covariance, the smallest error, and the least similarity."""

    calibration: StatedUncertainty
    floor_m: float  # common error of poses that agree, along each axis
    floor_rad: float
    min_similarity: float  # lowest cosine of descriptors; nearly all images of the place are more similar

    @classmethod
    def of(cls, encoder: Model) -> CamNetLimits:
        """Read the limits from the metadata.

        Raises:
            ModelFormatError: the model was not calibrated.
        """
        calibration = StatedUncertainty.of(encoder)
        block = encoder.metadata["uncertainty"]
        try:
            floors = float(block["floor_m"]), float(np.deg2rad(block["floor_deg"]))
            least = float(block["min_similarity"])
            if not (all(np.isfinite(v) and v > 0 for v in floors) and -1.0 <= least <= 1.0):
                raise ValueError(f"{floors}, {least}")
        except (KeyError, TypeError, ValueError) as error:
            problem = f"The covariance of the model {encoder.path} was not calibrated ({error!r})"
            raise ModelFormatError(problem, "Export it again: reloc export") from error
        return cls(calibration, *floors, least)
