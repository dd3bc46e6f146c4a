"""Extract a query's key points and rays for feature-based localizers, or report why there are none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reloc import images
from reloc.config import from_mapping
from reloc.datatypes import Float32, Float64, LocalFeatures, Lost, LostReason, Query, UInt8, freeze
from reloc.estimators.query_image import image_of
from reloc.features.rootsift import RootSift, RootSiftConfig, as_unit
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock

# A pose has six unknowns; with fewer matches no solver's answer means anything.
MIN_FEATURES = 12


@dataclass(frozen=True, slots=True)
class Observation:
    """A query after feature extraction."""

    gray: UInt8  # (H, W)
    features: LocalFeatures  # N
    unit: Float32  # (N, 128) descriptors of length 1
    uv: Float64  # (N, 2) key points in the query camera's pinhole

    def __post_init__(self) -> None:
        freeze(self.gray, self.unit, self.uv)


def extractor_of(reference_map: ReferenceMap) -> RootSift:
    """Return the extractor that the map was built with: descriptors compare only with their own kind."""
    return RootSift(from_mapping(RootSiftConfig, reference_map.manifest.build.get("features", {})))


def observe(
    query: Query, extractor: RootSift, clock: StageClock, features: LocalFeatures | None = None
) -> Observation | Lost:
    """Find the query's key points. Return Lost for an image that cannot be used or shows too little.

    ``features`` are those that ``extractor`` already found in it, if any; otherwise the query may hold them.
    """
    gray = image_of(query, images.to_gray)
    if isinstance(gray, Lost):
        return replace(gray, stage_ms=clock.stage_ms)
    features = features if features is not None else query.features
    if features is None:
        with clock.stage("extract"):
            features = extractor.extract(gray)
    if len(features) < MIN_FEATURES:
        detail = (
            f"Only {len(features)} key points found (mean brightness {gray.mean():.0f} of 255); {MIN_FEATURES} required"
        )
        return Lost(LostReason.TOO_FEW_FEATURES, detail, stage_ms=clock.stage_ms)
    uv = np.asarray(query.camera.undistort(features.uv))
    # A strong distortion cannot be inverted everywhere. Such a key point must not reach a solver as NaN. Far outside
    # the image, it agrees with no pose.
    uv = np.nan_to_num(uv, nan=-1e6, posinf=1e6, neginf=-1e6)
    return Observation(gray, features, as_unit(features.descriptors), uv)
