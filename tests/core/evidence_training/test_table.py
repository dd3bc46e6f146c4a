"""The table comes from samples; its rates are measured on worlds that were left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reloc.errors import SourceError
from reloc.estimators.acceptance.evidence.facts import FACTS
from reloc.estimators.acceptance.evidence.model import EvidenceModel
from reloc.evidence_training.config import EvidenceTrainingConfig
from reloc.evidence_training.sample import EvidenceSample, EvidenceSamples, judged, read, write
from reloc.evidence_training.table import as_text, train

CONFIG = EvidenceTrainingConfig(folds=3)


def world(seed: int, count: int = 150) -> EvidenceSamples:
    """Right and wrong hypotheses that differ by their share of matches; every fifth look has none."""
    random, found = np.random.default_rng(seed), list[EvidenceSample]()
    for number in range(count):
        right = bool(random.random() < 0.5)
        facts: dict[str, float | None] = {fact.name: float(random.random()) for fact in FACTS}
        facts["share"] = float(random.normal(0.7 if right else 0.3, 0.12))
        facts["blur"] = None
        found.append(EvidenceSample("plain", right, 30, facts) if number % 5 else EvidenceSample("elsewhere", False))
    return EvidenceSamples(f"world {seed}", tuple(found))


def test_the_table_says_what_left_out_worlds_say() -> None:
    trained = train([world(seed) for seed in range(6)], CONFIG)
    model = EvidenceModel.from_json(as_text(trained), "the table")
    fresh = [sample for seed in range(10, 16) for sample in world(seed).samples]
    wrong = [s for s in fresh if s.right is False]
    for rate in (0.2, 0.05):
        passed = sum(
            model.judge({k: np.nan if v is None else v for k, v in s.facts.items()}, rate).accepted
            for s in wrong
            if s.inliers
        )
        assert 0.3 * rate < passed / len(wrong) < 2.0 * rate
    kept = trained.kept["rootsift"]
    assert kept[0.2] > kept[0.01]
    assert kept[0.05] > 0.5


def test_the_same_samples_give_the_same_table() -> None:
    given = [world(seed) for seed in range(3)]
    assert as_text(train(given, CONFIG)) == as_text(train(given, CONFIG))


def test_samples_that_do_not_suffice() -> None:
    with pytest.raises(SourceError, match="2 worlds"):
        train([world(0), world(1)], CONFIG)
    blind = EvidenceSamples("no wrong ones", tuple(s for s in world(0).samples if s.right))
    with pytest.raises(SourceError, match="0 wrong"):
        train([replace(blind, world=str(k)) for k in range(3)], CONFIG)


def test_each_kind_of_features_keeps_the_rate() -> None:
    """Wrong looks by one kind have more evidence; the other kind alone would require less."""
    plain = [world(seed) for seed in range(6)]

    def bold(one: EvidenceSamples) -> EvidenceSamples:
        found = []
        for sample in one.samples:
            share = sample.facts.get("share") or 0.0
            facts = sample.facts | {"share": share + 0.1} if sample.inliers and sample.right is False else sample.facts
            found.append(replace(sample, features="points", facts=facts))
        return EvidenceSamples(one.world, (*one.samples, *found))

    both = train([bold(one) for one in plain], CONFIG)
    assert set(both.kept) == {"rootsift", "points"}
    model = EvidenceModel.from_json(as_text(both), "the table")
    fresh = [sample for seed in range(10, 16) for sample in bold(world(seed)).samples]
    passed = dict.fromkeys(both.kept, 0.0)
    for kind in both.kept:
        wrong = [s for s in fresh if s.right is False and s.features == kind]
        facts = [{k: np.nan if v is None else v for k, v in s.facts.items()} for s in wrong if s.inliers]
        passed[kind] = sum(model.judge(one, 0.1).accepted for one in facts) / len(wrong)
    assert 0.03 < passed["points"] < 0.2
    assert passed["rootsift"] < 0.5 * passed["points"]
    assert EvidenceTrainingConfig(features=" points, rootsift,points,").kinds == ("points", "rootsift")


def test_files_of_samples(tmp_path: Path) -> None:
    given = world(0, 10)
    write(tmp_path / "w.json", given.world, given.samples)
    assert read(tmp_path / "w.json") == given
    (tmp_path / "w.json").write_text('{"world": 3}')
    with pytest.raises(SourceError, match="collects it again"):
        read(tmp_path / "w.json")


@pytest.mark.parametrize(
    ("off_m", "off_deg", "right"),
    [(0.1, 1.0, True), (0.3, 1.0, None), (0.1, 8.0, None), (0.6, 0.0, False), (0.0, 11.0, False)],
)
def test_what_is_right(off_m: float, off_deg: float, right: bool | None) -> None:
    assert judged(off_m, off_deg) is right
