"""Calibrating methods on the tiny world: what is found out is what is so."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from support.tiny_models import TRAINED
from support.tiny_world import CAMERA, TinySource, build_tiny_map, query_poses, reference_poses, render
from support.twin_rooms import build_twin_map

from reloc.datatypes import Query
from reloc.engine import Engine
from reloc.errors import CalibrationError
from reloc.evaluation.calibrate import CalibrateConfig, calibrate, references_to_try
from reloc.evaluation.made_pictures import PICTURE_KINDS, made_pictures, shuffled
from reloc.images import to_gray
from reloc.maps.attachments import attach
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.reference_map import ReferenceMap
from reloc.models.model import Model
from reloc.trust.calibration.calibration import Calibration
from reloc.trust.calibration.record import HIDDEN, STATED, Record

COUNT = 34
FEW = CalibrateConfig(made=1, hide_m=0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calibrate")


@pytest.fixture(scope="module")
def many(folder: Path) -> ReferenceMap:
    source = TinySource(poses=reference_poses(COUNT))
    return build_map(source, folder / "many.map", BuildConfig(landmarks="depth", retrieval="vlad,densevlad"))


@pytest.fixture(scope="module")
def engine(many: ReferenceMap) -> Engine:
    return Engine.open(many, "features", {}, calibrated=False)


@pytest.fixture(scope="module")
def record(engine: Engine) -> Record:
    return calibrate(engine, FEW)


def test_references_are_found_by_the_others(record: Record, many: ReferenceMap) -> None:
    assert [one.reference for one in record.outcomes] == list(range(COUNT))
    assert record.count("right") >= COUNT - 2
    assert record.count("wrong") == 0
    assert record.method == "features"
    assert not record.verified
    for one in record.answered:
        assert one.error_m < 0.05
        assert len(one.evidence) == 3
        assert 0.0 < one.probability < 0.92  # 34 answers bear no more
    assert record.scale.answers == record.count("right")
    assert record.scale.position >= 1.0
    assert Calibration.from_record(record).curve is not None


def test_what_is_not_there_is_counted_by_kind(record: Record) -> None:
    shown = {kind.kind: kind.shown for kind in record.foreign}
    assert set(PICTURE_KINDS) - {"synthetic room"} <= set(shown)
    assert all(count == 1 for count in shown.values())
    assert sum(kind.passed for kind in record.foreign) == 0


def test_the_same_again(engine: Engine, record: Record) -> None:
    assert calibrate(engine, FEW).to_json() == record.to_json()


def test_the_nearest_are_left_out_together(engine: Engine) -> None:
    alone, together = (
        calibrate(engine, CalibrateConfig(made=0, every=8, hide_m=hide_m, hide_deg=40.0)) for hide_m in (0.0, 0.35)
    )
    assert together.hide_m == 0.35
    inliers = [np.mean([one.evidence[0] for one in found.answered]) for found in (alone, together)]
    assert inliers[1] < 0.9 * inliers[0]


def test_a_small_map_says_so(folder: Path) -> None:
    small = Engine.open(ReferenceMap.open(build_tiny_map(folder)), "features", {}, calibrated=False)
    found = calibrate(small, CalibrateConfig(made=0))
    assert all(math.isnan(one.probability) for one in found.outcomes)
    assert "too few" in Calibration.from_record(found).problem


def test_in_look_alike_rooms_the_one_that_is_left_out_is_taken_for_the_other(folder: Path) -> None:
    twins = Engine.open(build_twin_map(folder), "features", {}, calibrated=False)
    found = calibrate(twins, CalibrateConfig(made=0, hidden_every=2, hide_m=0.0))
    hidden = next(kind for kind in found.foreign if kind.kind == HIDDEN)
    assert hidden.passed >= hidden.shown - 1  # the other room explains the image just as well
    assert found.count("wrong") + found.count("lost") >= 8
    rooms = [(one.reference < 8, one.rival < 8) for one in found.outcomes if one.rival >= 0]
    assert rooms
    assert all(own != rival for own, rival in rooms)


def test_answers_that_are_verified_are_judged_by_the_verification(many: ReferenceMap) -> None:
    engine = Engine.open(many, "sift_5pt", {}, calibrated=False)
    found = calibrate(engine, CalibrateConfig(made=0, every=4))
    assert found.verified
    assert all(one.evidence[0] > 0.0 for one in found.answered)
    stated = next(kind for kind in found.foreign if kind.kind == STATED)
    assert stated.shown == stated.answered == found.count("right") + found.count("wrong") > 3
    assert stated.passed == 0


def test_a_drive_of_its_own_counts_beside_the_references(engine: Engine, many: ReferenceMap) -> None:
    drive = [(Query(to_gray(render(pose)[0]), CAMERA), pose) for pose in query_poses()]
    wrong = (drive[0][0], drive[0][1] + _moved(3.0))
    elsewhere = [("another world", Query(to_gray(render(query_poses()[0], seed=9)[0]), CAMERA))]
    found = calibrate(engine, CalibrateConfig(made=0, every=10), [*drive, wrong], elsewhere)
    driven = [one for one in found.outcomes if one.reference == -1]
    assert [one.result for one in driven] == ["right"] * len(drive) + ["wrong"]
    assert [(kind.kind, kind.shown, kind.answered) for kind in found.foreign if kind.kind != HIDDEN] == [
        ("another world", 1, 0)
    ]


def test_what_learned_the_references_is_not_asked_about_them(folder: Path) -> None:
    path = build_tiny_map(folder)
    attach(path, Model.open(TRAINED))
    engine = Engine.open(ReferenceMap.open(path), "posenet", {}, calibrated=False)
    with pytest.raises(CalibrationError, match="--queries"):
        references_to_try(engine)
    drive = [(Query(render(pose)[0], CAMERA), pose) for pose in query_poses()]
    found = calibrate(engine, CalibrateConfig(made=1), drive, references=())
    assert len(found.outcomes) == len(drive)
    assert HIDDEN not in {kind.kind for kind in found.foreign}


def test_made_pictures_are_the_same_each_time_and_fit_their_camera(many: ReferenceMap) -> None:
    one, two = (list(made_pictures(many, 2, rooms=False)) for _ in range(2))
    assert len(one) == 2 * (len(PICTURE_KINDS) - 1)
    for (kind, image, camera), (same_kind, same, _) in zip(one, two, strict=True):
        assert kind == same_kind
        np.testing.assert_array_equal(image, same)
        assert image.shape == (camera.height, camera.width, 3)


def test_shuffling_leaves_no_tile_where_it_was() -> None:
    image = np.arange(16, dtype=np.uint8).reshape(4, 4).repeat(10, 0).repeat(10, 1)[..., None].repeat(3, 2)
    for seed in range(20):
        mixed = shuffled(image, np.random.default_rng(seed))
        assert (mixed != image).all()
        assert sorted(np.unique(mixed)) == list(range(16))


def _moved(metres: float) -> np.ndarray:
    offset = np.zeros((4, 4))
    offset[0, 3] = metres
    return offset
