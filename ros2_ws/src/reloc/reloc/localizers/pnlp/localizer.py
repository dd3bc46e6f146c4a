"""``pnlp``: a network that retrieves, matches, and predicts the depth of its matches.

Piasco, Sidibe, Demonceaux and Gouet-Brunet, "Perspective-n-Learned-Point: Pose Estimation from Relative Depth" (BMVC
2019). NetVLAD proposes references (section 3.1), and dense features are matched (3.2). The reference's predicted depth
turns them into points (3.3), and PnP in RANSAC gives a pose. The candidate with the largest share of inliers answers
(3.4). It is trained once, for any place, because depth is relative to the camera.

Unlike the paper, the matches of all agreeing references refine the pose, because depths are less accurate than matches.
If fewer than a tenth of the matches agree it is Lost, instead of answering with the retrieved image's pose. A parameter
enables the paper's behavior for comparisons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from reloc.config import param, same, validate
from reloc.datatypes import Candidate, Float32, Float64, Localized, Lost, LostReason, Query, Support
from reloc.geometry.covariance import is_usable
from reloc.geometry.image_grid import coverage as share_covered
from reloc.localizers.localizer import Localizer
from reloc.localizers.networked.chosen_networks import chosen
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.localizers.networked.map_networks import MapNetworks
from reloc.localizers.networked.params import NetworkParameters
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty
from reloc.localizers.networked.too_unsure import too_unsure
from reloc.localizers.pnlp import points as learned
from reloc.localizers.pnlp.consensus import PointConsensus, consensus
from reloc.localizers.pnlp.map import LearnedMap, view_of
from reloc.localizers.pnlp.models import DESCRIPTOR, LearnedModels
from reloc.localizers.pnlp.points import DenseView, LearnedPose, PointMatches
from reloc.localizers.pnlp.refinement import refined
from reloc.localizers.pnlp.search import SearchConfig
from reloc.maps.reference_map import ReferenceMap
from reloc.threads import parallel
from reloc.timing import StageClock

RETRIEVED_M, RETRIEVED_DEG = 1.0, 30.0  # uncertainty of the paper's fallback


@dataclass(frozen=True, slots=True)
class PnLPConfig:
    """Parameters of the localizer; the defaults are the paper's if it gives any."""

    model: str = same(NetworkParameters, "model")
    backend: str = same(NetworkParameters, "backend")
    precision: str = same(NetworkParameters, "precision")
    references: int = same(SearchConfig, "references")
    max_error_px: float = same(SearchConfig, "max_error_px")
    max_spread: float = same(SearchConfig, "max_spread")
    min_share: float = same(SearchConfig, "min_share")
    min_inliers: int = same(SearchConfig, "min_inliers")
    min_references: int = same(SearchConfig, "min_references")
    together: bool = same(SearchConfig, "together")
    max_rival: float = same(SearchConfig, "max_rival")
    fallback: bool = param(
        False,
        "If true, the pose of the most similar reference is the answer if no pose is found, as in the "
        "paper. Use it for comparisons only.",
        expert=True,
    )
    max_sigma_m: float = same(NetworkParameters, "max_sigma_m")
    max_sigma_deg: float = same(NetworkParameters, "max_sigma_deg")
    min_coverage: float = same(NetworkParameters, "min_coverage")

    def __post_init__(self) -> None:
        validate(self)


