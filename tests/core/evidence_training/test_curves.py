"""Fitted curves are monotone and find what the samples say."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.estimators.acceptance.evidence.facts import FACTS
from reloc.evidence_training.curves import fit, knots_of

SHARE = [fact.name for fact in FACTS].index("share")
RIVAL = [fact.name for fact in FACTS].index("rival")


def samples(count: int = 2000) -> tuple[Float64, np.ndarray]:
    """Right with log-odds 8 (share - 0.5) - 6 (rival - 0.5); the other facts say nothing, and a tenth is unknown."""
    random = np.random.default_rng(0)
    facts = random.uniform(0.0, 1.0, (count, len(FACTS)))
    log_odds = 8.0 * (facts[:, SHARE] - 0.5) - 6.0 * (facts[:, RIVAL] - 0.5)
    right = random.random(count) < 1.0 / (1.0 + np.exp(-log_odds))
    facts[random.random(facts.shape) < 0.1] = np.nan
    return facts, right


def test_curves_rise_and_fall_as_they_must_and_find_the_odds() -> None:
    facts, right = samples()
    fitted = fit(facts, right, np.ones(len(right)), knots_of(facts), 1.0)
    for fact, y in zip(FACTS, fitted.y, strict=True):
        assert (np.diff(y) * (1 if fact.for_it else -1) >= 0).all()
    swings = np.array([y.max() - y.min() for y in fitted.y])
    assert 5.0 < swings[SHARE] < 11.0
    assert 4.0 < swings[RIVAL] < 9.0
    assert np.delete(swings, [SHARE, RIVAL]).max() < 2.5
    log_odds = fitted.log_odds(facts)
    assert log_odds[right].mean() > 1.0
    assert log_odds[~right].mean() < -1.0


def test_an_unknown_fact_adds_nothing() -> None:
    facts, right = samples()
    fitted = fit(facts, right, np.ones(len(right)), knots_of(facts), 1.0)
    np.testing.assert_allclose(fitted.log_odds(np.full((1, len(FACTS)), np.nan)), [fitted.bias])


def test_a_fact_that_never_varies_or_is_never_known() -> None:
    facts, right = samples(200)
    facts[:, 0], facts[:, 1] = np.nan, 0.3
    fitted = fit(facts, right, np.ones(len(right)), knots_of(facts), 1.0)
    assert np.isfinite(fitted.log_odds(facts)).all()
