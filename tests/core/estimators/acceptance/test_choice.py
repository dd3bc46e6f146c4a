from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.tiny_world import CAMERA

from reloc.datatypes import Candidate, Localized, Lost, LostReason
from reloc.estimators.acceptance.choice import choose
from reloc.estimators.acceptance.config import AcceptanceConfig, honest
from reloc.estimators.acceptance.scores import ScoredHypothesis
from reloc.estimators.hypothesis import ExplainedKeyPoints, Hypothesis, MatchResiduals

CONFIG = AcceptanceConfig(map_sigma_m=0.004, map_sigma_deg=0.15)


def hypothesis(x: float, inliers: int, sigma: float = 0.01, spread: bool = True) -> ScoredHypothesis:
    pose = np.eye(4)
    pose[0, 3] = x
    rng = np.random.default_rng(inliers)
    area = (320, 240) if spread else (20, 20)
    uv = rng.uniform((0, 0), area, (inliers, 2)).astype(np.float32)
    none, keypoint = np.zeros(0, np.int32), np.arange(inliers, dtype=np.int32)
    found = Hypothesis(
        world_from_cam=pose,
        covariance=np.diag(np.full(6, sigma**2)),
        references=(),
        explained=ExplainedKeyPoints(keypoint=keypoint, uv=uv, landmark=none, median_px=0.5),
        residuals=MatchResiduals(
            keypoint=none, landmark=none, distinct=none > 0, off_px=np.zeros(0), inlier=none > 0, limit_px=4.0
        ),
    )
    return matched(ScoredHypothesis(hypothesis=found), 2 * inliers)


def changed(scored: ScoredHypothesis, **fields: Any) -> ScoredHypothesis:
    """The same with other fields of the hypothesis."""
    return replace(scored, hypothesis=replace(scored.hypothesis, **fields))


def matched(scored: ScoredHypothesis, key_points: int) -> ScoredHypothesis:
    """The same with so many key points of the query that have a match."""
    keypoint = np.arange(key_points, dtype=np.int32)
    return changed(scored, residuals=replace(scored.hypothesis.residuals, keypoint=keypoint))


def explaining(scored: ScoredHypothesis, **fields: Any) -> ScoredHypothesis:
    """The same with other key points explained."""
    return changed(scored, explained=replace(scored.hypothesis.explained, **fields))


def reason(*hypotheses: ScoredHypothesis, config: AcceptanceConfig = CONFIG) -> LostReason | None:
    answer = choose(hypotheses, CAMERA, config, ())
    return answer.reason if isinstance(answer, Lost) else None


def test_the_best_is_the_answer() -> None:
    answer = choose([hypothesis(5.0, 40), hypothesis(0.0, 100)], CAMERA, CONFIG, ())
    assert isinstance(answer, Localized)
    assert answer.world_from_cam[0, 3] == 0.0
    assert answer.support.runner_up_inliers == 40
    assert answer.support.runner_up == -1  # made of no reference


def test_the_runner_up_is_named() -> None:
    other = changed(hypothesis(5.0, 40), references=(Candidate(3, 0.9), Candidate(4, 0.8)))
    answer = choose([other, hypothesis(0.0, 100)], CAMERA, CONFIG, ())
    assert answer.support is not None
    assert answer.support.runner_up == 3


def test_a_rival_elsewhere_is_ambiguity_but_not_at_the_same_place() -> None:
    assert reason(hypothesis(5.0, 80), hypothesis(0.0, 100)) is LostReason.AMBIGUOUS
    assert reason(hypothesis(0.1, 80), hypothesis(0.0, 100)) is None


def test_many_matches_of_which_hardly_any_agree() -> None:
    """As of a mirror image of the map: what is symmetric in it agrees on a pose, all else does not."""
    assert reason(matched(hypothesis(0.0, 30), 400)) is None
    assert reason(matched(hypothesis(0.0, 30), 500)) is LostReason.TOO_FEW_INLIERS
    assert reason(matched(hypothesis(0.0, 30), 500), config=replace(CONFIG, min_share=0.0)) is None


