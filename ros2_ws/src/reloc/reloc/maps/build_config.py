"""What can be chosen when a map is built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reloc.config import param, to_mapping, validate
from reloc.features import extractor as family
from reloc.features.rootsift import RootSiftConfig
from reloc.maps.keyframes import KeyframeConfig


@dataclass(frozen=True, slots=True)
class TriangulationConfig:
    """How matches become landmarks."""

    ratio: float = param(0.9, "a match must be nearer than this times the second nearest", ge=0.5, le=1.0)
    neighbours: int = param(30, "references that each one is matched with, those that see most of the same", ge=1)
    min_matches: int = param(15, "pairs of references with fewer matches on their epipolar lines are ignored", ge=1)
    max_error_px: float = param(
        0.0,
        "a match may be so far from its epipolar line, a landmark from its key points; "
        "0: 4, and up to 16 where the poses are found to be worse",
        unit="px",
        ge=0.0,
    )
    min_triangulation_deg: float = param(
        1.5, "rays of a landmark must meet at so large an angle", unit="deg", ge=0.01, le=90.0
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class DepthConfig:
    """How depth images become landmarks."""

    min_depth_m: float = param(0.1, "nearer depth is not believed", unit="m", ge=0.0)
    max_depth_m: float = param(20.0, "farther depth is not believed", unit="m", ge=0.1)
    window_px: int = param(5, "side of the window round a key point that depth is taken from", unit="px", ge=1, le=31)
    max_step: float = param(0.05, "depth may vary so much in the window, as a share of it: edges are refused", ge=0.0)
    merge_m: float = param(0.05, "matched key points nearer than this in space are one landmark", unit="m", ge=0.0)
    max_reprojection_px: float = param(4.0, "and so near in the image (merged ones)", unit="px", ge=0.1)

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """How a map is built."""

    name: str = param("", "name of the map; empty: its folder's")
    frame: str = param("map", "name of the frame that the poses are in, as TF will know it")
    split: str = param("train", "frames of the source to take", choices=("train", "test", "all"))
    landmarks: str = param(
        "auto",
        "where landmarks come from; auto: triangulated, and from depth where that gave none",
        choices=("auto", "triangulate", "depth", "none"),
    )
    retrieval: str = param("vlad,densevlad", "global descriptors to make, separated by commas; empty: none")
    jpeg_quality: int = param(95, "quality of images that do not come as JPEG files; 0: PNG", ge=0, le=100)
    keyframes: KeyframeConfig | None = None  # None: what suits the source
    local_features: str = family.DEFAULT  # name of the kind; ``features`` are its settings
    features: Any = field(default_factory=RootSiftConfig)
    triangulation: TriangulationConfig = field(default_factory=TriangulationConfig)
    depth: DepthConfig = field(default_factory=DepthConfig)

    def __post_init__(self) -> None:
        validate(self)

    @property
    def retrievers(self) -> tuple[str, ...]:
        """Names of the retrievers, in order, each once."""
        return tuple(dict.fromkeys(name.strip() for name in self.retrieval.split(",") if name.strip()))

    def to_dict(self) -> dict[str, Any]:
        """As JSON, the nested ones too."""
        return to_mapping(self) | {
            "keyframes": None if self.keyframes is None else to_mapping(self.keyframes),
            "features": to_mapping(self.features),
            "triangulation": to_mapping(self.triangulation),
            "depth": to_mapping(self.depth),
        }
