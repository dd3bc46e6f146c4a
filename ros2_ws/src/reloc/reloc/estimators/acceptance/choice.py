"""Choose between places: return the best as the answer, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from reloc.datatypes import Candidate, Float64, Localized, Lost, LostReason, Support
from reloc.estimators.acceptance.config import AcceptanceConfig, dependence, honest
from reloc.estimators.acceptance.scores import ScoredHypothesis
from reloc.estimators.focal_length import FocalFit
from reloc.estimators.hypothesis import Hypothesis
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import is_usable
from reloc.geometry.image_grid import coverage, hull_share
from reloc.geometry.transforms import distance_between, rotation_angle_between

FOCAL_SIGMAS = 3.0
# Share of an answer's required inliers above which a rival is not chance. Images of other people's rooms explain 11 of
# 20.
RIVAL_SHARE = 0.6
# Share of the image below which one piece of furniture may hold all inliers.
COMPACT = 0.3


def choose(
    hypotheses: Sequence[ScoredHypothesis],
    camera: Camera,
    config: AcceptanceConfig,
    candidates: tuple[Candidate, ...],
    doubts: Callable[[Hypothesis], str] | None = None,
) -> Localized | Lost:
    """Return the hypothesis with the most inliers, if it has enough of them and no rival.

    Args:
        hypotheses: the scored hypotheses; one or none for each place, in any order.
        camera: the query's camera.
        config: the thresholds.
        candidates: the references that retrieval proposed, reported if there is no answer.
        doubts: returns why a hypothesis is ambiguous by itself, empty if it is not. It takes milliseconds, so only the
            possible answer is checked.
    """
    if not hypotheses:
        return Lost(
            LostReason.TOO_FEW_MATCHES, "No candidate shares enough key points with the image", references=candidates
        )
    ranked = sorted(hypotheses, key=lambda h: -h.inliers)
    best = ranked[0]
    rivals = [h for h in ranked[1:] if not _same_place(best, h, config)]
    rival = next(iter(rivals), None)
    explained = best.hypothesis.explained
    support = Support(
        matches=best.hypothesis.residuals.key_points,
        inliers=best.inliers,
        coverage=coverage(explained.uv, camera),
        reprojection_px=explained.median_px,
        runner_up_inliers=rival.inliers if rival else 0,
        uv_inliers=explained.uv,
        runner_up=rival.references[0].index if rival and rival.references else -1,
    )
    covariance = honest(best.covariance, support.inliers, support.coverage, config)
    refusal = _unsupported(best.world_from_cam, support, config)
    if refusal is None and best.hypothesis.fit_focal is not None:
        depends = dependence(support.inliers, support.coverage)
        focal = best.hypothesis.fit_focal().honest(depends, config.map_focal_sigma)
        refusal = _other_lens(focal, camera, config)
        covariance = focal.widened(covariance, config.focal_sigma)
    if refusal is None and (dispute := disputed(best, rivals, config)):
        refusal = LostReason.AMBIGUOUS, dispute
    refusal = refusal or _contradicted(best, support, camera, config)
    refusal = refusal or _unsure(covariance, config)
    if refusal is None and doubts is not None and (doubt := doubts(best.hypothesis)):
        refusal = LostReason.AMBIGUOUS, doubt
    if refusal is not None:
        return Lost(*refusal, support, best.references)
    return Localized(best.world_from_cam, covariance, support, best.references)


def _same_place(a: ScoredHypothesis, b: ScoredHypothesis, config: AcceptanceConfig) -> bool:
    near = distance_between(a.world_from_cam, b.world_from_cam) < config.same_place_m
    turned = np.rad2deg(rotation_angle_between(a.world_from_cam, b.world_from_cam))
    return near and bool(turned < config.same_place_deg)


def _unsupported(world_from_cam: Float64, support: Support, config: AcceptanceConfig) -> tuple[LostReason, str] | None:
    if not np.isfinite(world_from_cam).all():
        return LostReason.NOT_FINITE, "The solver returned a pose that is not finite"
    if support.inliers < config.min_inliers:
        return (
            LostReason.TOO_FEW_INLIERS,
            f"Only {support.inliers} of {support.matches} matches agree on a pose; {config.min_inliers} required",
        )
    if support.coverage < config.min_coverage:
        return (
            LostReason.TOO_FEW_INLIERS,
            f"The {support.inliers} inliers lie in {support.coverage:.0%} of the image; "
            f"{config.min_coverage:.0%} required",
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
        f"Key points fit a focal length of {camera.fx * factor:.0f} px (sigma {camera.fx * factor * sigma:.0f} "
        f"px), but camera_info says {camera.fx:.0f} px: calibrate the camera; if its images are rectified, say so "
        "(image_is_rectified, --rectified)",
    )


def _contradicted(
    best: ScoredHypothesis, support: Support, camera: Camera, config: AcceptanceConfig
) -> tuple[LostReason, str] | None:
    if best.inliers < config.min_share * support.matches:
        # A mirror image of the map has as many matches as a real view, and its symmetric parts agree.
        share = f"Only {best.inliers} of {support.matches} matches agree on a pose; {config.min_share:.0%} required"
        return LostReason.TOO_FEW_INLIERS, share
    if best.contested > config.max_contested:
        return (
            LostReason.AMBIGUOUS,
            f"{best.contested:.0%} of the {best.inliers} inliers also look like something elsewhere",
        )
    fragment = f"The {best.inliers} inliers may be a fragment: only"
    if best.agreement < config.min_agreement:
        fragment += (
            f"{best.agreement:.0%} of the image's cells that show the map match the predicted view; "
            f"{config.min_agreement:.0%}"
        )
    elif best.presence < (least := _least_presence(best, camera, config)):
        fragment += f"{best.presence:.0%} of the nearby landmarks' image cells are seen; {least:.0%}"
    else:
        return None
    return LostReason.TOO_FEW_INLIERS, f"{fragment} required"


def _least_presence(best: ScoredHypothesis, camera: Camera, config: AcceptanceConfig) -> float:
    compact = hull_share(best.hypothesis.explained.uv, camera) < COMPACT
    return max(config.min_presence, config.min_compact_presence) if compact else config.min_presence


def disputed(best: ScoredHypothesis, rivals: Iterable[ScoredHypothesis], config: AcceptanceConfig) -> str:
    """Return the evidence for a rival that explains fewer key points than the best; empty if there is none.

    A rival counts if more of its surroundings are in the image. The number of explained key points depends on a place's
    distance and texture: a wallpaper on two walls, or a picture of another place, may give more than the place itself.
    A rival also counts if it explains many of the key points that the best leaves. After a wardrobe was turned, the
    wardrobe or the room behind it may have moved.

    A rival need not explain as much as an answer, but more than chance.
    """
    least = RIVAL_SHARE * config.min_inliers
    for rival in rivals:
        both = f"Another place explains {rival.inliers} key points, the best {best.inliers}, but"
        if rival.inliers >= least and rival.presence > best.presence:
            return (
                f"{both} more of its surroundings are in the image: {rival.presence:.0%}, of the best "
                f"{best.presence:.0%}"
            )
        rest = len(np.setdiff1d(rival.hypothesis.explained.keypoint, best.hypothesis.explained.keypoint))
        if rest >= max(least, config.max_rest * best.inliers):
            return f"{both} {rest} of them are not among the best's: one of the two has moved"
    return ""


def _unsure(covariance: Float64, config: AcceptanceConfig) -> tuple[LostReason, str] | None:
    if not is_usable(covariance):
        return LostReason.UNCERTAIN, "Too few matches to determine the pose"
    sigma_m = float(np.sqrt(np.linalg.eigvalsh(covariance[:3, :3])[-1]))
    sigma_deg = float(np.rad2deg(np.sqrt(np.linalg.eigvalsh(covariance[3:, 3:])[-1])))
    if sigma_m > config.max_sigma_m or sigma_deg > config.max_sigma_deg:
        return (
            LostReason.UNCERTAIN,
            f"Sigma is {sigma_m:.2f} m and {sigma_deg:.1f} deg; {config.max_sigma_m:g} m and "
            f"{config.max_sigma_deg:g} deg are allowed",
        )
    return None
