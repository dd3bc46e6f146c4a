"""Choose between places: return the best as the answer, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from reloc.datatypes import Candidate, Float64, Localized, Lost, LostReason, Support
from reloc.estimators.acceptance.config import AcceptanceConfig
from reloc.estimators.acceptance.evidence.facts import Surroundings, facts_of
from reloc.estimators.acceptance.evidence.model import shipped
from reloc.estimators.acceptance.scores import ScoredHypothesis
from reloc.estimators.acceptance.uncertainty import PixelErrors, dependence, honest
from reloc.estimators.focal_length import FocalFit
from reloc.estimators.hypothesis import Hypothesis
from reloc.estimators.lens_prior import LensPrior
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import is_usable, sigmas
from reloc.geometry.image_grid import coverage
from reloc.geometry.transforms import distance_between, rotation_angle_between

Around = Callable[[Hypothesis, bool], Surroundings]  # of a hypothesis; False: without searching for its twin
FOCAL_SIGMAS = 3.0
_RIVALS = 2  # at most this many rivals are weighed by themselves, those with the most inliers


def choose(
    hypotheses: Sequence[ScoredHypothesis],
    camera: Camera,
    config: AcceptanceConfig,
    candidates: tuple[Candidate, ...],
    places: int,
    around: Around | None = None,
    pixel: float = 1.0,
) -> Localized | Lost:
    """Return the hypothesis with the most inliers, if the evidence for it suffices.

    Args:
        hypotheses: the scored hypotheses; one or none for each place, in any order.
        camera: the query's camera.
        config: how much evidence an answer needs.
        candidates: the references that retrieval proposed, reported if there is no answer.
        places: the number of places that the query may show: the map's references.
        around: returns what the map says about the landmarks of a hypothesis. It takes milliseconds, so it is only
            called for the possible answer.
        pixel: size of a pixel of the image in which key points were found, in pixels of the query.
    """
    if not hypotheses:
        return Lost(
            LostReason.TOO_FEW_MATCHES, "No candidate shares enough key points with the image", references=candidates
        )
    best, rivals, beside = ranked(hypotheses, config)
    support = _support(best, rivals, camera)
    if (refusal := _unsolved(best, support, config)) is not None:
        return Lost(*refusal, support, best.references)
    surroundings = around(best.hypothesis, True) if around is not None else Surroundings()
    facts = facts_of(best, rivals, beside, camera, candidates, places, surroundings=surroundings)
    judgement = shipped().judge(facts, config.max_false_accept_rate)
    if rivals:
        alone = [_alone(rival, camera, candidates, places, around) for rival in rivals[:_RIVALS]]
        judgement = judgement.against(max(shipped().judge(f, config.max_false_accept_rate).log_odds for f in alone))
    support = replace(support, log_odds=judgement.log_odds, evidence=str(judgement))
    if not judgement.accepted:
        return Lost(judgement.weakest.fact.refusal, judgement.doubts, support, best.references)
    errors = PixelErrors(best.hypothesis.residual_px, pixel, config.map_error_px, camera.fx, surroundings.depth)
    covariance = honest(best.covariance / best.hypothesis.sigma_px**2, errors)
    if best.hypothesis.fit_focal is not None:
        fitted = best.hypothesis.fit_focal()
        depends = dependence(support.inliers, support.coverage)
        # Before a wall, what neighbors share, such as blur, looks like another focal length; off it, much less. Whether
        # a right answer is refused must not depend on that.
        convicted = fitted.honest(errors.noise_px, depends, config.map_focal_sigma)
        if (other := _other_lens(convicted, camera, config)) is not None:
            return Lost(*other, support, best.references)
        on_wall = 1.0 - (surroundings.relief if np.isfinite(surroundings.relief) else 0.0)
        focal = fitted.honest(errors.noise_px, depends**on_wall, config.map_focal_sigma)
        covariance = focal.widened(covariance, LensPrior.of(config.focal_sigma, surroundings.same_lens))
    if (unsure := _unsure(covariance, surroundings.depth, config)) is not None:
        return Lost(LostReason.UNCERTAIN, unsure, support, best.references)
    return Localized(best.world_from_cam, covariance, support, best.references)


def _alone(
    rival: ScoredHypothesis,
    camera: Camera,
    candidates: tuple[Candidate, ...],
    places: int,
    around: Around | None,
) -> dict[str, float]:
    """Return the facts about a rival by itself. That it has a twin, which may be the best, says nothing against it."""
    surroundings = around(rival.hypothesis, False) if around is not None else Surroundings()
    return facts_of(rival, (), (), camera, candidates, places, surroundings=surroundings)


def ranked(
    hypotheses: Sequence[ScoredHypothesis], config: AcceptanceConfig
) -> tuple[ScoredHypothesis, list[ScoredHypothesis], list[ScoredHypothesis]]:
    """Return the hypothesis with the most inliers, those of other places, and the others of its own place."""
    best, *others = sorted(hypotheses, key=lambda h: -h.inliers)
    here = [_same_place(best, other, config) for other in others]
    rivals = [other for other, is_here in zip(others, here, strict=True) if not is_here]
    return best, rivals, [other for other, is_here in zip(others, here, strict=True) if is_here]


def _support(best: ScoredHypothesis, rivals: Sequence[ScoredHypothesis], camera: Camera) -> Support:
    explained, rival = best.hypothesis.explained, next(iter(rivals), None)
    return Support(
        matches=best.hypothesis.residuals.key_points,
        inliers=best.inliers,
        coverage=coverage(explained.uv, camera),
        reprojection_px=explained.median_px,
        runner_up_inliers=rival.inliers if rival else 0,
        uv_inliers=explained.uv,
        runner_up=rival.references[0].index if rival and rival.references else -1,
    )


def _same_place(a: ScoredHypothesis, b: ScoredHypothesis, config: AcceptanceConfig) -> bool:
    near = distance_between(a.world_from_cam, b.world_from_cam) < config.same_place_m
    turned = np.rad2deg(rotation_angle_between(a.world_from_cam, b.world_from_cam))
    return near and bool(turned < config.same_place_deg)


def _unsolved(best: ScoredHypothesis, support: Support, config: AcceptanceConfig) -> tuple[LostReason, str] | None:
    if not np.isfinite(best.world_from_cam).all():
        return LostReason.NOT_FINITE, "The solver returned a pose that is not finite"
    if support.inliers < config.min_inliers:
        few = f"Only {support.inliers} of {support.matches} matches agree on a pose; {config.min_inliers} required"
        return LostReason.TOO_FEW_INLIERS, few
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


def _unsure(covariance: Float64, depth: float, config: AcceptanceConfig) -> str | None:
    if not is_usable(covariance):
        return "Too few matches to determine the pose"
    sigma, sigma_rad = sigmas(covariance)
    sigma_deg = float(np.rad2deg(sigma_rad))
    if sigma <= config.max_sigma * (depth if np.isfinite(depth) else np.inf) and sigma_deg <= config.max_sigma_deg:
        return None
    of_depth = f" of the depth, {depth:.1f} m," if np.isfinite(depth) else " of the depth, which is unknown,"
    return (
        f"Sigma is {sigma:.2f} m and {sigma_deg:.1f} deg; {config.max_sigma:.0%}{of_depth} and "
        f"{config.max_sigma_deg:g} deg are allowed"
    )
