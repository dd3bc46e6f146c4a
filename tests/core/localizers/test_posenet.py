"""What belongs to posenet alone; what it has in common with all localizers is in tests/contract."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the test's network is made with it")

from support import recall_network
from support.tiny_models import recall
from support.tiny_world import CAMERA, build_tiny_map, query_poses, reference_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.engine import open_localizer
from reloc.errors import ModelFormatError, ModelHashError, ModelMapMismatchError, ModelNotFoundError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.covariance import is_usable, pose_error
from reloc.geometry.transforms import distance_between
from reloc.localizers.posenet.localizer import PoseNet
from reloc.maps.attachments import attach, bare_hash
from reloc.maps.reference_map import ReferenceMap
from reloc.models.model import Model

Change = Callable[..., Model]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with the network that remembers the tiny world."""
    folder = build_tiny_map(tmp_path_factory.mktemp("maps"), "none")
    attach(folder, recall())
    return folder


@pytest.fixture(scope="module")
def posenet(path: Path) -> PoseNet:
    return opened(path)


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Makes a model like the remembered one, with other fields or metadata."""

    def make(metadata: dict[str, Any] | None = None, **fields: Any) -> Model:
        folder = Path(shutil.copytree(recall().path, tmp_path / "changed", dirs_exist_ok=True))
        values = {**recall().metadata, **(metadata or {})}
        kept = {key: value for key, value in values.items() if value is not None}
        (folder / "model.json").write_text(dataclasses.replace(recall(), metadata=kept, **fields).to_json())
        return Model.open(folder)

    return make


def opened(path: Path, **parameters: Any) -> PoseNet:
    localizer = open_localizer(ReferenceMap.open(path, verify=False), "posenet", parameters)
    assert isinstance(localizer, PoseNet)
    return localizer


def test_errors_stay_within_what_the_covariance_says(posenet: PoseNet) -> None:
    inside = 0
    for pose in query_poses(8):
        answer = posenet.localize(Query(render(pose)[0], CAMERA))
        assert isinstance(answer, Localized), answer
        assert is_usable(answer.covariance)
        assert distance_between(pose, answer.world_from_cam) < 0.15
        error = pose_error(answer.world_from_cam, pose)
        inside += bool(error @ np.linalg.solve(answer.covariance, error) < 12.592)
        assert answer.support.matches == recall_network.SAMPLES
        assert answer.support.coverage == 1.0
        assert set(answer.stage_ms) == {"preprocess", "infer", "pose"}
        nearest = [distance_between(reference_poses()[c.index], answer.world_from_cam) for c in answer.references]
        assert len(nearest) == 5
        assert min(nearest) < 0.25
        assert all(c.similarity > 0.9 for c in answer.references)  # they look the same way
    assert inside >= 7


@pytest.mark.parametrize(
    "camera",
    [
        Camera(640, 480, 560.0, 560.0, 319.5, 239.5),
        Camera(400, 300, 250.0, 252.0, 203.1, 148.7, DistortionModel.PLUMB_BOB, (-0.2, 0.05, 0.001, 0.0, 0.0)),
        Camera(480, 270, 300.0, 300.0, 239.5, 134.5),
    ],
)
def test_whatever_camera_took_the_image(posenet: PoseNet, camera: Camera) -> None:
    pose = query_poses()[1]
    usual = posenet.localize(Query(render(pose)[0], CAMERA))
    answer = posenet.localize(Query(render(pose, camera)[0], camera))
    assert isinstance(usual, Localized)
    assert isinstance(answer, Localized), answer
    assert distance_between(usual.world_from_cam, answer.world_from_cam) < 0.02


def test_grey_is_what_it_is_in_three_channels(posenet: PoseNet) -> None:
    gray = render(query_poses()[1])[0][..., 1].copy()
    one, three = (posenet.localize(Query(image, CAMERA)) for image in (gray, np.dstack([gray] * 3)))
    assert type(one) is type(three)
    assert one.stage_ms.keys() == three.stage_ms.keys()
    if isinstance(one, Localized) and isinstance(three, Localized):
        np.testing.assert_array_equal(one.world_from_cam, three.world_from_cam)


def test_a_camera_that_sees_too_little_is_lost(posenet: PoseNet) -> None:
    narrow = Camera(320, 240, 900.0, 900.0, 159.5, 119.5)
    answer = posenet.localize(Query(render(query_poses()[1], narrow)[0], narrow))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.CAMERA_MISMATCH
    assert "shows 13% of the network's view (46 degrees wide, this camera 20)" in answer.detail


def test_a_dark_room_with_its_noise_is_lost(posenet: PoseNet) -> None:
    noise = np.random.default_rng(0).normal(6.0, 2.0, (240, 320, 3))
    answer = posenet.localize(Query(np.clip(noise, 0, 255).astype(np.uint8), CAMERA))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.TOO_FEW_FEATURES
    assert "Contrast of 2" in answer.detail


def test_what_looks_like_no_reference_is_lost(posenet: PoseNet) -> None:
    answer = posenet.localize(Query(render(query_poses()[0], seed=5)[0], CAMERA))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.NO_CANDIDATES
    assert "cosine" in answer.detail


def test_unsure_answers_are_lost_with_figures(path: Path) -> None:
    query = Query(render(query_poses()[1])[0], CAMERA)
    for parameters, figures in (
        ({"max_sigma_m": 0.01}, "0.01 m and 10 deg"),
        ({"max_sigma_deg": 0.5}, "0.5 deg are allowed"),
    ):
        answer = opened(path, **parameters).localize(query)
        assert isinstance(answer, Lost)
        assert answer.reason is LostReason.UNCERTAIN
        assert figures in answer.detail
        assert answer.support is not None
        assert answer.references


def test_the_scales_widen_the_covariance(path: Path, change: Change) -> None:
    wide = change({"uncertainty": {"position_scale": 2.8, "rotation_scale": 3.0}})
    query = Query(render(query_poses()[1])[0], CAMERA)
    usual, scaled = opened(path).localize(query), opened(path, model=str(wide.path)).localize(query)
    assert isinstance(usual, Localized)
    assert isinstance(scaled, Localized)
    ratio = np.sqrt(np.diag(scaled.covariance) / np.diag(usual.covariance))
    np.testing.assert_allclose(ratio, [2.0] * 3 + [3.0] * 3, rtol=1e-6)


@pytest.mark.parametrize("output", ["position_samples", "rotation_samples", "log_variance"])
def test_nan_from_the_network_is_lost(path: Path, tmp_path: Path, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = recall_network.write(tmp_path / "nan", broken={output: float("nan")})
    if output != "log_variance":
        with pytest.raises(ModelMapMismatchError, match="inf m"):  # it answers nothing about the references either
            opened(path, model=str(model.path))
    monkeypatch.setattr("reloc.localizers.posenet.localizer.check_answers", lambda *_: None)
    answer = opened(path, model=str(model.path)).localize(Query(render(query_poses()[1])[0], CAMERA))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.NOT_FINITE


def test_a_map_without_a_model_says_how_to_get_one(tmp_path: Path) -> None:
    bare = build_tiny_map(tmp_path, "none")
    with pytest.raises(ModelNotFoundError, match=r"reloc train posenet .* reloc export"):
        opened(bare)
    assert isinstance(opened(bare, model=str(recall().path)), PoseNet)  # one of its own will do
    with pytest.raises(ModelNotFoundError, match="nowhere"):
        opened(bare, model="nowhere")


@pytest.mark.parametrize(
    ("world", "words"),
    [
        ({"frame": "attic"}, "'attic'"),
        ({"lower": [50, 50, 0], "upper": [60, 60, 3]}, "12 of 12 references .* outside the box"),
    ],
)
def test_another_world_by_its_name_or_place(path: Path, change: Change, world: dict[str, Any], words: str) -> None:
    assert recall().world is not None
    model = change(world={**recall().world, **world})
    with pytest.raises(ModelMapMismatchError, match=words):
        opened(path, model=str(model.path))


def test_another_world_by_what_the_network_answers(path: Path, tmp_path: Path) -> None:
    """Same frame, same bounds; but its positions are mirrored."""
    model = recall_network.write(tmp_path / "mirrored", broken={"position_samples": -1.0})
    with pytest.raises(ModelMapMismatchError, match=r"8 references .* [2-9]\.\d\d m and [0-9]+ degrees"):
        opened(path, model=str(model.path))


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"kind": "camnet"}, ModelFormatError, "is a camnet model"),
        ({"camera": None}, ModelFormatError, "which camera it was trained with"),
        ({"world": None}, ModelFormatError, "which map"),
        ({"world": {"frame": "map", "lower": [0, 0], "upper": [1, 1]}}, ModelFormatError, "which map"),
        ({"camera": {**recall_network.TARGET.to_dict(), "width": 96}}, ModelFormatError, "takes image uint8"),
        ({"metadata": {"uncertainty": None}}, ModelFormatError, "not calibrated"),
        ({"metadata": {"uncertainty": {"position_scale": 0, "rotation_scale": 1}}}, ModelFormatError, "not calibrated"),
        ({"metadata": {"familiarity": {"min_cosine": 0.1}}}, ModelFormatError, "familiarity"),
        ({"metadata": {"familiarity": {"min_cosine": 0.1, "sha256": "0"}}}, ModelHashError, r"features\.npy"),
    ],
)
def test_what_a_model_must_say(
    path: Path, change: Change, fields: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        opened(path, model=str(change(**fields).path))


def test_without_features_nothing_is_unfamiliar(path: Path, change: Change) -> None:
    model = change({"familiarity": None})
    answer = opened(path, model=str(model.path)).localize(Query(render(query_poses()[0], seed=5)[0], CAMERA))
    assert not (isinstance(answer, Lost) and answer.reason is LostReason.NO_CANDIDATES)


@pytest.mark.parametrize(
    ("same_map", "block", "expected"),
    [(True, {"references": [2, 5, 99]}, (2, 5)), (False, {"references": [2, 5]}, ()), (True, {}, ())],
)
def test_references_that_were_held_out_are_known_where_it_was_trained_on_this_map(
    path: Path, change: Change, same_map: bool, block: dict[str, Any], expected: tuple[int, ...]
) -> None:
    reference_map = ReferenceMap.open(path)
    trained_on = bare_hash(reference_map.manifest) if same_map else "0" * 64
    held_out = {"median_m": 0.05, "median_deg": 2.0, **block}
    model = change(metadata={"held_out": held_out}, world={**(recall().world or {}), "map": trained_on})
    localizer = open_localizer(reference_map, "posenet", {"model": str(model.path)})
    assert isinstance(localizer, PoseNet)
    assert localizer.held_out == expected
