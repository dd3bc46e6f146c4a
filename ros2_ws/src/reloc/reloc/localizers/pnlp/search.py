"""Parameters of Perspective-n-Learned-Point that its calibration uses as its localizer does."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import validate
from reloc.localizers.pnlp import params as params


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """How a pose is looked for."""

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
