"""What belongs to exrenet alone; what it has in common with all localizers is in tests/contract."""

from __future__ import annotations

import dataclasses
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the test's networks are made with it")

from support import recall_pair
from support.tiny_models import recalled_pair
from support.tiny_world import CAMERA, TinySource, build_tiny_map, query_poses, reference_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.engine import open_localizer
from reloc.errors import MapFeatureError, ModelFormatError, ModelNotFoundError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.covariance import is_usable, pose_error
from reloc.geometry.transforms import distance_between
from reloc.localizers.exrenet.localizer import ExReNet
from reloc.localizers.exrenet.models import PairModels
from reloc.localizers.networked.encode_map import encode_map
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame
from reloc.models.model import Model

Change = Callable[..., str]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with the networks that know the tiny world."""
    folder = build_tiny_map(tmp_path_factory.mktemp("maps"), "none", "densevlad,vlad")
    encode_map(folder, PairModels.named(recalled_pair()))
    return folder


@pytest.fixture(scope="module")
def exrenet(path: Path) -> ExReNet:
    return opened(path)


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Makes a copy of the models of which one says something else."""

    def make(part: str, **fields: Any) -> str:
        for each in ("encoder", "head"):
            shutil.copytree(f"{recalled_pair()}-{each}", tmp_path / f"changed-{each}", dirs_exist_ok=True)
        folder = tmp_path / f"changed-{part}"
        (folder / "model.json").write_text(dataclasses.replace(Model.open(folder), **fields).to_json())
        return str(tmp_path / "changed")

    return make


def opened(path: Path, **parameters: Any) -> ExReNet:
    localizer = open_localizer(ReferenceMap.open(path, verify=False), "exrenet", parameters)
    assert isinstance(localizer, ExReNet)
    return localizer


def good() -> Query:
    return Query(render(query_poses()[1])[0], CAMERA)


def lost(localizer: ExReNet, query: Query, reason: LostReason, words: str) -> Lost:
    answer = localizer.localize(query)
    assert isinstance(answer, Lost), answer
    assert answer.reason is reason
    assert words in answer.detail
    return answer


def test_errors_stay_within_what_the_covariance_says(exrenet: ExReNet) -> None:
    inside = 0
    for pose in query_poses(8):
        answer = exrenet.localize(Query(render(pose)[0], CAMERA))
        assert isinstance(answer, Localized), answer
        assert is_usable(answer.covariance)
        assert distance_between(pose, answer.world_from_cam) < 0.15
        error = pose_error(answer.world_from_cam, pose)
        inside += bool(error @ np.linalg.solve(answer.covariance, error) < 12.592)
        assert 2 <= answer.support.inliers == len(answer.references) <= answer.support.matches <= 5
        assert answer.support.coverage == 1.0
        assert list(answer.stage_ms) == ["preprocess", "encode", "retrieve", "pairs", "triangulate"]
    assert inside >= 7


@pytest.mark.parametrize(
    "camera",
    [
        Camera(640, 480, 560.0, 560.0, 319.5, 239.5),
        Camera(400, 300, 250.0, 252.0, 203.1, 148.7, DistortionModel.PLUMB_BOB, (-0.2, 0.05, 0.001, 0.0, 0.0)),
    ],
)
def test_whatever_camera_took_the_image(exrenet: ExReNet, camera: Camera) -> None:
    pose = query_poses()[1]
    answer = exrenet.localize(Query(render(pose, camera)[0], camera))
    assert isinstance(answer, Localized), answer
    assert distance_between(pose, answer.world_from_cam) < 0.12


def test_a_covered_camera_and_one_that_sees_too_little(exrenet: ExReNet) -> None:
    noise = np.random.default_rng(0).normal(6.0, 2.0, (240, 320, 3))
    dark = Query(np.clip(noise, 0, 255).astype(np.uint8), CAMERA)
    lost(exrenet, dark, LostReason.TOO_FEW_FEATURES, "Contrast of 2")
    narrow = Camera(320, 240, 900.0, 900.0, 159.5, 119.5)
    query = Query(render(query_poses()[1], narrow)[0], narrow)
    lost(exrenet, query, LostReason.CAMERA_MISMATCH, "of the network's view")


