"""Scales between a network's stated errors and real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.errors import ModelFormatError
from reloc.models.model import Model


@dataclass(frozen=True, slots=True)
class StatedUncertainty:
    """The scales that the model's export measured on held-out references: ``uncertainty`` of its metadata."""

    position_scale: float  # factor from the network's own sigma to the real error
    rotation_scale: float
    max_sigma_m: float
    max_sigma_deg: float

    @classmethod
    def of(cls, model: Model, kind: str = "") -> StatedUncertainty:
        """Read the scales from the metadata.

        Args:
            kind: of answer, if a model gives several kinds of them.

        Raises:
            ModelFormatError: the model was not calibrated.
        """
        block = model.metadata.get("uncertainty", {})
        try:
            block = block[kind] if kind else block
            scales = float(block["position_scale"]), float(block["rotation_scale"])
            limits = float(block.get("max_sigma_m", 1.0)), float(block.get("max_sigma_deg", 20.0))
            if not all(np.isfinite(v) and v > 0 for v in (*scales, *limits)):
                raise ValueError(f"{scales}, {limits}")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problem = f"The covariance of the model {model.path} was not calibrated ({error!r})"
            raise ModelFormatError(problem, "Export it again: reloc export") from error
        return cls(*scales, *limits)
