"""What belongs to camnet alone; what it has in common with all localizers is in tests/contract."""

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

from support import recall_camnet
from support.tiny_models import recalled_camnet
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.engine import open_localizer
from reloc.errors import ConfigError, ModelFormatError, ModelNotFoundError
from reloc.evaluation.baseline import first_of
from reloc.geometry.covariance import is_usable, pose_error
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.localizers.camnet.localizer import CamNet
from reloc.localizers.camnet.models import CamNetModels
from reloc.localizers.networked.encode_map import encode_map
from reloc.maps.attachments import kinds
from reloc.maps.reference_map import ReferenceMap
from reloc.models.model import Model
from reloc.timing import StageClock

Change = Callable[..., str]
MS = 1_000_000


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with the networks that know the tiny world, and nothing else: no landmarks."""
    folder = build_tiny_map(tmp_path_factory.mktemp("maps"), "none", "vlad")
    encode_map(folder, CamNetModels.named(recalled_camnet()))
    return folder


@pytest.fixture(scope="module")
def camnet(path: Path) -> CamNet:
    return opened(path)


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Makes a copy of the models of which one says something else."""

    def make_copy(part: str, **fields: Any) -> str:
        for each in ("encoder", "coarse", "fine"):
            shutil.copytree(f"{recalled_camnet()}-{each}", tmp_path / f"changed-{each}", dirs_exist_ok=True)
        folder = tmp_path / f"changed-{part}"
        (folder / "model.json").write_text(dataclasses.replace(Model.open(folder), **fields).to_json())
        return str(tmp_path / "changed")

    return make_copy


def opened(path: Path, **parameters: Any) -> CamNet:
    localizer = open_localizer(ReferenceMap.open(path, verify=False), "camnet", parameters)
    assert isinstance(localizer, CamNet)
    return localizer


def query(pose: Any = None, stamp_ns: int = 0, seed: int = 0, **more: Any) -> Query:
    return Query(render(query_poses()[1] if pose is None else pose, seed=seed)[0], CAMERA, stamp_ns, **more)


def lost(localizer: CamNet, asked: Query, reason: LostReason, words: str) -> Lost:
    answer = localizer.localize(asked)
    assert isinstance(answer, Lost), answer
    assert answer.reason is reason, answer
    assert words in answer.detail
    return answer


def test_errors_stay_within_what_the_covariance_says(camnet: CamNet) -> None:
    inside = 0
    for pose in query_poses(8):
        answer = camnet.localize(query(pose))
        assert isinstance(answer, Localized), answer
        assert is_usable(answer.covariance)
        assert distance_between(pose, answer.world_from_cam) < 0.15
        error = pose_error(answer.world_from_cam, pose)
        inside += bool(error @ np.linalg.solve(answer.covariance, error) < 12.592)
        assert 2 <= answer.support.inliers == len(answer.references) <= answer.support.matches <= 3
        assert list(answer.stage_ms) == ["preprocess", "encode", "retrieve", "poses", "agree"]
    assert inside >= 7


def test_the_fine_references_are_those_nearest_to_the_coarse_poses(camnet: CamNet) -> None:
    pose = query_poses()[2]
    seen = camnet.stages(query(pose), StageClock())
    assert not isinstance(seen, Lost)
    found = seen[0]
    assert len(set(found.references)) == 3
    poses = camnet.database.world_from_cam
    zeta = [np.linalg.norm(p[:3, 3] - pose[:3, 3]) + rotation_angle_between(p, pose) / np.pi for p in poses]
    assert set(found.references) == set(np.argsort(zeta)[:3].tolist())


def test_its_own_retrieval_is_a_baseline(camnet: CamNet, path: Path) -> None:
    asked = query()
    found = camnet.ranked(asked, 5)
    assert len(found) == 5
    assert list(found) == sorted(found, key=lambda c: -c.similarity)
    first = first_of(camnet)(asked)
    assert first is not None
    assert first.index == found[0].index
    assert first_of(camnet)(Query(np.zeros((240, 320, 3), np.uint8), CAMERA)) is None
    without = Query(asked.image, CAMERA, without=(first.index,))
    assert first.index not in [c.index for c in camnet.ranked(without, 12)]
    other = open_localizer(ReferenceMap.open(path, verify=False), "sift_5pt", {"retrieval": "vlad"})
    with pytest.raises(ConfigError, match="'sift_5pt' has no retrieval of its own"):
        first_of(other)


