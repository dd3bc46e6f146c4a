"""Extract a query's key points and rays for feature-based localizers, or report why there are none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reloc import images
from reloc.datatypes import Float32, Float64, LocalFeatures, Lost, LostReason, Query, UInt8, freeze
from reloc.estimators.query_image import image_of
from reloc.features.descriptors import as_unit
from reloc.features.extractor import Extractor
from reloc.maps import map_features
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock

# A pose has six unknowns; with fewer matches no solver's answer means anything.
MIN_FEATURES = 12


@dataclass(frozen=True, slots=True)
class Observation:
    """A query after feature extraction."""

    gray: UInt8  # (H, W)
    features: LocalFeatures  # N
    unit: Float32  # (N, D) descriptors of length 1
    uv: Float64  # (N, 2) key points in the query camera's pinhole

    def __post_init__(self) -> None:
        freeze(self.gray, self.unit, self.uv)


def extractor_of(reference_map: ReferenceMap) -> Extractor:
    """Return the extractor that the map was built with, because only descriptors of one kind can be compared.

    Raises:
        MapFeatureError: another model computed the map's features than the installed one.
        PluginError, DependencyError, ModelError, BackendError: something that the extractor needs is not installed.
    """
    return map_features.open_extractor(reference_map.path, reference_map.manifest)


def observe(
    query: Query, extractor: Extractor, clock: StageClock, features: LocalFeatures | None = None
) -> Observation | Lost:
    """Find the query's key points. Return Lost for an image that cannot be used or shows too little.

    ``features`` are the features that ``extractor`` already found in the query. Without them, those in the query are
    used, if it has any.
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
