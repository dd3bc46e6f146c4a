"""``camnet``: a network that retrieves references by image, then by pose, and regresses poses relative to them.

Ding, Wang, Sun, Shi and Luo, "CamNet: Coarse-to-Fine Retrieval for Camera Re-Localization" (ICCV 2019), section 3.4.
The three references with the nearest descriptors give three coarse poses. The references nearest to these poses give
three fine poses, and the two preceding frames give two more. A RANSAC-filtered mean is the answer.

Unlike the paper, it is Lost if too few fine poses by references of the map agree, or if no reference resembles the
image.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from reloc.config import param, same, validate
from reloc.datatypes import Candidate, Float64, Localized, Lost, LostReason, Query, Support
from reloc.geometry.covariance import is_usable
from reloc.localizers.camnet.consensus import PoseConsensus, agree
from reloc.localizers.camnet.limits import CamNetLimits
from reloc.localizers.camnet.models import CamNetModels
from reloc.localizers.camnet.preceding_frames import Frame, PrecedingFrames
from reloc.localizers.camnet.regressor import PoseRegressor
from reloc.localizers.camnet.stages import Database, ImageFeatures, Stages, poses_of
from reloc.localizers.localizer import Localizer
from reloc.localizers.networked.chosen_networks import chosen
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.localizers.networked.known_encodings import encodings_of
from reloc.localizers.networked.map_networks import MapNetworks
from reloc.localizers.networked.params import NetworkParameters
from reloc.localizers.networked.too_unsure import too_unsure
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock


@dataclass(frozen=True, slots=True)
class CamNetConfig:
    """Parameters of the localizer; the defaults are the paper's if it gives any."""

    model: str = same(NetworkParameters, "model")
    backend: str = same(NetworkParameters, "backend")
    precision: str = same(NetworkParameters, "precision")
    references: int = param(
        3,
        "Each of the two stages compares the image with this many references. Raising it costs time.",
        ge=2,
        le=50,
        read_only=True,
        expert=True,
    )
    min_references: int = param(
        2,
        "The fine poses of at least this many references must agree. Raising it refuses more answers.",
        ge=2,
        le=50,
        expert=True,
    )
    max_apart_m: float = param(
        0.5,
        "Two fine poses agree only if they are at most this far apart. Raising it accepts more scatter.",
        unit="m",
        ge=0.0,
        le=100.0,
        expert=True,
    )
    max_apart_deg: float = param(
        15.0,
        "Two fine poses agree only if they are turned by at most this. Raising it accepts more scatter.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    frames: int = param(
        2,
        "This many preceding frames of a sequence support the answer. Raising it steadies the pose; 0 "
        "uses the current frame alone.",
        ge=0,
        le=10,
        read_only=True,
        expert=True,
    )
    max_gap_s: float = param(
        0.5,
        "The preceding frames are forgotten after a gap longer than this. Raising it keeps older frames.",
        unit="s",
        ge=0.0,
        le=60.0,
        read_only=True,
        expert=True,
    )
    min_similarity: float = param(
        0.0,
        "An image is refused if its cosine similarity to every reference is below this. Raising it "
        "refuses more images; 0 uses the limit stored in the model.",
        ge=-1.0,
        le=1.0,
        read_only=True,
        expert=True,
    )
    max_sigma_m: float = same(NetworkParameters, "max_sigma_m")
    max_sigma_deg: float = same(NetworkParameters, "max_sigma_deg")
    min_coverage: float = same(NetworkParameters, "min_coverage")

    def __post_init__(self) -> None:
        validate(self)


