from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.tiny_world import CAMERA

from reloc.datatypes import Candidate, Localized, Lost, LostReason
from reloc.estimators.acceptance.choice import choose
from reloc.estimators.acceptance.config import AcceptanceConfig
from reloc.estimators.acceptance.scores import ScoredHypothesis
from reloc.estimators.hypothesis import ExplainedKeyPoints, Hypothesis, MatchResiduals

CONFIG = AcceptanceConfig()


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
        sigma_px=0.5,
        residual_px=0.4,
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
    answer = choose(hypotheses, CAMERA, config, (), 50)
    return answer.reason if isinstance(answer, Lost) else None


def test_the_best_is_the_answer() -> None:
    answer = choose([hypothesis(5.0, 12, spread=False), hypothesis(0.0, 200)], CAMERA, CONFIG, (), 50)
    assert isinstance(answer, Localized)
    assert answer.world_from_cam[0, 3] == 0.0
    assert answer.support.runner_up_inliers == 12
    assert answer.support.runner_up == -1  # made of no reference
    assert answer.support.log_odds > 0.0
    assert answer.support.evidence.startswith("Evidence +")


def test_the_runner_up_is_named() -> None:
    other = changed(hypothesis(5.0, 40), references=(Candidate(3, 0.9), Candidate(4, 0.8)))
    answer = choose([other, hypothesis(0.0, 100)], CAMERA, CONFIG, (), 50)
    assert answer.support is not None
    assert answer.support.runner_up == 3


def log_odds(*hypotheses: ScoredHypothesis) -> float:
    answer = choose(hypotheses, CAMERA, CONFIG, (), 50)
    assert answer.support is not None
    return answer.support.log_odds


def known(scored: ScoredHypothesis, **scores: float) -> ScoredHypothesis:
    """The same in a map with landmarks, with these scores."""
    landmark = np.arange(scored.inliers, dtype=np.int32)
    return replace(explaining(scored, landmark=landmark), **scores)


def test_everything_that_speaks_against_a_pose_lowers_its_odds() -> None:
    best = known(hypothesis(0.0, 90), presence=0.8, contested=0.2, agreement=1.0)
    alone = log_odds(best)
    assert log_odds(matched(best, 2000)) <= alone
    assert log_odds(replace(best, contested=0.9)) <= alone
    assert log_odds(replace(best, presence=0.2)) < alone
    assert log_odds(replace(best, agreement=0.2)) < alone
    assert log_odds(known(hypothesis(5.0, 85), presence=0.8), best) < alone
    few = np.arange(0, 90, 4)
    explained = best.hypothesis.explained
    fewer = explaining(best, keypoint=explained.keypoint[few], uv=explained.uv[few], landmark=explained.landmark[few])
    assert log_odds(fewer) < alone
    bunched = explaining(best, uv=explained.uv * np.float32(0.3))
    assert log_odds(bunched) < alone


def test_a_pose_at_the_same_place_is_no_rival() -> None:
    best = known(hypothesis(0.0, 200), presence=0.8)
    assert log_odds(known(hypothesis(0.1, 160), presence=0.8), best) == log_odds(best)


def test_a_rival_that_is_as_good_is_ambiguity() -> None:
    rival = known(hypothesis(5.0, 99), presence=0.9)
    assert reason(rival, known(hypothesis(0.0, 100), presence=0.8)) is LostReason.AMBIGUOUS


def test_the_rate_decides_how_much_evidence_suffices() -> None:
    weak = known(hypothesis(0.0, 25), presence=0.4)
    assert reason(weak, config=replace(CONFIG, max_false_accept_rate=1e-6)) is LostReason.TOO_FEW_INLIERS
    assert reason(weak, config=replace(CONFIG, max_false_accept_rate=1.0)) is None


def test_nothing_few_and_bunched() -> None:
    assert reason() is LostReason.TOO_FEW_MATCHES
    assert reason(hypothesis(0.0, 7)) is LostReason.TOO_FEW_INLIERS
    assert reason(hypothesis(0.0, 30, spread=False)) is LostReason.TOO_FEW_INLIERS


@pytest.mark.parametrize("sigma", [np.inf, np.nan])
def test_uncertain(sigma: float) -> None:
    assert reason(hypothesis(0.0, 200, sigma)) is LostReason.UNCERTAIN


def test_not_finite() -> None:
    broken = np.full((4, 4), np.nan)
    assert reason(changed(hypothesis(0.0, 100), world_from_cam=broken)) is LostReason.NOT_FINITE
