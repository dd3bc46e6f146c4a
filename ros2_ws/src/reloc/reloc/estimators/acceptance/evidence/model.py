"""An additive, monotone model: each fact adds log-odds by its own curve, so every answer can be explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import exp, isfinite
from typing import Self

import numpy as np

from reloc.datatypes import Float64, LostReason, freeze
from reloc.errors import ModelError
from reloc.estimators.acceptance.evidence.facts import FACTS, Fact
from reloc.parsing import json_file
from reloc.parsing.blame import Blame

FORMAT = 1
TABLE = "table.json"  # beside this file; written by `reloc train evidence`, described in models/evidence/README.md
_TOLD = 4  # terms in a sentence
_OTHER = Fact("other", "another place has evidence {:+.1f} of its own", False, LostReason.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class Term:
    """What one fact adds."""

    fact: Fact
    value: float
    log_odds: float
    lacks: float  # how much more it would add at best

    def __str__(self) -> str:
        return f"{self.fact.words.format(self.value)} ({self.log_odds:+.1f})"


@dataclass(frozen=True, slots=True)
class EvidenceSum:
    """The evidence for one hypothesis."""

    log_odds: float  # natural logarithm of the odds that the pose is right
    needed: float  # the log-odds that an answer needs
    terms: tuple[Term, ...]  # those that speak most, for or against, first

    @property
    def accepted(self) -> bool:
        """Whether the evidence suffices."""
        return self.log_odds >= self.needed

    def against(self, rival: float) -> EvidenceSum:
        """Return the evidence if another place has this much evidence of its own.

        Of two places at most one is right: the probabilities of both and of neither add up to one.
        """
        lost = float(np.logaddexp(0.0, rival))
        terms = sorted((*self.terms, Term(_OTHER, rival, -lost, lost)), key=lambda term: -abs(term.log_odds))
        return replace(self, log_odds=self.log_odds - lost, terms=tuple(terms))

    @property
    def probability(self) -> float:
        """Probability of being right, if right and wrong hypotheses are as frequent as in training."""
        return 1.0 / (1.0 + exp(-min(max(self.log_odds, -700.0), 700.0)))

    @property
    def weakest(self) -> Term:
        """The term that lacks most."""
        return max(self.terms, key=lambda term: term.lacks)

    def __str__(self) -> str:
        return f"Evidence {self.log_odds:+.1f}: {', '.join(map(str, self.terms[:_TOLD]))}"

    @property
    def doubts(self) -> str:
        """What an answer lacks, most important first, as a sentence."""
        against = sorted((term for term in self.terms if term.lacks > 0.0), key=lambda term: -term.lacks)
        said = ", ".join(str(term) for term in against[:_TOLD])
        return f"The evidence is {self.log_odds:+.1f}; {self.needed:+.1f} required: {said}"


@dataclass(frozen=True, slots=True, eq=False)
class FactCurve:
    """A piecewise linear curve, constant beyond its ends; an unknown fact adds nothing."""

    x: Float64  # (K,) values of the fact, rising
    y: Float64  # (K,) log-odds, rising if the fact speaks for the pose, otherwise falling

    def __post_init__(self) -> None:
        freeze(self.x, self.y)

    def at(self, value: float) -> float:
        """Return the log-odds that a value adds."""
        return float(np.interp(value, self.x, self.y)) if isfinite(value) else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceModel:
    """The curves of all facts."""

    bias: float
    curves: Mapping[str, FactCurve]
    # (R,) shares of wrong looks, falling from 1, and (R,) log-odds that no more of them reached in worlds that the
    # training did not use.
    rates: Float64
    reached: Float64

    def __post_init__(self) -> None:
        freeze(self.rates, self.reached)

    @classmethod
    def from_json(cls, text: str | bytes, where: str) -> Self:
        """Read the text of a table.

        Raises:
            ModelError: it is not such a table, or not monotone.
        """
        blame = Blame(where, ModelError, "Train it again: reloc train evidence", verdict="is no table of evidence")
        table = json_file.parse(text, _Table, blame)
        if table.format != FORMAT:
            raise blame.at("format").refuse(f"is {table.format}; this reloc reads {FORMAT}")
        if missing := sorted({fact.name for fact in FACTS} - set(table.curves)):
            raise blame.refuse(f"has no curve for {missing[0]}")
        curves = {fact.name: _curve(table.curves[fact.name], fact, blame) for fact in FACTS}
        rates, reached = np.asarray(table.tail.rates, np.float64), np.asarray(table.tail.reached, np.float64)
        falls = len(rates) > 1 and rates.shape == reached.shape and (np.diff(rates) < 0).all() and rates[-1] > 0
        if not falls or (np.diff(reached) <= 0).any():
            raise blame.at("tail").refuse("is no list of falling rates and rising log-odds")
        return cls(table.bias, curves, rates, reached)

    def needed(self, max_false_accept_rate: float) -> float:
        """Return the log-odds that an answer needs so that at most this share of wrong looks is accepted.

        Between and below the measured rates the logarithm of the rate is linear in the log-odds: an exponential tail.
        """
        rarity, odds = -np.log(self.rates), self.reached
        at = -float(np.log(max_false_accept_rate))
        if at <= rarity[-1]:
            return float(np.interp(at, rarity, odds))
        half = len(odds) // 2
        slope = (odds[-1] - odds[half]) / (rarity[-1] - rarity[half])
        return float(odds[-1] + slope * (at - rarity[-1]))

    def judge(self, facts: Mapping[str, float], max_false_accept_rate: float) -> EvidenceSum:
        """Return the evidence that facts give, each by its name in :data:`FACTS`."""
        terms = []
        for fact in FACTS:
            curve, value = self.curves[fact.name], facts[fact.name]
            added = curve.at(value)
            if isfinite(value):
                terms.append(Term(fact, value, added, float(curve.y.max()) - added))
        terms.sort(key=lambda term: -abs(term.log_odds))
        log_odds = self.bias + sum(term.log_odds for term in terms)
        return EvidenceSum(log_odds, self.needed(max_false_accept_rate), tuple(terms))


@dataclass(frozen=True, slots=True)
class _Points:
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Tail:
    rates: tuple[float, ...]
    reached: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    format: int
    bias: float
    curves: dict[str, _Points]
    tail: _Tail


def _curve(points: _Points, fact: Fact, blame: Blame) -> FactCurve:
    own = blame.at(f"curve {fact.name}")
    x, y = np.asarray(points.x, np.float64), np.asarray(points.y, np.float64)
    if x.shape != y.shape or len(x) < 2:
        raise own.refuse("needs as many values of x as of y, two or more")
    rises = np.diff(y) if fact.for_it else -np.diff(y)
    if (np.diff(x) <= 0).any() or (rises < 0).any():
        raise own.refuse("is not monotone")
    return FactCurve(x, y)


@cache
def shipped() -> EvidenceModel:
    """Return the model that reloc comes with.

    Raises:
        ModelError: its table is damaged.
    """
    table = files("reloc.estimators.acceptance.evidence") / TABLE
    return EvidenceModel.from_json(table.read_bytes(), str(table))
