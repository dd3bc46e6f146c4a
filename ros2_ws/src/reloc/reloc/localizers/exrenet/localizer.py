"""``exrenet``: a network that compares the query with a few references, and needs no training in the map's place.

Winkelbauer, Denninger and Triebel, "Learning to Localize in New Environments from Synthetic Training Data" (ICRA 2021).
DenseVLAD proposes references that are apart (section IV.A). The network gives the query's pose relative to each (IV.B).
Rays are triangulated (IV.C). It is trained once, in synthetic rooms: a map needs no training, and four references may
suffice.

Unlike the paper, it is Lost if too few references agree, or if the samples of dropout differ too much; the paper falls
back on the reference's own pose. If the network gives its matches, a solver computes the pose from them, unless
``solver`` selects the regressed ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from reloc import images
from reloc.config import param, same, validate
from reloc.datatypes import Candidate, Float64, LocalFeatures, Localized, Lost, LostReason, Query, Support
from reloc.errors import ModelFormatError
from reloc.estimators.local_features import FeaturesConfig
from reloc.estimators.observation import extractor_of
from reloc.estimators.query_image import image_of
from reloc.geometry.covariance import is_usable
from reloc.geometry.triangulation import PoseTriangulationConfig
from reloc.localizers.exrenet import pair_pose, weighted_pose
from reloc.localizers.exrenet.match_pose import MIN_MATCHED_PLACES
from reloc.localizers.exrenet.match_solver import MatchLimits, MatchSolver
from reloc.localizers.exrenet.models import MATCHED, REGRESSED, PairModels
from reloc.localizers.exrenet.pair_estimates import PairEstimates
from reloc.localizers.exrenet.pair_head import PairHead
from reloc.localizers.exrenet.pair_matches import MATCHES, PairMatches
from reloc.localizers.localizer import Localizer
from reloc.localizers.networked.chosen_networks import chosen
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.localizers.networked.known_encodings import encodings_of
from reloc.localizers.networked.map_networks import MapNetworks
from reloc.localizers.networked.params import NetworkParameters
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty
from reloc.localizers.networked.too_unsure import too_unsure
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever
from reloc.timing import StageClock

AUTO, WEIGHED = "auto", "weighed"
# With a tolerance of 0.5 m and 10 degrees, answers from less certain matches begin to be wrong.
MATCHED_M, MATCHED_DEG = 0.4, 5.0


@dataclass(frozen=True, slots=True)
class ExReNetConfig:
    """Parameters of the localizer; the defaults are the paper's if it gives any."""

    model: str = same(NetworkParameters, "model")
    backend: str = same(NetworkParameters, "backend")
    precision: str = same(NetworkParameters, "precision")
    retrieval: str = same(FeaturesConfig, "retrieval", default="densevlad")
    references: int = param(
        5,
        "The image is compared with this many references that stand apart from each other. Raising it costs time.",
        ge=2,
        le=50,
        read_only=True,
        expert=True,
    )
    solver: str = param(
        AUTO,
        "`regressed` triangulates regressed poses (the paper), `matched` solves from matches, `weighed` "
        "averages regressed poses. `auto` uses matched if the model is calibrated for it.",
        choices=(AUTO, REGRESSED, MATCHED, WEIGHED),
        read_only=True,
        expert=True,
    )
    min_references: int = param(
        2, "At least this many references must agree. Raising it refuses more answers.", ge=2, le=50, expert=True
    )
    min_share: float = param(
        0.4,
        "With matched poses, a reference agrees if at least this share of its matches are inliers. "
        "Raising it refuses more answers.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    max_angle_deg: float = same(PoseTriangulationConfig, "max_angle_deg")
    max_rotation_deg: float = same(PoseTriangulationConfig, "max_rotation_deg", default=15.0)
    use_scale: bool = same(PoseTriangulationConfig, "use_scale")
    min_scale_ratio: float = same(PoseTriangulationConfig, "min_scale_ratio")
    max_scale_ratio: float = same(PoseTriangulationConfig, "max_scale_ratio")
    use_uncertainty: bool = same(PoseTriangulationConfig, "use_uncertainty")
    max_sigma_m: float = same(NetworkParameters, "max_sigma_m")
    max_sigma_deg: float = same(NetworkParameters, "max_sigma_deg")
    min_coverage: float = same(NetworkParameters, "min_coverage")

    def __post_init__(self) -> None:
        validate(self)

    @property
    def triangulation(self) -> PoseTriangulationConfig:
        """Parameters of the combination of relative poses."""
        return PoseTriangulationConfig(
            max_angle_deg=self.max_angle_deg, use_scale=self.use_scale, use_uncertainty=self.use_uncertainty,
            min_scale_ratio=self.min_scale_ratio, max_scale_ratio=self.max_scale_ratio,
            max_rotation_deg=self.max_rotation_deg,
        )  # fmt: skip


class ExReNet(Localizer):
    """Localize by relative poses that a network regresses.

    For regressed poses the support counts references: ``matches`` are those compared with the query, ``inliers`` those
    that agree on the answer; ``coverage`` is the share of the network's view that the image shows. For matched ones it
    counts places of the references, and how much of the view their matches cover.
    """

    name: ClassVar[str] = "exrenet"
    Config: ClassVar[type[ExReNetConfig]] = ExReNetConfig
    networks: ClassVar[type[MapNetworks] | None] = PairModels
    leaves_out: ClassVar[bool] = True
    config: ExReNetConfig

    def __init__(
        self, config: ExReNetConfig, reference_map: ReferenceMap, retriever: Retriever, models: PairModels
    ) -> None:
        """Use :meth:`from_map`."""
        self.config = config
        self._map = reference_map
        self._retriever = retriever
        self._extractor = extractor_of(reference_map) if retriever.descriptor.needs_features else None
        matched = _is_matched(config.solver, models)
        self._calibration = StatedUncertainty.of(models.head, MATCHED if matched else REGRESSED)
        self._encoder = ImageEncoder(models.encoder, config.backend, config.precision)
        self._solver = self._match_solver() if matched else None
        references = encodings_of(reference_map, self._encoder)
        batch = min(config.references, len(reference_map))
        self._head = PairHead(models, references, batch, config.backend, config.precision)

    @classmethod
    def from_map(cls, config: ExReNetConfig, reference_map: ReferenceMap) -> Self:
        """Open the localizer on this map and warm up its networks. References without encodings in the map are encoded.

        Raises:
            PluginError, MapFeatureError: there is no such retriever, or the map has no descriptors of it.
            ModelError: there is no model, it is incomplete, or encoder and head do not belong together.
            ImageError: a reference must be encoded, but its image is missing.
            BackendError: no backend here can run it.
        """
        retriever = Retriever.open(reference_map, config.retrieval)
        return cls(config, reference_map, retriever, chosen(PairModels, config.model, reference_map))

    def _match_solver(self) -> MatchSolver:
        config = self.config
        limits = MatchLimits(config.min_references, config.min_share, config.max_sigma_m, config.max_sigma_deg)
        most = min(self._calibration.max_sigma_m, MATCHED_M), min(self._calibration.max_sigma_deg, MATCHED_DEG)
        calibration = replace(self._calibration, max_sigma_m=most[0], max_sigma_deg=most[1])
        return MatchSolver(self._map.world_from_cam, self._encoder.camera, calibration, limits)

    def localize(self, query: Query) -> Localized | Lost:
        """Return the pose of the query's camera."""
        clock = StageClock()
        return replace(self.answer(query, clock), stage_ms=clock.stage_ms)

    def answer(self, query: Query, clock: StageClock) -> Localized | Lost:
        """Return the pose of the query's camera, timed with the caller's clock."""
        with clock.stage("preprocess"):
            coverage = self._encoder.show(query, self.config.min_coverage)
        if isinstance(coverage, Lost):
            return coverage
        with clock.stage("encode"):
            features = self._encoder.run()
        with clock.stage("retrieve"):
            candidates = self._retrieve(query)
        if isinstance(candidates, Lost):
            return candidates
        with clock.stage("pairs"):
            given = self._head.compare(features, [c.index for c in candidates])
        matches = PairMatches.of(given, len(candidates), self._encoder.camera.width) if MATCHES in given else None
        if self._solver is not None and matches is not None:
            with clock.stage("solve"):
                return self._solver.answer(matches, candidates)
        if matches is not None and (count := sum(len(sure) for sure in matches.sure)) < MIN_MATCHED_PLACES:
            detail = f"Only {count} places match in {len(matches)} references, so the regressed poses are unreliable"
            return Lost(LostReason.TOO_FEW_MATCHES, detail, references=candidates)
        if self.config.solver == WEIGHED and matches is not None:
            with clock.stage("weigh"):
                sure = np.array([values.sum() for values in matches.sure])
                return self._weigh(PairEstimates.of(given, len(candidates)), sure, candidates, coverage)
        with clock.stage("triangulate"):
            return self._triangulate(PairEstimates.of(given, len(candidates)), candidates, coverage)

    def _retrieve(self, query: Query) -> tuple[Candidate, ...] | Lost:
        gray = image_of(query, images.to_gray)
        if isinstance(gray, Lost):
            return gray
        features = query.features
        if features is None:
            features = self._extractor.extract(gray) if self._extractor else _NO_FEATURES
        candidates = self._retriever.diversified(gray, features, self.config.references, query.without)
        if not candidates:
            return Lost(LostReason.NO_CANDIDATES, "Retrieval found no reference")
        if len(candidates) < 2:
            detail = "All similar references are at one position; two positions are required to triangulate"
            return Lost(LostReason.NO_BASELINE, detail, references=candidates)
        return candidates

    def _weigh(
        self, estimates: PairEstimates, sure: Float64, candidates: tuple[Candidate, ...], coverage: float
    ) -> Localized | Lost:
        config = self.config
        found = weighted_pose.solve(self._map.world_from_cam[[c.index for c in candidates]], estimates, sure)
        if found is None:
            detail = f"The network returned NaN, infinity or no direction for all {len(candidates)} references"
            return Lost(LostReason.NOT_FINITE, detail, references=candidates)
        agreed = tuple(c for c, w in zip(candidates, found.weights, strict=True) if w >= 0.5 / len(candidates))
        support = Support(
            int((found.weights > 0).sum()), len(agreed), coverage, reprojection_px=0.0, runner_up_inliers=0
        )  # fmt: skip
        # In rooms with four references, errors are 3.9 and 1.0 times its own sigmas, so the scales of triangulated
        # poses fit.
        scales = np.repeat([self._calibration.position_scale, self._calibration.rotation_scale], 3)
        covariance = found.covariance * np.outer(scales, scales)
        if not is_usable(covariance):
            return Lost(LostReason.NO_BASELINE, "The regressed poses do not determine the position", support, agreed)
        if unsure := too_unsure(covariance, self._calibration, config.max_sigma_m, config.max_sigma_deg):
            return Lost(LostReason.UNCERTAIN, unsure, support, agreed)
        return Localized(found.world_from_cam, covariance, support, agreed)

    def _triangulate(
        self, estimates: PairEstimates, candidates: tuple[Candidate, ...], coverage: float
    ) -> Localized | Lost:
        config, count = self.config, len(candidates)
        if (usable := int(estimates.usable.sum())) < 2:
            detail = f"The network returned NaN, infinity or no direction for {count - usable} of {count} references"
            return Lost(LostReason.NOT_FINITE, detail, references=candidates)
        world_from_ref = self._map.world_from_cam[[c.index for c in candidates]]
        found = pair_pose.solve(world_from_ref, estimates, config.triangulation)
        if found is None:
            return Lost(LostReason.NO_BASELINE, f"No two of {usable} references' rays meet", references=candidates)
        support = Support(usable, found.met.number, coverage, reprojection_px=0.0, runner_up_inliers=0)
        if found.met.number < config.min_references:
            detail = f"Only {found.met.number} of {usable} references agree on a pose; {config.min_references} required"
            return Lost(LostReason.TOO_FEW_INLIERS, detail, support, candidates)
        covariance = found.covariance(self._calibration.position_scale, self._calibration.rotation_scale)
        agreed = tuple(c for c, good in zip(candidates, found.met.inliers, strict=True) if good)
        if not is_usable(covariance):
            return Lost(LostReason.NO_BASELINE, "The rays that agree do not determine the position", support, agreed)
        if unsure := too_unsure(covariance, self._calibration, config.max_sigma_m, config.max_sigma_deg):
            return Lost(LostReason.UNCERTAIN, unsure, support, agreed)
        return Localized(found.world_from_cam, covariance, support, agreed)


def _is_matched(solver: str, models: PairModels) -> bool:
    """Return whether poses are solved from matches.

    Raises:
        ModelFormatError: they must be, but the model gives no matches, or was not calibrated for it.
    """
    able = MATCHES in (spec.name for spec in models.head.outputs) and MATCHED in models.head.metadata["uncertainty"]
    if solver == MATCHED and not able:
        raise ModelFormatError(
            f"{models.head.path} was not calibrated for solver=matched", "Set solver to regressed, or use another model"
        )
    if solver == WEIGHED and MATCHES not in (spec.name for spec in models.head.outputs):
        raise ModelFormatError(
            f"{models.head.path} gives no matches to weigh by", "Set solver to regressed, or use another model"
        )
    return able and solver not in (REGRESSED, WEIGHED)


_NO_FEATURES = LocalFeatures(
    np.zeros((0, 2), np.float32), np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros((0, 128), np.uint8)
)
