"""Parameters of the pose search that localizer and calibration share."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import validate
from reloc.localizers.pnlp import params as params


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """Parameters of the pose search."""

    references: int = params.references()
    max_error_px: float = params.max_error_px()
    max_spread: float = params.max_spread()
    min_share: float = params.min_share()
    min_inliers: int = params.min_inliers()
    min_references: int = params.min_references()
    max_rival: float = params.max_rival()
    together: bool = params.together()

    def __post_init__(self) -> None:
        validate(self)
