"""A calibration in a map: it belongs to map, method and parameters, and says nothing where it cannot."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

from reloc.datatypes import Localized, Query, Support
from reloc.engine import Engine
from reloc.errors import MapIncompleteError
from reloc.estimators.local_features import FeaturesConfig
from reloc.maps.attachments import bare_hash, calibrations, place
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.calibration import Calibration, with_probabilities
from reloc.trust.calibration.hiding import almost_same, same_place
from reloc.trust.calibration.record import HIDDEN, CovarianceScale, Foreign, Record, RecordedOutcome
from reloc.trust.calibration.store import all_in, folder_of, load, save
from reloc.trust.verification import VerificationConfig, Verified
from reloc.trust.verification.evidence import Evidence, Finding


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_map(tmp_path_factory.mktemp("calibration"), "triangulate")


@pytest.fixture
def folder(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy.map"))


def outcomes(count: int) -> tuple[RecordedOutcome, ...]:
    random = np.random.default_rng(0)
    figures = random.uniform((4.0, 0.3, 0.5), (12.0, 1.0, 2.5), (count, 3))
    return tuple(RecordedOutcome(i, "right", "", 0.01, 0.1, tuple(f)) for i, f in enumerate(figures.tolist()))


def record(opened: ReferenceMap, count: int = 100, **changes: object) -> Record:
    made = Record(
        "features", bare_hash(opened.manifest), False, outcomes(count), scale=CovarianceScale(2.0, 3.0, count)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def answer(log_odds: float = 9.0, sigma_m: float = 0.02) -> Localized:
    covariance = np.diag([sigma_m**2] * 3 + [1e-4] * 3)
    return Localized(np.eye(4), covariance, Support(300, 150, 0.6, 1.0, 0, log_odds=log_odds))


def test_kept_in_the_map_found_again_and_models_still_fit(folder: Path) -> None:
    before = ReferenceMap.open(folder)
    assert Calibration.of(before, "features") is None
    save(folder, record(before))
    after = ReferenceMap.open(folder)  # which hashes every file
    assert after.content_hash != before.content_hash
    assert bare_hash(after.manifest) == bare_hash(before.manifest)
    assert calibrations(after.manifest) == ("calibration_features",)
    found = Calibration.of(after, "features")
    assert found is not None
    assert found.record.to_json() == record(before).to_json()
    assert 0.9 < (found.probability(answer()) or 0.0) < 0.975
    save(folder, record(before, count=50))  # another one gives way
    again = Calibration.of(ReferenceMap.open(folder), "features")
    assert again is not None
    assert len(again.record.outcomes) == 50
    assert [one.method for one in all_in(after)] == ["features"]


def test_any_name_of_a_method_has_a_folder() -> None:
    assert folder_of("exrenet+features") == folder_of("exrenet_features") == "calibration_exrenet_features"
    assert "/" not in folder_of("my_package.my_way")


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"map_hash": "0" * 64}, "another map"), ({"models": {"posenet": "1" * 64}}, "another model posenet"),
     ({"parameters": {"candidates": 7}}, "candidates=30")],
)  # fmt: skip
def test_what_is_of_something_else_is_not_used_and_says_so(
    folder: Path, caplog: pytest.LogCaptureFixture, changes: dict[str, object], word: str
) -> None:
    save(folder, record(ReferenceMap.open(folder), **changes))
    with caplog.at_level(logging.WARNING):
        assert Calibration.of(ReferenceMap.open(folder), "features", FeaturesConfig()) is None
    assert word in caplog.text
    assert "reloc map calibrate" in caplog.text


def test_a_method_without_a_network_cares_for_none(folder: Path) -> None:
    settings = {"models": {"posenet": "1" * 64}, "parameters": {"candidates": 30}}
    save(folder, record(ReferenceMap.open(folder), **settings))
    assert Calibration.of(ReferenceMap.open(folder), "features", FeaturesConfig()) is not None


def test_a_file_that_is_gone_or_damaged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(folder, record(ReferenceMap.open(folder)))
    opened = ReferenceMap.open(folder)
    file = folder / "compiled" / "calibration_features" / "calibration.json"
    file.write_text("{")
    assert Calibration.of(opened, "features") is not None  # as it was when the map was opened
    with pytest.raises(MapIncompleteError):
        ReferenceMap.open(folder, verify=False)
    file.unlink()
    assert load(opened, "features") is not None
    with pytest.raises(MapIncompleteError):
        ReferenceMap.open(folder, verify=False)


def test_a_listed_file_that_is_no_calibration(folder: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "calibration.json").write_text("{")
    place(folder, "calibration_features", tmp_path / "broken")
    with caplog.at_level(logging.WARNING):
        assert Calibration.of(ReferenceMap.open(folder), "features") is None
    assert "is not a calibration" in caplog.text


def test_too_few_answers_give_no_probability(tiny: Path) -> None:
    found = Calibration.from_record(record(ReferenceMap.open(tiny), count=29))
    assert found.probability(answer()) is None
    assert "29 answers" in found.problem


def test_an_unusable_covariance_has_no_probability(tiny: Path) -> None:
    found = Calibration.from_record(record(ReferenceMap.open(tiny)))
    assert found.probability(replace(answer(), covariance=np.zeros((6, 6)))) is None


def test_where_answers_are_verified_an_unverified_one_has_no_probability(tiny: Path) -> None:
    assert Calibration.from_record(record(ReferenceMap.open(tiny), verified=True)).probability(answer()) is None


def test_places_that_the_map_lacks_count_as_often_as_is_supposed(tiny: Path) -> None:
    opened = ReferenceMap.open(tiny)
    plain = record(opened)
    strange = tuple(one.evidence for one in outcomes(100))
    probability = []
    for shown in (100, 10_000):
        mixed = with_probabilities(replace(plain, foreign=(Foreign(HIDDEN, shown, 100, strange),)))
        probability.append(np.mean([one.probability for one in mixed.outcomes]))
    clean = np.mean([one.probability for one in with_probabilities(plain).outcomes])
    assert probability[0] < 0.93 < probability[1] < clean


def test_the_engine_scales_and_tells_the_probability(folder: Path) -> None:
    opened = ReferenceMap.open(folder)
    save(folder, record(opened))
    opened = ReferenceMap.open(folder)
    query = Query(render(query_poses()[1])[0], CAMERA)
    plain, calibrated = (Engine.open(opened, "features", {}, calibrated=on) for on in (False, True))
    stated, published = plain.localize(query), calibrated.localize(query)
    assert isinstance(stated, Localized)
    assert isinstance(published, Localized)
    factor = np.sqrt(np.diag(published.covariance) / np.diag(stated.covariance))
    np.testing.assert_allclose(factor, [2, 2, 2, 3, 3, 3])
    assert stated.probability is None
    assert published.probability is not None
    assert 0.5 < published.probability < 1.0


def test_the_engine_tells_the_probability_of_what_is_verified(folder: Path) -> None:
    opened = ReferenceMap.open(folder)
    save(folder, record(opened, verified=True))
    engine = Engine.open(ReferenceMap.open(folder), "features", {}, VerificationConfig(when="always"))
    query = Query(render(query_poses()[1])[0], CAMERA)
    found = engine.localize(query)
    assert isinstance(found, Localized)
    assert found.probability is None
    verified = engine.verify(query, found)
    assert isinstance(verified, Verified)
    assert isinstance(verified.answer, Localized)
    assert verified.probability is not None


def test_more_evidence_is_never_less_probable(tiny: Path) -> None:
    calibration = Calibration.from_record(record(ReferenceMap.open(tiny), verified=True))

    def verified(log_odds: float) -> float:
        evidence = Evidence((), True, 300, 150, 1.0, -99.0, 0.6, False, 150, 0, Finding.VERIFIED, "", log_odds)
        found = calibration.probability(answer(), evidence)
        assert found is not None
        return found

    probabilities = [verified(log_odds) for log_odds in (-3.0, 4.5, 8.0, 11.9, 30.0)]
    assert probabilities == sorted(probabilities)
    assert probabilities[0] < 0.5
    assert probabilities[-1] > 0.9


def test_what_is_hidden_with_a_reference(tiny: Path) -> None:
    opened = ReferenceMap.open(tiny)
    assert almost_same(opened, 5) == (5,)  # the tiny world's stand a step apart
    assert set(almost_same(opened, 5, 0.5, 180.0)) > {4, 5, 6}
    assert same_place(opened, opened.world_from_cam[5]) == tuple(range(len(opened)))  # all in one room, looking one way