def test_what_is_like_nothing_in_the_map_is_lost(camnet: CamNet, path: Path) -> None:
    strange = query(query_poses()[0], seed=5)
    answer = lost(camnet, strange, LostReason.NO_CANDIDATES, "0.250 required")
    assert answer.references
    bold = opened(path, min_similarity=-1.0)
    answer = lost(
        bold, strange, LostReason.TOO_FEW_INLIERS, "references agree on a pose; 2 required"
    )  # each says something else
    assert answer.support is not None


def test_too_few_that_agree_and_too_unsure(path: Path) -> None:
    lost(opened(path, max_apart_m=0.0), query(), LostReason.TOO_FEW_INLIERS, "1 of 3 references agree")
    lost(
        opened(path, min_references=4),
        query(),
        LostReason.TOO_FEW_INLIERS,
        "3 of 3 references agree on a pose; 4 required",
    )
    lost(opened(path, max_sigma_m=0.005), query(), LostReason.UNCERTAIN, "0.005 m and 15 deg")


@pytest.mark.parametrize("which", ["coarse", "fine"])
def test_a_network_that_gives_nan_is_lost(path: Path, tmp_path: Path, which: str) -> None:
    name = recall_camnet.write(tmp_path, broken={which: float("nan")})
    lost(opened(path, model=name), query(), LostReason.NOT_FINITE, "all 3 references")


# --- sequences