class CamNet(Localizer):
    """Localize by two retrievals and two regressions.

    Its support counts poses: ``matches`` are the fine poses, ``inliers`` those that agree on the answer; ``coverage``
    is the share of the network's view that the image shows.
    """

    name: ClassVar[str] = "camnet"
    Config: ClassVar[type[CamNetConfig]] = CamNetConfig
    networks: ClassVar[type[MapNetworks] | None] = CamNetModels
    leaves_out: ClassVar[bool] = True
    config: CamNetConfig

    def __init__(self, config: CamNetConfig, reference_map: ReferenceMap, models: CamNetModels) -> None:
        """Use :meth:`from_map`."""
        self.config, self.limits = config, CamNetLimits.of(models.encoder)
        self._encoder = ImageEncoder(models.encoder, config.backend, config.precision)
        references = encodings_of(reference_map, self._encoder)
        self.database = Database(reference_map.world_from_cam, ImageFeatures(**references.arrays))
        self._count = min(config.references, len(reference_map))
        self._coarse, self._fine = (
            PoseRegressor(model, self._count, config.backend, config.precision) for model in models.others
        )
        self._min_similarity = config.min_similarity or self.limits.min_similarity
        self._before = PrecedingFrames(config.frames, config.max_gap_s, self._min_similarity)

    @classmethod
    def from_map(cls, config: CamNetConfig, reference_map: ReferenceMap) -> Self:
        """Open the localizer on this map and warm up its networks. References without encodings in the map are encoded.

        Raises:
            ModelError: there is no model, it is incomplete, or the three do not belong together.
            ImageError: a reference must be encoded, but its image is missing.
            BackendError: no backend here can run it.
        """
        return cls(config, reference_map, chosen(CamNetModels, config.model, reference_map))

    def localize(self, query: Query) -> Localized | Lost:
        """Return the pose of the query's camera."""
        clock = StageClock()
        answer = self._answer(query, clock)
        if isinstance(answer, Lost):
            self._before.forget()
        return replace(answer, stage_ms=clock.stage_ms)

    def ranked(self, query: Query, count: int) -> tuple[Candidate, ...]:
        """Return the ``count`` references with the nearest descriptors, best first: the coarse retrieval alone.

        The result is empty for an image that cannot be used.
        """
        if isinstance(self._encoder.show(query, self.config.min_coverage), Lost):
            return ()
        return self.database.candidates(self._features(), count, query.without)

    def stages(self, query: Query, clock: StageClock) -> tuple[Stages, ImageFeatures, float] | Lost:
        """Return the stages' results for a query, its features, and the share of the network's view that it shows."""
        with clock.stage("preprocess"):
            coverage = self._encoder.show(query, self.config.min_coverage)
        if isinstance(coverage, Lost):
            return coverage
        with clock.stage("encode"):
            features = self._features()
        with clock.stage("retrieve"):
            candidates = self.database.candidates(features, self._count, query.without)
        if not candidates:
            return Lost(LostReason.NO_CANDIDATES, "Retrieval found no reference, or the network returned NaN")
        with clock.stage("poses"):
            found = self.database.stages(features, candidates, self._coarse, self._fine, query.without)
        return found, features, coverage

    def _features(self) -> ImageFeatures:
        """Return the encoder's features of the last shown image."""
        return ImageFeatures(**{name: values[0] for name, values in self._encoder.run().items()})

    def _answer(self, query: Query, clock: StageClock) -> Localized | Lost:
        seen = self.stages(query, clock)
        if isinstance(seen, Lost):
            return seen
        found, features, coverage = seen
        if (best := found.candidates[0].similarity) < self._min_similarity:
            detail = f"The most similar reference has a cosine of {best:.3f}; {self._min_similarity:.3f} required"
            return Lost(LostReason.NO_CANDIDATES, detail, references=found.candidates)
        # An answer without some references must not use answers that used them.
        frames = () if query.without else self._before.before(query.stamp_ns, features)
        with clock.stage("agree"):
            poses = np.concatenate([found.fine, self._by_frames(frames, features)])
            of_map = np.arange(len(poses)) < len(found.fine)
            met = agree(poses, of_map, self.config.max_apart_m, np.deg2rad(self.config.max_apart_deg))
            answer = self._judged(met, poses, found, coverage)
        if isinstance(answer, Localized) and not query.without:
            self._before.keep(query.stamp_ns, features, answer.world_from_cam)
        return answer

    def _by_frames(self, frames: tuple[Frame, ...], features: ImageFeatures) -> Float64:
        """Return fine poses (S, 4, 4) by the preceding frames."""
        if not frames:
            return np.zeros((0, 4, 4))
        answers = self._fine(np.stack([frame.features.fine for frame in frames]), features.fine)
        return poses_of(answers, np.stack([frame.world_from_cam for frame in frames]))

    def _judged(self, met: PoseConsensus | None, poses: Float64, found: Stages, coverage: float) -> Localized | Lost:
        config, count = self.config, len(found.fine)
        if met is None:
            detail = f"The network returned NaN, infinity or an invalid rotation for all {count} references"
            return Lost(LostReason.NOT_FINITE, detail, references=found.candidates)
        agreed = tuple(self._reference(found, int(k)) for k in np.flatnonzero(met.inliers[:count]))
        usable = int(np.isfinite(poses).all(axis=(1, 2)).sum())
        support = Support(usable, int(met.inliers.sum()), coverage, reprojection_px=0.0, runner_up_inliers=0)
        if len(agreed) < config.min_references:
            detail = f"Only {len(agreed)} of {count} references agree on a pose; {config.min_references} required"
            return Lost(LostReason.TOO_FEW_INLIERS, detail, support, agreed)
        limits, scales = self.limits, self.limits.calibration
        covariance = met.covariance(limits.floor_m, limits.floor_rad, scales.position_scale, scales.rotation_scale)
        if not is_usable(covariance):
            return Lost(LostReason.UNCERTAIN, "The covariance is degenerate", support, agreed)
        if unsure := too_unsure(covariance, scales, config.max_sigma_m, config.max_sigma_deg):
            return Lost(LostReason.UNCERTAIN, unsure, support, agreed)
        return Localized(met.world_from_cam, covariance, support, agreed)

    @staticmethod
    def _reference(found: Stages, k: int) -> Candidate:
        """Return the k-th fine reference. It was found by its pose, so its similarity is that of the coarse one."""
        return Candidate(found.references[k], found.candidates[k].similarity)
