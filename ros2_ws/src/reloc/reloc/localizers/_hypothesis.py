"""One place's explanation of a query, and the choice between places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reloc.config import param, validate
from reloc.datatypes import Candidate, Float32, Float64, Localized, Lost, LostReason, Support, freeze
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import is_usable
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.localizers._focal import FocalFit
from reloc.localizers._support import GRID, coverage

FOCAL_SIGMAS = 3.0
# Of what an answer must explain: so much is no chance any more. Images of other people's rooms explain 11 of 20.
RIVAL_SHARE = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """A pose computed from the references of one place."""

    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6), as in Localized
    matches: int
    uv_inliers: Float32  # (K, 2) raw pixels of the query, each key point once
    reprojection_px: float  # median over the inliers
    references: tuple[Candidate, ...]
    # What its matches say of the focal length; it takes milliseconds, so the best hypothesis alone is asked.
    fit_focal: Callable[[], FocalFit] | None = None
    agreement: float = 1.0  # of what the image surely shows of the map, the share that lies where the pose says
    presence: float = 1.0  # of what the pose says the image must show, the share of the image that does
    contested: float = 0.0  # of the inliers, the share that look like something elsewhere, too

    def __post_init__(self) -> None:
        freeze(self.world_from_cam, self.covariance, self.uv_inliers)

    @property
    def inliers(self) -> int:
        """Key points of the query that the pose explains."""
        return len(self.uv_inliers)


def honest(covariance: Float64, inliers: int, covered: float, config: AcceptanceConfig) -> Float64:
    """A covariance (6, 6) that allows for what a least-squares fit does not know.

    Its formula takes every inlier as independent; but neighbours share landmarks, blur and calibration,
    so each cell of the coverage grid counts as one. And no answer is surer than the map's own poses.
    """
    floor = np.repeat([config.map_sigma_m, np.deg2rad(config.map_sigma_deg)], 3) ** 2
    return np.asarray(covariance * dependence(inliers, covered) + np.diag(floor))


def dependence(inliers: int, covered: float) -> float:
    """By how much a variance is greater than that of independent inliers."""
    return max(1.0, inliers / max(1.0, covered * GRID**2))


@dataclass(frozen=True, slots=True)
class AcceptanceConfig:
    """What an answer needs to be given at all."""

    min_inliers: int = param(20, "Key points that the pose must explain; more in maps with rough poses", ge=6, le=1000)
    min_coverage: float = param(0.06, "Share of an 8 x 8 grid over the image that they must touch", ge=0.0, le=1.0)
    min_agreement: float = param(
        0.5,
        "Lost where of the cells of that grid that surely show something of the map fewer show it where it should be",
        ge=0.0,
        le=1.0,
    )
    min_presence: float = param(
        0.3,
        "Lost where of the cells of that grid in which the pose says that something of the map must be, fewer show it",
        ge=0.0,
        le=1.0,
    )
    min_share: float = param(
        0.07, "Lost where a smaller share of the matches agrees: they speak of another arrangement", ge=0.0, le=1.0
    )
    max_contested: float = param(
        0.5, "Lost as ambiguous where a larger share of them look like something elsewhere in the map, too: a pattern "
        "that repeats", ge=0.0, le=1.0,
    )  # fmt: skip
    max_rival: float = param(
        0.7, "Lost as ambiguous where another place explains more than this share of them", ge=0.0, le=1.0
    )
    same_place_m: float = param(0.5, "Answers nearer than this, and", unit="m", ge=0.0, le=10.0)
    same_place_deg: float = param(15.0, "turned less than this, are one place", unit="deg", ge=0.0, le=180.0)
    map_sigma_m: float = param(
        0.0, "How well the map's positions are known; 0: told by how well they fit its images", unit="m", ge=0.0
    )
    map_sigma_deg: float = param(0.0, "How well the map's orientations are known; 0: likewise", unit="deg", ge=0.0)
    focal_sigma: float = param(
        0.02, "How well focal lengths are known, as a share; counts where the key points cannot tell", ge=0.0, le=0.2
    )
    map_focal_sigma: float = param(
        0.0, "How far the map's faults put a focal length off, as a share; 0: likewise", ge=0.0, le=0.2
    )
    max_focal_off: float = param(
        0.04, "Lost as camera_mismatch where key points say that it is off by more, by at least 3 sigma", ge=0.0, le=1.0
    )
    max_sigma_m: float = param(0.25, "Lost as uncertain above this, in the worst direction", unit="m", ge=0.0)
    max_sigma_deg: float = param(5.0, "Lost as uncertain above this, about the worst axis", unit="deg", ge=0.0)

    def __post_init__(self) -> None:
        validate(self)


def choose(
    hypotheses: Sequence[Hypothesis], camera: Camera, config: AcceptanceConfig, candidates: tuple[Candidate, ...]
) -> Localized | Lost:
    """The hypothesis with the most inliers, if it has enough of them and no rival.

    Args:
        hypotheses: one or none for each place, in any order.
        camera: the query's.
        config: thresholds.
        candidates: what retrieval proposed, reported where nothing is answered.
    """
    if not hypotheses:
        return Lost(LostReason.TOO_FEW_MATCHES, "No candidate shares enough key points", references=candidates)
    ranked = sorted(hypotheses, key=lambda h: -h.inliers)
    best = ranked[0]
    rivals = [h for h in ranked[1:] if not _same_place(best, h, config)]
    rival = next(iter(rivals), None)
    support = Support(
        matches=best.matches,
        inliers=best.inliers,
        coverage=coverage(best.uv_inliers, camera),
        reprojection_px=best.reprojection_px,
        runner_up_inliers=rival.inliers if rival else 0,
        uv_inliers=best.uv_inliers,
        runner_up=rival.references[0].index if rival and rival.references else -1,
    )
    covariance = honest(best.covariance, support.inliers, support.coverage, config)
    refusal = _unsupported(best.world_from_cam, support, config)
    if refusal is None and best.fit_focal is not None:
        focal = best.fit_focal().honest(dependence(support.inliers, support.coverage), config.map_focal_sigma)
        refusal = _other_lens(focal, camera, config)
        covariance = focal.widened(covariance, config.focal_sigma)
    refusal = refusal or _shown_better(best, rivals, config) or _contradicted(best, config)
    refusal = refusal or _unsure(covariance, config)
    if refusal is not None:
        return Lost(*refusal, support, best.references)
    return Localized(best.world_from_cam, covariance, support, best.references)


def _same_place(a: Hypothesis, b: Hypothesis, config: AcceptanceConfig) -> bool:
    near = distance_between(a.world_from_cam, b.world_from_cam) < config.same_place_m
    turned = np.rad2deg(rotation_angle_between(a.world_from_cam, b.world_from_cam))
    return near and bool(turned < config.same_place_deg)


def _unsupported(world_from_cam: Float64, support: Support, config: AcceptanceConfig) -> tuple[LostReason, str] | None:
    if not np.isfinite(world_from_cam).all():
        return LostReason.NOT_FINITE, "The solver returned a pose that is not finite"
    if support.inliers < config.min_inliers:
        return (
            LostReason.TOO_FEW_INLIERS,
            f"{support.inliers} of {support.matches} matches agree; {config.min_inliers} must",
        )
    if support.coverage < config.min_coverage:
        return (
            LostReason.TOO_FEW_INLIERS,
            f"The {support.inliers} inliers lie in {support.coverage:.0%} of the image; "
            f"{config.min_coverage:.0%} is asked",
        )
    if support.runner_up_inliers > config.max_rival * support.inliers:
        return (
            LostReason.AMBIGUOUS,
            f"Another place explains {support.runner_up_inliers} key points, the best {support.inliers}",
        )
    return None


def _other_lens(focal: FocalFit, camera: Camera, config: AcceptanceConfig) -> tuple[LostReason, str] | None:
    sigma, factor = focal.sigma, float(np.exp(focal.log_factor))
    if not np.isfinite(sigma) or abs(focal.log_factor) <= max(np.log1p(config.max_focal_off), FOCAL_SIGMAS * sigma):
        return None
    return (
        LostReason.CAMERA_MISMATCH,
        f"Key points say a focal length of {camera.fx * factor:.0f} px (sigma {camera.fx * factor * sigma:.0f}), "
        f"camera_info says {camera.fx:.0f}: calibrate the camera",
    )


def _contradicted(best: Hypothesis, config: AcceptanceConfig) -> tuple[LostReason, str] | None:
    if best.inliers < config.min_share * best.matches:
        # A mirror image of the map has as many matches as a view of it, and of what is symmetric they agree.
        share = f"{best.inliers} of {best.matches} matches agree; {config.min_share:.0%} must"
        return LostReason.TOO_FEW_INLIERS, share
    if best.contested > config.max_contested:
        return (
            LostReason.AMBIGUOUS,
            f"Of the {best.inliers} inliers {best.contested:.0%} look like something elsewhere, too",
        )
    fragment = f"The {best.inliers} inliers are a fragment: of what "
    if best.agreement < config.min_agreement:
        fragment += f"the image shows of the map {best.agreement:.0%} lies where it should; {config.min_agreement:.0%}"
    elif best.presence < config.min_presence:
        fragment += f"should be about them {best.presence:.0%} is in the image; {config.min_presence:.0%}"
    else:
        return None
    return LostReason.TOO_FEW_INLIERS, f"{fragment} is asked"


def is_shown_better(rival: Hypothesis, best: Hypothesis, min_inliers: int) -> bool:
    """Whether more of what the rival says must be in the image is in it, although it explains fewer key points.

    How many a pose explains depends on how near and how textured its place is. A wallpaper that two walls share, or a
    picture of another place, makes more of them than the place itself.

    Args:
        min_inliers: key points that an answer must explain; a rival need not be one, but more than chance.
    """
    return rival.inliers >= RIVAL_SHARE * min_inliers and rival.presence > best.presence


def _shown_better(
    best: Hypothesis, rivals: Sequence[Hypothesis], config: AcceptanceConfig
) -> tuple[LostReason, str] | None:
    for rival in rivals:
        if is_shown_better(rival, best, config.min_inliers):
            return (
                LostReason.AMBIGUOUS,
                f"Another place explains {rival.inliers} key points, the best {best.inliers}, but more of it is in the "
                f"image: {rival.presence:.0%}, of the best {best.presence:.0%}",
            )
    return None


def _unsure(covariance: Float64, config: AcceptanceConfig) -> tuple[LostReason, str] | None:
    if not is_usable(covariance):
        return LostReason.UNCERTAIN, "The inliers do not determine the pose"
    sigma_m = float(np.sqrt(np.linalg.eigvalsh(covariance[:3, :3])[-1]))
    sigma_deg = float(np.rad2deg(np.sqrt(np.linalg.eigvalsh(covariance[3:, 3:])[-1])))
    if sigma_m > config.max_sigma_m or sigma_deg > config.max_sigma_deg:
        return (
            LostReason.UNCERTAIN,
            f"Sigma {sigma_m:.2f} m and {sigma_deg:.1f} deg; "
            f"{config.max_sigma_m:g} m and {config.max_sigma_deg:g} deg are allowed",
        )
    return None
