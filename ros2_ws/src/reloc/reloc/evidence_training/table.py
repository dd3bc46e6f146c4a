"""Turn samples into the table of the evidence model, and measure it on worlds that were left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.estimators.acceptance.config import AcceptanceConfig
from reloc.estimators.acceptance.evidence.facts import FACTS
from reloc.estimators.acceptance.evidence.model import FORMAT
from reloc.evidence_training.config import EvidenceTrainingConfig
from reloc.evidence_training.curves import Fitted, fit, knots_of
from reloc.evidence_training.sample import EvidenceSample, EvidenceSamples, value

RATES = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
_ALL = -30.0  # log-odds that every hypothesis has
_APART = 0.01  # smallest difference between the log-odds of two rates
_OF_LANDMARKS = ("presence", "contested", "twin", "lead", "relief")  # facts that a map without landmarks cannot give
_NO_RIVAL = {"rival": 0.0, "rest": 0.0, "lead": 1.0}  # where retrieval proposes no other place
_AGAIN, _AGAIN_WEIGHT = 1.0 / 3.0, 0.5  # share of the samples that is used again with less known, and its weight
_TWIN = 0.1  # smallest share of the inliers that makes a twin
_RARE = {"fragment": 0.3}  # weights of kinds that a robot hardly meets


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The table, and what left-out worlds say about it."""

    table: dict[str, Any]  # as JSON
    right: int  # right hypotheses
    wrong: int  # looks that must not be answered
    # By kind of local features and rate of false accepts: share of the right hypotheses that are answered.
    kept: dict[str, dict[float, float]]


def train(given: Sequence[EvidenceSamples], config: EvidenceTrainingConfig) -> Trained:
    """Fit one model for all kinds of local features.

    Its rates hold for each kind: an answer needs what the kind requires whose wrong looks have most evidence.

    Raises:
        SourceError: the samples have no right, or no wrong hypothesis, or come from fewer worlds than there are folds.
    """
    samples = [sample for world in given for sample in world.samples]
    group = np.array([k % config.folds for k, world in enumerate(given) for _ in world.samples])
    used = np.array([s.right is not None and s.inliers >= AcceptanceConfig().min_inliers for s in samples], bool)
    chosen = [sample for sample, use in zip(samples, used, strict=True) if use]
    right = np.array([bool(sample.right) for sample in chosen], bool)
    if len(given) < config.folds or not right.any() or right.all():
        raise SourceError(
            f"{len(given)} worlds gave {int(right.sum())} right and {int((~right).sum())} wrong hypotheses; at least "
            f"{config.folds} worlds and one of each are needed",
            "Collect more worlds (--worlds, --views), or use fewer --folds",
        )
    facts, weights, fold = _facts(chosen), _weights(chosen), group[used]
    knots = knots_of(facts)
    log_odds = np.zeros(len(chosen))
    for number in range(config.folds):
        rest, out = fold != number, fold == number
        if out.any():
            log_odds[out] = _fit(facts[rest], right[rest], weights[rest], knots, config.penalty).log_odds(facts[out])
    fitted = _fit(facts, right, weights, knots, config.penalty)
    wrong = [sample for sample in samples if sample.right is False]
    kind = np.array([sample.features for sample in chosen])
    tails = []
    for name in np.unique(kind):
        own = ~right & (kind == name)
        looks = float(sum(_weights([sample for sample in wrong if sample.features == name])))
        tails.append(_tail(log_odds[own], weights[own], looks))
    reached = _rising(np.max(tails, axis=0))
    kept = {
        str(name): {
            rate: float((log_odds[right & (kind == name)] >= least).mean())
            for rate, least in zip(RATES, reached, strict=True)
        }
        for name in np.unique(kind[right])
    }
    return Trained(_as_json(fitted, reached), int(right.sum()), round(float(sum(_weights(wrong)))), kept)


def as_text(trained: Trained) -> str:
    """Return the table as a file."""
    return json.dumps(trained.table, indent=1) + "\n"


def _fit(
    facts: Float64, right: NDArray[np.bool_], weights: Float64, knots: tuple[Float64, ...], penalty: float
) -> Fitted:
    """Fit the curves to the samples, and to some of them again with less known about them.

    A place that exists twice shows by its twin and by a rival. Each must suffice alone: a map without landmarks knows
    no twin, and retrieval may not propose the rival. So all samples with a twin are used again without each of the two.
    """
    names = [fact.name for fact in FACTS]
    twice = np.nan_to_num(facts[:, names.index("twin")]) > _TWIN
    random = np.random.default_rng(0)
    parts = [(facts, right, weights)]
    for unknown in (dict.fromkeys(_OF_LANDMARKS, np.nan), _NO_RIVAL):
        again = (random.random(len(facts)) < _AGAIN) | twice
        less = facts[again].copy()
        for name, said in unknown.items():
            less[:, names.index(name)] = said
        parts.append((less, right[again], weights[again] * np.where(twice[again], 1.0, _AGAIN_WEIGHT)))
    every_fact, every_right, every_weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return fit(every_fact, every_right, every_weight, knots, penalty)


def _facts(samples: Sequence[EvidenceSample]) -> Float64:
    return np.array([[value(sample, fact.name) for fact in FACTS] for sample in samples])


def _weights(samples: Sequence[EvidenceSample]) -> Float64:
    return np.array([_RARE.get(sample.kind, 1.0) for sample in samples])


def _tail(log_odds: Float64, weights: Float64, looks: float) -> list[float]:
    """Return for each rate the log-odds that no larger share of the wrong looks reaches."""
    order = np.argsort(-log_odds)
    share = np.cumsum(weights[order]) / max(looks, 1.0)
    at = [int(np.searchsorted(share, rate, side="right")) for rate in RATES]
    return [float(log_odds[order[k]]) + _APART if k < len(order) else _ALL + _APART for k in at]


def _rising(reached: Float64) -> list[float]:
    """Return log-odds, each a little above the one before."""
    found = list[float]()
    for least in reached:
        found.append(max(float(least), found[-1] + _APART) if found else float(least))
    return found


def _as_json(fitted: Fitted, reached: Sequence[float]) -> dict[str, Any]:
    curves = {
        fact.name: {"x": [round(float(v), 6) for v in x], "y": [round(float(v), 4) for v in y]}
        for fact, x, y in zip(FACTS, fitted.x, fitted.y, strict=True)
    }
    tail = {"rates": [1.0, *RATES], "reached": [_ALL, *(round(v, 4) for v in reached)]}
    return {"format": FORMAT, "bias": round(fitted.bias, 4), "curves": curves, "tail": tail}