def spied(localizer: CamNet, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many frames before it each answer was helped by, from now on."""
    helped: list[int] = []
    by_frames = localizer._by_frames

    def count(frames: Any, features: Any) -> Any:
        helped.append(len(frames))
        return by_frames(frames, features)

    monkeypatch.setattr(localizer, "_by_frames", count)
    return helped


def test_two_frames_before_help_and_what_breaks_a_sequence_forgets_them(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    localizer = opened(path)
    helped = spied(localizer, monkeypatch)
    poses = query_poses(8)
    steps = [  # (stamp in ms, pose): what is to be had before it
        (1000, 0, 0), (1100, 0, 1), (1200, 0, 2), (1300, 0, 2),  # a sequence
        (1300, 0, 0), (1400, 0, 1),  # the same stamp again
        (900, 0, 0), (1000, 0, 1),  # a clock that goes back
        (3000, 0, 0), (3100, 0, 1),  # a gap
        (0, 0, 0), (3200, 0, 0),  # no stamp
    ]  # fmt: skip
    for stamp_ms, pose, _ in steps:
        assert isinstance(localizer.localize(query(poses[pose], stamp_ms * MS)), Localized)
    assert helped == [wanted for _, _, wanted in steps]


def test_a_frame_that_was_lost_or_a_cut_breaks_the_sequence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    localizer = opened(path)
    helped = spied(localizer, monkeypatch)
    localizer.localize(query(stamp_ns=1000 * MS))
    assert isinstance(localizer.localize(query(seed=7, stamp_ns=1050 * MS)), Lost)
    localizer.localize(query(stamp_ns=1100 * MS))
    far = query_poses(12)[-1]
    localizer.localize(query(far, stamp_ns=1150 * MS))  # another part of the room: a cut
    localizer.localize(query(far, stamp_ns=1200 * MS))
    assert helped == [0, 0, 0, 1]


def test_the_frames_before_are_used_but_never_instead_of_the_map(path: Path) -> None:
    localizer, alone = opened(path), opened(path, frames=0)
    pose = query_poses()[1]
    first = localizer.localize(query(pose, 1000 * MS))
    second = localizer.localize(query(pose, 1100 * MS))
    assert isinstance(first, Localized)
    assert isinstance(second, Localized)
    assert second.support.matches == first.support.matches + 1
    assert len(second.references) <= 3
    strict = opened(path, min_references=4)  # four poses agree, three of them by the map
    strict._before.keep(1000 * MS, _features(strict, pose), pose)
    lost(strict, query(pose, 1100 * MS), LostReason.TOO_FEW_INLIERS, "3 of 3 references agree")
    alone.localize(query(pose, 1000 * MS))
    answer = alone.localize(query(pose, 1100 * MS))
    assert isinstance(answer, Localized)
    assert answer.support.matches == 3


def test_what_is_asked_without_references_rests_on_no_earlier_answer(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    localizer = opened(path)
    helped = spied(localizer, monkeypatch)
    for stamp, without in ((1000, ()), (1100, (1,)), (1200, ())):
        answer = localizer.localize(query(stamp_ns=stamp * MS, without=without))
        assert not {c.index for c in answer.references} & set(without)
    assert helped == [0, 0, 1]  # the one in between left nothing behind


def _features(localizer: CamNet, pose: Any) -> Any:
    seen = localizer.stages(query(pose), StageClock())
    assert not isinstance(seen, Lost)
    return seen[1]


# --- models


def test_a_map_without_encodings_is_encoded_at_the_start(
    tmp_path: Path, path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = build_tiny_map(tmp_path, "none", "vlad")
    with caplog.at_level(logging.INFO):
        localizer = opened(bare, model=recalled_camnet())
    assert "encodes 12 references" in caplog.text
    one, other = localizer.localize(query()), opened(path).localize(query())
    assert isinstance(one, Localized)
    assert isinstance(other, Localized)
    np.testing.assert_array_equal(one.world_from_cam, other.world_from_cam)
    monkeypatch.setattr(CamNetModels, "shipped", "no-such-network")
    with pytest.raises(ModelNotFoundError, match=r"no camnet_encoder model.*reloc map encode"):
        opened(bare)


def test_all_three_travel_with_the_map_beside_other_networks(path: Path) -> None:
    assert kinds(ReferenceMap.open(path).manifest) == ("camnet_coarse", "camnet_encoder", "camnet_fine")
    arrays = ReferenceMap.open(path).arrays("camnet_encoder")
    assert {name: (a.shape, a.dtype) for name, a in arrays.items()} == dict.fromkeys(
        ("descriptor", "coarse", "fine"), ((12, 768), np.dtype(np.float16))
    )


def test_a_map_encoded_by_other_weights_is_encoded_anew(tmp_path: Path, path: Path) -> None:
    """Its encodings are not those of this encoder: keys differ, so they are not used."""
    from reloc.localizers.networked.reference_encodings import of_references

    other = CamNetModels.named(recall_camnet.write(tmp_path, "other", uncertainty={"floor_m": 0.05}))
    opened_map = ReferenceMap.open(path)
    assert of_references(opened_map, other.encoder) is not None  # the same graph, whatever its calibration
    camera = dict(other.encoder.camera or {})
    moved = dataclasses.replace(other.encoder, camera={**camera, "fx": camera["fx"] * 1.01})
    assert of_references(opened_map, moved) is None


def test_models_that_do_not_belong_together_or_are_something_else(path: Path, change: Change) -> None:
    for part, fields, words in (
        ("fine", {"metadata": {"family": "another"}}, "was trained with the encoder 'another'"),
        ("coarse", {"kind": "camnet_fine"}, "is a camnet_fine model"),
        ("encoder", {"camera": None}, "which camera it was trained with"),
        ("encoder", {"metadata": {"family": "recalled"}}, "was not calibrated"),
        ("encoder", {"metadata": {"family": "recalled", "uncertainty": {
            "position_scale": 1, "rotation_scale": 1, "floor_m": 0, "floor_deg": 1, "min_similarity": 0}}},
         "was not calibrated"),
        ("fine", {"outputs": Model.open(Path(f"{recalled_camnet()}-encoder")).outputs[:1]}, "and gives"),
    ):  # fmt: skip
        with pytest.raises(ModelFormatError, match=words):
            opened(path, model=change(part, **fields))
    with pytest.raises(ModelNotFoundError, match="nowhere-encoder"):
        opened(path, model="nowhere")
