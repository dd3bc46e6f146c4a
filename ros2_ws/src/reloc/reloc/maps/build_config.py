"""Options of a map build."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reloc.config import param, to_mapping, validate
from reloc.features import extractor as family
from reloc.features.rootsift import RootSiftConfig
from reloc.maps.keyframe_config import KeyframeConfig


@dataclass(frozen=True, slots=True)
class TriangulationConfig:
    """How matches become landmarks."""

    ratio: float = param(
        0.9,
        "A match is kept if its distance is below this share of the second nearest one's. Raising it "
        "keeps more matches, and more wrong ones.",
        ge=0.5,
        le=1.0,
        expert=True,
    )
    neighbours: int = param(
        30,
        "Each reference is matched with this many others that see most of the same scene. Raising it "
        "adds landmarks and costs time.",
        ge=1,
        expert=True,
    )
    min_matches: int = param(
        15,
        "A pair of references is ignored if fewer of its matches lie on their epipolar lines. Raising it "
        "drops more pairs.",
        ge=1,
        expert=True,
    )
    max_error_px: float = param(
        0.0,
        "A match lies at most this far from its epipolar line. Raising it makes more, rougher landmarks; "
        "0 uses 4 px, up to 16 px for rough poses.",
        unit="px",
        ge=0.0,
        expert=True,
    )
    min_triangulation_deg: float = param(
        1.5,
        "The rays of a landmark must meet at least at this angle. Raising it drops more distant landmarks.",
        unit="deg",
        ge=0.01,
        le=90.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class DepthConfig:
    """How depth images become landmarks."""

    min_depth_m: float = param(
        0.1,
        "Depth below this is ignored. Raising it ignores more near surfaces; 0 ignores none.",
        unit="m",
        ge=0.0,
        expert=True,
    )
    max_depth_m: float = param(
        20.0,
        "Depth above this is ignored. Raising it uses more distant, less exact points.",
        unit="m",
        ge=0.1,
        expert=True,
    )
    window_px: int = param(
        5,
        "The depth of a key point is taken from a window with this side. Raising it tolerates more holes "
        "and blurs edges.",
        unit="px",
        ge=1,
        le=31,
        expert=True,
    )
    max_step: float = param(
        0.05,
        "Depth may vary within the window by at most this share. Raising it accepts more points at edges.",
        ge=0.0,
        expert=True,
    )
    merge_m: float = param(
        0.05,
        "Matched key points become one landmark if they are nearer than this in space. Raising it merges more points.",
        unit="m",
        ge=0.0,
        expert=True,
    )
    max_reprojection_px: float = param(
        4.0,
        "Merged key points become one landmark if its reprojection error is at most this. Raising it "
        "merges more points.",
        unit="px",
        ge=0.1,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """How a map is built."""

    name: str = param("", "The map gets this name. Empty uses the name of its folder.")
    frame: str = param("map", "The map's poses are in the TF frame of this name.")
    split: str = param(
        "train", "The map is built from the frames of this split of the source.", choices=("train", "test", "all")
    )
    landmarks: str = param(
        "auto",
        "Landmarks come from triangulation, from depth, or there are none. `auto` triangulates, and uses "
        "depth where that gave none.",
        choices=("auto", "triangulate", "depth", "none"),
    )
    retrieval: str = param(
        "vlad,densevlad", "The map stores these global descriptors, separated by commas. Empty stores none."
    )
    jpeg_quality: int = param(
        95,
        "Images that are not JPEG files are stored with this quality. Raising it enlarges the map; 0 stores PNG.",
        ge=0,
        le=100,
        expert=True,
    )
    keyframes: KeyframeConfig | None = None  # None: the source's default
    local_features: str = family.DEFAULT  # name of the kind; ``features`` are its settings
    features: Any = field(default_factory=RootSiftConfig)
    triangulation: TriangulationConfig = field(default_factory=TriangulationConfig)
    depth: DepthConfig = field(default_factory=DepthConfig)

    def __post_init__(self) -> None:
        validate(self)

    @property
    def retrievers(self) -> tuple[str, ...]:
        """Return the names of the retrievers, in order, each once."""
        return tuple(dict.fromkeys(name.strip() for name in self.retrieval.split(",") if name.strip()))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON with the nested configs."""
        return to_mapping(self) | {
            "keyframes": None if self.keyframes is None else to_mapping(self.keyframes),
            "features": to_mapping(self.features),
            "triangulation": to_mapping(self.triangulation),
            "depth": to_mapping(self.depth),
        }
