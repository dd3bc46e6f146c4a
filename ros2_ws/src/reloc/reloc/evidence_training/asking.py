"""Ask the estimator about images, and keep the facts about its best hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from reloc import images
from reloc.datatypes import Float64, Lost, Query, UInt8
from reloc.estimators.local_features import FeaturesConfig, LocalFeatureEstimator
from reloc.evidence_training.sample import EvidenceSample, judged, known
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.maps.reference_map import ReferenceMap
from reloc.threads import use_single_threaded_products
from reloc.timing import StageClock

Shows = Literal["place", "fake", "twins"]


class Asker:
    """The estimators of one place, one for each kind of local features, and the samples that they gave."""

    def __init__(self, maps: Sequence[ReferenceMap]) -> None:
        """Open the estimators with their defaults.

        Args:
            maps: the same references with each kind of local features; at least one.
        """
        use_single_threaded_products()
        self.map = maps[0]
        self.samples: list[EvidenceSample] = []
        self._estimators = [LocalFeatureEstimator.open(FeaturesConfig(), one) for one in maps]

    def ask(
        self,
        kind: str,
        image: UInt8,
        camera: Camera,
        world_from_true: Float64 | None,
        *,
        without: Sequence[int] = (),
        shows: Shows = "place",
    ) -> None:
        """Localize an image with each kind of local features and keep the samples.

        Args:
            kind: the sample's kind.
            image: (H, W, 3) RGB.
            camera: the camera that the robot believes to have.
            world_from_true: (4, 4) the pose of the unchanged image; None if it is not in the map.
            without: references that must not be used.
            shows: "place": the view from that pose. "fake": pieces of that view, of which every other pose is wrong,
                and the same one proves nothing. "twins": two places of the map, so that every pose is luck.
        """
        query = Query(images.to_gray(image), camera, without=tuple(without))
        for estimator in self._estimators:
            self.samples.append(_sample(estimator, kind, query, world_from_true, shows))


def _sample(
    estimator: LocalFeatureEstimator, kind: str, query: Query, world_from_true: Float64 | None, shows: Shows
) -> EvidenceSample:
    look, features = estimator.look(query, StageClock()), estimator.features
    missing = None if world_from_true is not None and shows == "place" else False
    if isinstance(look, Lost) or not look.hypotheses:
        return EvidenceSample(kind, missing, features=features)
    best, facts = estimator.facts(look, query)
    right: bool | None = False
    if world_from_true is not None and shows != "twins":
        off_m = distance_between(best.world_from_cam, world_from_true)
        right = judged(off_m, float(np.rad2deg(rotation_angle_between(best.world_from_cam, world_from_true))))
        right = None if right and shows == "fake" else right
    return EvidenceSample(kind, right, best.inliers, known(facts), features)