def test_what_the_network_does_not_know_is_lost(exrenet: ExReNet) -> None:
    answer = exrenet.localize(Query(render(query_poses()[0], seed=5)[0], CAMERA))
    assert isinstance(answer, Lost)
    assert answer.reason in (LostReason.TOO_FEW_INLIERS, LostReason.UNCERTAIN, LostReason.NO_BASELINE)
    assert answer.references


def test_unsure_answers_are_lost_with_figures(path: Path) -> None:
    for parameters, figures in (
        ({"max_sigma_m": 0.005}, "0.005 m and 15 deg"),
        ({"max_sigma_deg": 0.1}, "0.1 deg are allowed"),
    ):
        answer = lost(opened(path, **parameters), good(), LostReason.UNCERTAIN, figures)
        assert answer.support is not None
        assert answer.support.inliers >= 2
        assert answer.references


def test_too_few_that_agree(path: Path) -> None:
    answer = lost(opened(path, min_references=6), good(), LostReason.TOO_FEW_INLIERS, "6 required")
    assert answer.support is not None


def test_candidates_in_one_place_are_no_baseline(tmp_path: Path) -> None:
    poses = [pose.copy() for pose in reference_poses(4)]
    for pose in poses:
        pose[:3, 3] = poses[0][:3, 3]
    build_map(TinySource(poses=poses), tmp_path / "turret.map", BuildConfig(landmarks="none", retrieval="densevlad"))
    localizer = opened(tmp_path / "turret.map", model=recalled_pair())
    answer = lost(localizer, Query(render(poses[0])[0], CAMERA), LostReason.NO_BASELINE, "are at one position")
    assert len(answer.references) == 1


@pytest.mark.parametrize("output", ["direction_samples", "rotation_samples", "scale_samples"])
def test_nan_from_the_network_is_lost(path: Path, tmp_path: Path, output: str) -> None:
    name = recall_pair.write(tmp_path, "nan", broken={output: float("nan")})
    lost(opened(path, model=name), good(), LostReason.NOT_FINITE, "5 of 5 references")


def test_directions_that_point_away_meet_nowhere(path: Path, tmp_path: Path) -> None:
    name = recall_pair.write(tmp_path, "away", broken={"direction_samples": -1.0})
    answer = opened(path, model=name).localize(good())
    assert isinstance(answer, Lost)
    assert answer.reason in (LostReason.NO_BASELINE, LostReason.TOO_FEW_INLIERS)


def test_distances_that_do_not_fit_are_refused_if_scale_is_used(path: Path, tmp_path: Path) -> None:
    name = recall_pair.write(tmp_path, "far", broken={"scale_samples": 5.0})
    lost(opened(path, model=name), good(), LostReason.TOO_FEW_INLIERS, "0 of 5 references agree")
    answer = opened(path, model=name, use_scale=False).localize(good())
    assert isinstance(answer, Localized), answer


def test_the_scales_widen_the_covariance(path: Path, change: Change) -> None:
    scales = {"position_scale": 4.0, "rotation_scale": 3.6, "max_sigma_m": 9.0, "max_sigma_deg": 90.0}
    wide = change("head", metadata={"pair": "recalled", "uncertainty": {"regressed": scales}})
    usual, scaled = (opened(path, model=name).localize(good()) for name in (recalled_pair(), wide))
    assert isinstance(usual, Localized)
    assert isinstance(scaled, Localized), scaled
    ratio = np.sqrt(np.diag(scaled.covariance) / np.diag(usual.covariance))
    np.testing.assert_allclose(ratio, [2.0] * 3 + [3.0] * 3, rtol=1e-6)


