"""What belongs to pnlp alone; what it has in common with all localizers is in tests/contract."""

from __future__ import annotations

import dataclasses
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the test's network is made with it")

from support import recall_depth
from support.tiny_models import recalled_depth, recalled_pair
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.engine import open_localizer
from reloc.errors import ModelFormatError, ModelNotFoundError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.covariance import pose_error, sigmas
from reloc.geometry.transforms import distance_between
from reloc.localizers.networked import map_networks
from reloc.localizers.networked.encode_map import encode_map
from reloc.localizers.pnlp.localizer import PnLP
from reloc.localizers.pnlp.models import LearnedModels
from reloc.maps.reference_map import ReferenceMap
from reloc.models.model import Model


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map without depth, without landmarks, but with a network that tells depth."""
    folder = build_tiny_map(tmp_path_factory.mktemp("maps"), "none", "vlad")
    encode_map(folder, LearnedModels.named(recalled_depth()))
    return folder


@pytest.fixture(scope="module")
def pnlp(path: Path) -> PnLP:
    return opened(path)


@pytest.fixture
def change(tmp_path: Path) -> Callable[..., str]:
    """Makes a copy of the model that says something else."""

    def make(**fields: Any) -> str:
        folder = shutil.copytree(recalled_depth(), tmp_path / "changed", dirs_exist_ok=True)
        (folder / "model.json").write_text(dataclasses.replace(Model.open(folder), **fields).to_json())
        return str(folder)

    return make


def opened(path: Path, **parameters: Any) -> PnLP:
    localizer = open_localizer(ReferenceMap.open(path), "pnlp", parameters)
    assert isinstance(localizer, PnLP)
    return localizer


def query(number: int = 1, **changes: Any) -> Query:
    return Query(**{"image": render(query_poses()[number])[0], "camera": CAMERA, **changes})


def answer(localizer: PnLP, given: Query) -> Localized:
    found = localizer.localize(given)
    assert isinstance(found, Localized), found
    return found


def test_it_is_metric_and_honest(pnlp: PnLP) -> None:
    for number, truth in enumerate(query_poses()):
        found = answer(pnlp, query(number))
        assert distance_between(found.world_from_cam, truth) < 0.03
        error = pose_error(found.world_from_cam, truth)
        assert error @ np.linalg.solve(found.covariance, error) < 40.0  # of 6 degrees of freedom, with neighbours alike
        assert found.support.inliers > 0.5 * found.support.matches
        assert np.linalg.norm(found.support.uv_inliers, axis=1).max() < 400.0


def test_points_of_several_references_are_of_use(path: Path, pnlp: PnLP) -> None:
    together, pnlp = pnlp, opened(path, together=False)
    truths = query_poses()
    alone = [distance_between(answer(pnlp, query(i)).world_from_cam, t) for i, t in enumerate(truths)]
    joined = [distance_between(answer(together, query(i)).world_from_cam, t) for i, t in enumerate(truths)]
    assert sum(joined) < sum(alone)
    assert len(answer(together, query()).references) > 1


def test_a_distorted_camera_of_another_size(pnlp: PnLP) -> None:
    camera = Camera(400, 300, 350.0, 350.0, 199.5, 149.5, DistortionModel.PLUMB_BOB, (-0.12, 0.03, 0.0, 0.0, 0.0))
    found = answer(pnlp, Query(render(query_poses()[2], camera)[0], camera))
    assert distance_between(found.world_from_cam, query_poses()[2]) < 0.05


def test_below_a_tenth_of_inliers_it_is_lost_and_not_the_retrieved_pose(path: Path) -> None:
    strict = opened(path, min_share=1.0, max_error_px=0.2)
    lost = strict.localize(query())
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.TOO_FEW_INLIERS
    assert "100% required" in lost.detail


def test_the_papers_fallback_is_for_those_who_ask_and_says_how_vague_it_is(path: Path) -> None:
    papers = opened(path, min_share=1.0, max_error_px=0.2, fallback=True)
    found = answer(papers, query())
    references = ReferenceMap.open(path).world_from_cam
    np.testing.assert_array_equal(found.world_from_cam, references[found.references[0].index])
    assert sigmas(found.covariance)[0] >= 0.5
    assert not PnLP.Config().fallback


def test_two_places_that_look_alike_are_ambiguous(path: Path, tmp_path: Path) -> None:
    """A map in which every reference stands a second time, ten metres away."""
    twice = ReferenceMap.open(path)
    count = len(twice)
    poses = np.array(twice.world_from_cam)
    poses[1::2, 0, 3] += 10.0
    twice.world_from_cam = poses
    localizer = open_localizer(twice, "pnlp", {"max_rival": 0.3})
    lost = localizer.localize(query())
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.AMBIGUOUS
    assert 0 <= lost.support.runner_up < count


def test_encodings_are_stored_once_and_used(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    done = encode_map(path, LearnedModels.named(recalled_depth()))
    assert not done.changed
    with caplog.at_level(logging.INFO):
        opened(path)
    assert "encodes" not in caplog.text
    arrays = ReferenceMap.open(path).arrays("pnlp")
    assert set(arrays) >= {"descriptor", "local", "depth", "spread"}
    assert arrays["depth"].shape == (12, recall_depth.PLACES, recall_depth.PLACES)


def test_a_map_encoded_by_other_weights_is_encoded_anew(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = recall_depth.write(tmp_path / "other", broken={"spread": 2.0})
    with caplog.at_level(logging.INFO):
        localizer = opened(path, model=other)
    assert "encodes 12 references" in caplog.text
    answer(localizer, query())


def test_its_retrieval_is_what_it_improves_on(pnlp: PnLP) -> None:
    ranked = pnlp.ranked(query(), 4)
    assert [c.similarity for c in ranked] == sorted((c.similarity for c in ranked), reverse=True)
    assert answer(pnlp, query()).references[0].index in {c.index for c in ranked}
    left = pnlp.ranked(query(without=(ranked[0].index,)), 4)
    assert left[0].index == ranked[1].index
    assert pnlp.ranked(query(image=np.zeros((240, 320, 3), np.uint8)), 4) == ()


def test_reloc_map_encode_knows_the_kind() -> None:
    assert isinstance(map_networks.named(recalled_depth()), LearnedModels)


@pytest.mark.parametrize("output", ["descriptor", "local", "depth"])
def test_a_query_of_which_the_network_says_nan_is_lost(path: Path, tmp_path: Path, output: str) -> None:
    localizer = opened(path)
    run = localizer._encoder.run
    localizer._encoder.run = lambda: {k: v * (np.nan if k == output else 1.0) for k, v in run().items()}  # type: ignore[method-assign]
    lost = localizer.localize(query())
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.NOT_FINITE


def test_a_network_that_says_nan_of_a_reference_is_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match="depth features of"):
        opened(path, model=recall_depth.write(tmp_path / "nan", broken={"depth": float("nan")}))


def test_depth_in_another_unit_is_no_pose_that_looks_right(path: Path, tmp_path: Path) -> None:
    """Points a thousand times too far leave nothing but a turn that all references agree on: a covariance says so."""
    millimetres = recall_depth.write(tmp_path / "mm", broken={"depth": 1000.0})
    found = opened(path, model=millimetres).localize(query())
    assert isinstance(found, Lost)
    assert found.reason in (LostReason.UNCERTAIN, LostReason.AMBIGUOUS, LostReason.TOO_FEW_INLIERS)


def test_all_depth_too_unsure_to_use_is_lost(path: Path, tmp_path: Path) -> None:
    vague = opened(path, model=recall_depth.write(tmp_path / "vague", broken={"spread": 200.0}))
    lost = vague.localize(query())
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.TOO_FEW_MATCHES


def test_models_that_do_not_fit_are_named(path: Path, change: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="nowhere"):
        opened(path, model="nowhere")
    with pytest.raises(ModelFormatError, match="exrenet_encoder"):
        opened(path, model=f"{recalled_pair()}-encoder")
    with pytest.raises(ModelFormatError, match="depth_sigma"):
        opened(path, model=change(metadata={"uncertainty": recall_depth.UNCERTAINTY}))
    with pytest.raises(ModelFormatError, match="calibrated"):
        opened(path, model=change(metadata={"depth_sigma": 0.1}))
    with pytest.raises(ModelFormatError, match="camera"):
        opened(path, model=change(camera=None))
    with pytest.raises(ModelFormatError, match="gives"):
        opened(path, model=change(outputs=Model.open(Path(recalled_depth())).outputs[:2]))


def test_a_map_without_the_network_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = build_tiny_map(tmp_path, "none", "vlad")
    monkeypatch.setattr(LearnedModels, "shipped", "no-such-network")
    with pytest.raises(ModelNotFoundError, match="pnlp"):
        opened(bare)
