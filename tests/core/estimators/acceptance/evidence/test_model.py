"""The model adds what each fact contributes, says so, and refuses tables that are not monotone."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from reloc.datatypes import LostReason
from reloc.errors import ModelError
from reloc.estimators.acceptance.evidence.facts import FACTS
from reloc.estimators.acceptance.evidence.model import EvidenceModel, shipped

NAMES = [fact.name for fact in FACTS]


def table(**changed: Any) -> dict[str, Any]:
    """A table in which each fact adds from -1 to 1 between 0 and 1."""
    curves = {fact.name: {"x": [0.0, 1.0], "y": [-1.0, 1.0] if fact.for_it else [1.0, -1.0]} for fact in FACTS}
    tail = {"rates": [1.0, 0.1, 0.01, 0.001], "reached": [-30.0, 1.0, 2.0, 3.0]}
    return {"format": 1, "bias": 0.5, "curves": curves, "tail": tail} | changed


def opened(**changed: Any) -> EvidenceModel:
    return EvidenceModel.from_json(json.dumps(table(**changed)), "the table")


def facts(value: float = float("nan"), **known: float) -> dict[str, float]:
    return dict.fromkeys(NAMES, value) | known


def test_log_odds_are_the_sum_of_the_terms() -> None:
    judgement = opened().judge(facts(0.5, share=1.0, rival=1.0, twin=0.75), 0.01)
    assert judgement.log_odds == pytest.approx(0.5 + 1.0 - 1.0 - 0.5)
    assert judgement.log_odds == pytest.approx(0.5 + sum(term.log_odds for term in judgement.terms))
    assert abs(judgement.terms[0].log_odds) == 1.0  # what speaks most comes first
    assert judgement.weakest.fact.name == "rival"


def test_an_unknown_fact_says_nothing() -> None:
    judgement = opened().judge(facts(), 0.01)
    assert judgement.log_odds == 0.5
    assert judgement.terms == ()
    assert opened().judge(facts(share=0.5), 0.01).log_odds == pytest.approx(0.5)


def test_curves_are_constant_beyond_what_was_seen() -> None:
    model = opened()
    assert model.judge(facts(share=7.0), 0.1).log_odds == model.judge(facts(share=1.0), 0.1).log_odds
    assert model.judge(facts(rival=7.0), 0.1).log_odds == model.judge(facts(rival=1.0), 0.1).log_odds


def test_the_rate_gives_the_log_odds_that_are_needed() -> None:
    model = opened()
    assert model.needed(0.1) == pytest.approx(1.0)
    assert model.needed(0.001) == pytest.approx(3.0)
    assert model.needed(1e-6) > 4.0  # the tail goes on
    assert model.needed(1.0) == -30.0
    rates = np.logspace(0, -9, 50)
    assert (np.diff([model.needed(rate) for rate in rates]) > 0).all()
    assert model.judge(facts(share=1.0), 0.1).accepted
    assert not model.judge(facts(share=1.0), 0.01).accepted


def test_of_two_places_at_most_one_is_right() -> None:
    alone = opened().judge(facts(share=1.0), 0.01)
    assert alone.against(-20.0).log_odds == pytest.approx(alone.log_odds)
    assert alone.against(alone.log_odds).log_odds < 0.0  # two equal ones: each has less than half
    assert alone.against(9.0).log_odds == pytest.approx(alone.log_odds - 9.0, abs=1e-3)
    assert alone.against(9.0).weakest.fact.refusal is LostReason.AMBIGUOUS
    assert "another place has evidence +9.0 of its own (-9.0)" in str(alone.against(9.0))


def test_a_judgement_is_told_in_words() -> None:
    judgement = opened().judge(facts(0.5, agreement=1.0, rival=0.9), 0.001)
    assert "100% of the matching cells agree (+1.0)" in str(judgement)
    assert judgement.doubts.startswith("The evidence is +0.7; +3.0 required: another place explains 90% as much (-0.8)")
    assert 0.5 < judgement.probability < 0.7


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"format": 9}, "format"),
        ({"bias": "much"}, "bias"),
        ({"curves": {}}, "no curve for"),
        ({"tail": {"rates": [1.0, 0.1], "reached": [3.0, 2.0]}}, "tail"),
        ({"tail": {"rates": [0.1, 0.1], "reached": [2.0, 3.0]}}, "tail"),
        ({"tail": {"rates": [1.0], "reached": [2.0]}}, "tail"),
    ],
)
def test_tables_that_are_none(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        opened(**changed)


@pytest.mark.parametrize(
    "points",
    [
        {"x": [0.0, 1.0], "y": [1.0, 0.0]},
        {"x": [1.0, 0.0], "y": [0.0, 1.0]},
        {"x": [0.0], "y": [1.0]},
        {"x": [0.0, 1.0], "y": [0.0, 1.0, 2.0]},
    ],
)
def test_a_curve_that_is_not_monotone(points: dict[str, list[float]]) -> None:
    curves = table()["curves"] | {"share": points}
    with pytest.raises(ModelError, match="curve share"):
        opened(curves=curves)


def test_the_shipped_model_has_learned_every_kind_of_doubt() -> None:
    model = shipped()
    sure = {"rarity": 2.9, "spots": 2.5, "coverage": 0.6, "hull": 0.7, "share": 0.6, "spread": 0.1, "agreement": 1.0}
    sure |= {"presence": 0.9, "contested": 0.1, "twin": 0.0, "rival": 0.0, "rest": 0.0, "split": 0.0, "lead": 1.0}
    sure |= {"relief": 0.7, "blur": -3.5, "rank": 0.0}
    assert set(sure) == set(NAMES)
    assert model.judge(sure, 0.001).accepted
    few = {"rarity": 1.2, "spots": 0.9, "coverage": 0.05, "hull": 0.03, "share": 0.05}
    for doubt in ({"twin": 1.0}, {"presence": 0.1} | few, few):
        assert not model.judge(sure | doubt, 0.001).accepted