def test_a_map_without_encodings_is_encoded_at_the_start(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = build_tiny_map(tmp_path, "none", "densevlad")
    monkeypatch.setattr(PairModels, "shipped", "no-such-network")
    with pytest.raises(ModelNotFoundError, match="reloc map encode"):
        opened(bare)
    with caplog.at_level(logging.INFO):
        started = opened(bare, model=recalled_pair())
    assert "encodes 12 references" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.INFO):
        with_encodings = opened(path, model=recalled_pair())
    assert "encodes" not in caplog.text
    one, other = started.localize(good()), with_encodings.localize(good())
    assert isinstance(one, Localized)
    assert isinstance(other, Localized)
    np.testing.assert_allclose(one.world_from_cam, other.world_from_cam, atol=1e-9)


def test_references_of_several_cameras(tmp_path: Path) -> None:
    """Half of them were taken by a camera of another size, which sees more, and bends straight lines."""
    wide = Camera(400, 300, 250.0, 252.0, 203.1, 148.7, DistortionModel.PLUMB_BOB, (-0.2, 0.05, 0.001, 0.0, 0.0))

    class Mixed(TinySource):
        def frames(self, split: str) -> list[SourceFrame]:
            given = super().frames(split)
            return [self._by_wide(frame) if i % 2 else frame for i, frame in enumerate(given)]

        def _by_wide(self, frame: SourceFrame) -> SourceFrame:
            image = render(frame.world_from_cam, wide)[0]
            return dataclasses.replace(frame, load_image=lambda: image, camera=wide)

    folder = build_map(Mixed(), tmp_path / "mixed.map", BuildConfig(landmarks="none", retrieval="densevlad")).path
    encode_map(folder, PairModels.named(recalled_pair()))
    localizer = opened(folder)
    for pose in query_poses()[:3]:
        answer = localizer.localize(Query(render(pose)[0], CAMERA))
        assert isinstance(answer, Localized), answer
        assert distance_between(pose, answer.world_from_cam) < 0.15


def test_a_map_without_the_retriever(tmp_path: Path) -> None:
    bare = build_tiny_map(tmp_path, "none", "vlad")
    with pytest.raises(MapFeatureError, match="vlad,densevlad"):
        opened(bare, model=recalled_pair())
    answer = opened(bare, model=recalled_pair(), retrieval="vlad").localize(good())  # needs key points
    assert isinstance(answer, Localized), answer


def test_a_head_of_another_encoder(path: Path, tmp_path: Path) -> None:
    recall_pair.write(tmp_path, "other", pair="another")
    shutil.rmtree(tmp_path / "other-head")
    shutil.copytree(f"{recalled_pair()}-head", tmp_path / "other-head")
    with pytest.raises(ModelFormatError, match="belongs to the encoder"):
        opened(path, model=str(tmp_path / "other"))
    shutil.rmtree(tmp_path / "other-head")
    with pytest.raises(ModelNotFoundError, match="NAME-encoder and NAME-head"):
        opened(path, model=str(tmp_path / "other"))


@pytest.mark.parametrize(
    ("part", "fields", "words"),
    [
        ("encoder", {"kind": "posenet"}, "is a posenet model"),
        ("head", {"kind": "posenet"}, "is a posenet model"),
        ("encoder", {"camera": None}, "which camera it was trained with"),
        ("encoder", {"camera": {**recall_pair.TARGET.to_dict(), "width": 96}}, "takes image uint8"),
        ("encoder", {"metadata": {}}, "belongs to the encoder"),
        ("head", {"metadata": {"pair": "recalled"}}, "not calibrated"),
    ],
)
def test_what_models_must_say(path: Path, change: Change, part: str, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelFormatError, match=words):
        opened(path, model=change(part, **fields))


def test_tensors_must_fit_each_other(path: Path, change: Change) -> None:
    encoder, head = (Model.open(Path(f"{recalled_pair()}-{part}")) for part in ("encoder", "head"))
    with pytest.raises(ModelFormatError, match="Its encoder gives"):
        opened(path, model=change("head", inputs=head.inputs[:2]))
    with pytest.raises(ModelFormatError, match="does not give direction_samples"):
        opened(path, model=change("head", outputs=[s for s in head.outputs if s.name != "direction_samples"]))
    with pytest.raises(ModelFormatError, match="gives fine"):
        opened(path, model=change("encoder", outputs=encoder.outputs[1:]))