def test_a_pattern_that_repeats_is_ambiguous() -> None:
    assert reason(replace(hypothesis(0.0, 90), contested=0.45)) is None
    assert reason(replace(hypothesis(0.0, 90), contested=0.55)) is LostReason.AMBIGUOUS


@pytest.mark.parametrize(
    ("inliers", "presence", "lost"),
    [(40, 0.7, LostReason.AMBIGUOUS), (15, 0.7, LostReason.AMBIGUOUS), (40, 0.5, None), (11, 0.9, None)],
    ids=["more of it is in the image", "too little for an answer", "no more of it", "by chance"],
)
def test_a_place_of_which_more_is_in_the_image(inliers: int, presence: float, lost: LostReason | None) -> None:
    """A wallpaper on two walls: the one that is nearer in some reference makes more inliers, right or wrong."""
    best = replace(hypothesis(0.0, 90), presence=0.5)
    assert reason(replace(hypothesis(5.0, inliers), presence=presence), best) is lost
    assert reason(replace(hypothesis(0.1, inliers), presence=presence), best) is None
    other = replace(hypothesis(5.0, 11), presence=0.6)  # the first rival is not the only one
    assert reason(other, replace(hypothesis(9.0, inliers), presence=presence), best) is lost


@pytest.mark.parametrize(
    ("own", "shared", "lost"),
    [(30, 0, LostReason.AMBIGUOUS), (15, 0, None), (15, 40, None), (11, 0, None)],
    ids=["much of the rest", "little of the rest", "mostly the same key points", "by chance"],
)
def test_a_place_that_explains_the_rest_of_the_image(own: int, shared: int, lost: LostReason | None) -> None:
    """A wardrobe that was turned makes a pose with many inliers, the room behind it another one."""
    best = hypothesis(0.0, 90)
    others = np.arange(90 - shared, 90 + own, dtype=np.int32)
    rival = replace(explaining(hypothesis(5.0, own + shared), keypoint=others), presence=0.2)
    assert reason(rival, best) is lost


@pytest.mark.parametrize(
    ("part", "presence", "lost"),
    [
        (0.5, 0.5, LostReason.TOO_FEW_INLIERS),
        (0.5, 0.7, None),
        (0.8, 0.5, None),
        (0.8, 0.2, LostReason.TOO_FEW_INLIERS),
    ],
    ids=["one thing alone", "one thing and what is about it", "here and there", "hardly anything"],
)
def test_one_piece_of_furniture_is_no_view(part: float, presence: float, lost: LostReason | None) -> None:
    """All inliers in so much of the image's width and height."""
    whole = hypothesis(0.0, 200)
    bunched = explaining(whole, uv=whole.hypothesis.explained.uv * np.float32(part))
    assert reason(replace(bunched, presence=presence)) is lost
    alike = replace(CONFIG, min_compact_presence=0.0)
    assert reason(replace(bunched, presence=0.5), config=alike) is None


def test_nothing_few_and_bunched() -> None:
    assert reason() is LostReason.TOO_FEW_MATCHES
    assert reason(hypothesis(0.0, 19)) is LostReason.TOO_FEW_INLIERS
    assert reason(hypothesis(0.0, 100, spread=False)) is LostReason.TOO_FEW_INLIERS


@pytest.mark.parametrize("sigma", [1.0, np.inf, np.nan])
def test_uncertain(sigma: float) -> None:
    assert reason(hypothesis(0.0, 100, sigma)) is LostReason.UNCERTAIN


def test_not_finite() -> None:
    broken = np.full((4, 4), np.nan)
    assert reason(changed(hypothesis(0.0, 100), world_from_cam=broken)) is LostReason.NOT_FINITE


def test_honest_covariance_grows_with_crowding_and_never_below_the_maps() -> None:
    fit = np.eye(6) * 1e-8
    floor = honest(fit, 10, 1.0, CONFIG)
    np.testing.assert_allclose(np.sqrt(np.diag(floor)[:3]), CONFIG.map_sigma_m, rtol=0.01)
    wide = np.eye(6)
    crowded = honest(wide, 640, 0.5, CONFIG)  # 640 inliers in 32 cells: twenty times the variance
    np.testing.assert_allclose(np.diag(crowded)[:3], 20.0, rtol=1e-3)