class PnLP(Localizer):
    """Localize by points whose depth a network predicted.

    Its support counts cells of the network's image that match the answering reference's cells mutually.
    """

    name: ClassVar[str] = "pnlp"
    Config: ClassVar[type[PnLPConfig]] = PnLPConfig
    networks: ClassVar[type[MapNetworks] | None] = LearnedModels
    leaves_out: ClassVar[bool] = True
    config: PnLPConfig

    def __init__(self, config: PnLPConfig, reference_map: ReferenceMap, models: LearnedModels) -> None:
        """Use :meth:`from_map`."""
        self.config = config
        self._map, self._camera, self._depth_sigma = reference_map, models.camera, models.depth_sigma
        self._calibration = StatedUncertainty.of(models.encoder)
        self._encoder = ImageEncoder(models.encoder, config.backend, config.precision)
        self._learned = LearnedMap(reference_map, models, self._encoder)

    @classmethod
    def from_map(cls, config: PnLPConfig, reference_map: ReferenceMap) -> Self:
        """Open the localizer on this map and warm up its network. References without encodings in the map are encoded.

        Raises:
            ModelError: there is no model, or it is incomplete, of another kind, or not calibrated.
            ImageError: a reference must be encoded, but its image is missing.
            BackendError: no backend here can run it.
        """
        return cls(config, reference_map, chosen(LearnedModels, config.model, reference_map))

    def localize(self, query: Query) -> Localized | Lost:
        """Return the pose of the query's camera."""
        clock = StageClock()
        return replace(self._answer(query, clock), stage_ms=clock.stage_ms)

    def ranked(self, query: Query, count: int) -> tuple[Candidate, ...]:
        """Return the ``count`` most similar references by NetVLAD alone, best first; none for an image that cannot be
        used.
        """
        if isinstance(self._encoder.show(query, self.config.min_coverage), Lost):
            return ()
        return tuple(self._learned.similar(self._encoder.run()[DESCRIPTOR][0], count, query.without))

    def _answer(self, query: Query, clock: StageClock) -> Localized | Lost:
        with clock.stage("preprocess"):
            shown = self._encoder.show(query, self.config.min_coverage)
        if isinstance(shown, Lost):
            return shown
        with clock.stage("encode"):
            outputs = self._encoder.run()
            view = view_of(outputs)
        if not view.finite or not np.isfinite(outputs[DESCRIPTOR]).all():
            return Lost(LostReason.NOT_FINITE, "The network returned NaN or infinity")
        with clock.stage("retrieve"):
            found = self._learned.similar(outputs[DESCRIPTOR][0], self.config.references, query.without)
        if not found:
            return Lost(LostReason.NO_CANDIDATES, "Retrieval found no reference")
        candidates = tuple(found)
        with clock.stage("match"):
            matches = parallel(lambda candidate: self._match(view, candidate), candidates)
        with clock.stage("pnp"):
            poses = parallel(self._solve, matches)
            answer = self._chosen(query, candidates, matches, poses)
        if isinstance(answer, Lost) and self.config.fallback:
            return self._retrieved(candidates, answer)
        return answer

    def _match(self, view: DenseView, candidate: Candidate) -> PointMatches:
        pose = self._map.world_from_cam[candidate.index]
        return learned.match(view, self._learned.view(candidate.index), pose, self._camera, self.config.max_spread)

    def _solve(self, matches: PointMatches) -> LearnedPose | None:
        return learned.solve(matches, self._camera, self.config.max_error_px, self._depth_sigma)

    def _chosen(
        self, query: Query, candidates: tuple[Candidate, ...], matches: Sequence[PointMatches],
        poses: Sequence[LearnedPose | None],
    ) -> Localized | Lost:  # fmt: skip
        """Return the candidate with the largest share of inliers, if that is large enough and has no equal rival."""
        config = self.config
        found = consensus(poses, config.min_inliers)
        if found is None:
            most = max((p.inliers for p in poses if p is not None), default=0)
            detail = (
                f"At most {most} of {max(map(len, matches))} matches agree on a pose; {config.min_inliers} required"
            )
            reason = LostReason.TOO_FEW_INLIERS if most else LostReason.TOO_FEW_MATCHES
            return Lost(reason, detail, references=candidates)
        if config.together:
            found = refined(found, poses, matches, self._camera, self._depth_sigma, config.min_inliers)
        pose, used = found.pose, found.agreeing
        support, references = self._support(query, found, candidates), tuple(candidates[i] for i in used)
        if pose.share < config.min_share:
            detail = f"Only {pose.share:.0%} of {pose.matches} matches agree on a pose; {config.min_share:.0%} required"
            return Lost(LostReason.TOO_FEW_INLIERS, detail, support, candidates)
        if found.rival_inliers > config.max_rival * pose.inliers:
            detail = f"{pose.inliers} matches agree on one place, {found.rival_inliers} on another"
            return Lost(LostReason.AMBIGUOUS, detail, support, candidates)
        if len(used) < min(config.min_references, len(candidates)):
            detail = (
                f"Only {len(used)} of {len(candidates)} references give the same pose; {config.min_references} required"
            )
            return Lost(LostReason.UNCERTAIN, detail, support, candidates)
        scale = np.repeat([self._calibration.position_scale, self._calibration.rotation_scale], 3)
        covariance = found.covariance * np.outer(scale, scale)
        if not is_usable(covariance):
            return Lost(LostReason.UNCERTAIN, "The points that agree do not determine the pose", support, references)
        if unsure := too_unsure(covariance, self._calibration, config.max_sigma_m, config.max_sigma_deg):
            return Lost(LostReason.UNCERTAIN, unsure, support, references)
        return Localized(pose.world_from_cam, covariance, support, references)

    def _support(self, query: Query, found: PointConsensus, candidates: Sequence[Candidate]) -> Support:
        """Return the answer with pixels of the query's own image."""
        pose = found.pose
        return Support(
            pose.matches, pose.inliers, share_covered(pose.uv, self._camera),
            pose.residual_px * query.camera.fx / self._camera.fx, found.rival_inliers,
            self._in_image(query, pose.uv), candidates[found.rival].index if found.rival >= 0 else -1,
        )  # fmt: skip

    def _in_image(self, query: Query, uv: Float64) -> Float32:
        rays = np.column_stack([self._camera.normalize(uv), np.ones(len(uv))])
        return query.camera.project(rays).astype(np.float32)

    def _retrieved(self, candidates: tuple[Candidate, ...], lost: Lost) -> Localized:
        """Answer with the retrieved image's pose, as the paper does last (3.4): "we simply affect the pose of the
        retrieved image to the query".
        """
        sigmas = np.repeat([RETRIEVED_M, np.deg2rad(RETRIEVED_DEG)], 3)
        support = lost.support or Support(1, 1, 1.0 / 64, 0.0, 0)
        pose = np.array(self._map.world_from_cam[candidates[0].index])
        return Localized(pose, np.diag(sigmas**2), support, candidates[:1])
