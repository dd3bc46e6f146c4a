"""What CamNet's export found where it had not learned: ``uncertainty`` of the encoder's metadata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.errors import ModelFormatError
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty
from reloc.models.model import Model


@dataclass(frozen=True, slots=True)
class CamNetLimits:
    """Beside the scales, what is the least of an error, and what is too strange."""

    calibration: StatedUncertainty
    floor_m: float  # poses that agree are off together by that much, along each axis
    floor_rad: float
    min_similarity: float  # cosine of descriptors; nearly all that shows the place is more like one of it

    @classmethod
    def of(cls, encoder: Model) -> CamNetLimits:
        """From the metadata.

        Raises:
            ModelFormatError: it was not calibrated.
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
