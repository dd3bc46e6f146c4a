"""The task as the trainer uses it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from reloc.config import to_mapping
from reloc.errors import CheckpointError, ConfigError, ExportError, PairError, TrainingDataError, TrainingError
from reloc.geometry.transforms import inverse
from reloc.localizers.exrenet import pair_pose
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty
from reloc.maps.progress import silent
from reloc.models.model import Model
from reloc.training import start
from reloc.training.config import TrainConfig
from reloc.training.exrenet import calibration
from reloc.training.exrenet.batches import some_pairs
from reloc.training.exrenet.config import ExReNetTaskConfig
from reloc.training.exrenet.outputs import ExReNetEncoderOutputs, PairOutputs
from reloc.training.prefetch import as_tensors
from reloc.training.rooms import rooms as rooms_module
from reloc.training.rooms.light import vary
from reloc.training.rooms.rooms import HELD_OUT, LEARNED, Rooms
from reloc.training.run import TrainingRun
from reloc.training.tasks.exrenet import ExReNetTask
from reloc.training.trainer import Trainer

pytest.importorskip("embreex", reason="Embree is not installed: it renders the worlds")

CONFIG = ExReNetTaskConfig(
    variant="light", width=0.25, side=64, steps=30, worlds=3, held_out=4, places=2, views=4, groups=2, pairs=4,
    samples=5, rate=2e-3,
)  # fmt: skip
TRAINING = TrainConfig(device="cpu", arithmetic="float32", threads=1, validate_steps=15, log_steps=5)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def task(workspace):
    return ExReNetTask.from_nothing(CONFIG, workspace, silent)


@pytest.fixture(scope="module")
def trained(task, tmp_path_factory):
    """A run that is done, and its trainer."""
    return _train(task, tmp_path_factory.mktemp("runs") / "tiny")


def _train(task, folder):
    about = start.describe("exrenet", task.config, TRAINING, None, ["reloc", "train", "exrenet"])
    run = TrainingRun.create(folder, about)
    torch.set_num_threads(TRAINING.threads)
    trainer = Trainer(task, run, TRAINING)
    outcome = trainer.train()
    run.note(machine={"device": "CPU"}, steps=outcome.steps, seconds=outcome.seconds)
    return run, trainer


def test_a_room_is_rendered_once_and_a_broken_file_again(task, workspace):
    room = task.rooms.room(LEARNED, 0)
    (file,) = workspace.rglob("learned-000000.npz")
    kept = file.stat().st_mtime_ns
    again = Rooms(CONFIG, file.parent).room(LEARNED, 0)
    assert file.stat().st_mtime_ns == kept
    np.testing.assert_array_equal(again.images, room.images)
    file.write_bytes(file.read_bytes()[:5000])  # the disk was full
    mended = Rooms(CONFIG, file.parent).room(LEARNED, 0)
    np.testing.assert_array_equal(mended.images, room.images)
    np.testing.assert_array_equal(mended.pairs.first, room.pairs.first)
    assert not list(file.parent.glob("*-*-*.npz"))


def test_worlds_to_judge_by_are_others(task):
    assert not np.array_equal(task.rooms.room(HELD_OUT, 0).images, task.rooms.room(LEARNED, 0).images)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.4, 1.0])
def test_the_share_of_sparse_worlds_is_what_was_asked(workspace, share):
    rooms = Rooms(replace(CONFIG, sparse=share), workspace)
    assert sum(rooms.is_sparse(i) for i in range(1000)) == pytest.approx(1000 * share, abs=1)


def test_places_of_sparse_worlds_may_be_drawn_more_often(task, workspace):
    """Of three worlds the last is sparse; its views are of no places, so that any eight of them are compared."""
    config = replace(CONFIG, sparse=0.34, worlds=3, drawn_sparse=1.0)
    sparse = ExReNetTask(config, Rooms(config, workspace / "drawn"))
    assert [sparse.rooms.is_sparse(i) for i in range(3)] == [False, False, True]
    pairs = sparse.rooms.room(LEARNED, 2).pairs
    seen = sparse.batch(0, 0, 1)["world_from_cam"], sparse.batch(1, 0, 1)["world_from_cam"]
    poses = sparse.rooms.room(LEARNED, 2).world_from_cam.astype(np.float32)
    for step in seen:
        assert (np.abs(step[:, None] - poses).max(axis=(2, 3)).min(axis=1) < 1e-6).all()
    across = (pairs.first < config.views) & (pairs.second >= config.views)
    assert across.any(), "no pair of two places: the test needs another seed"
    drawn = {(a, b) for i in range(20) for a, b in _pairs_drawn(sparse, i, poses)}
    assert any((a < config.views) != (b < config.views) for a, b in drawn)
    with pytest.raises(ConfigError, match="drawn_sparse"):
        replace(config, sparse=0.0)


def _pairs_drawn(task, step, poses):
    batch = task.batch(step, 0, 1)
    which = np.abs(batch["world_from_cam"][:, None] - poses).max(axis=(2, 3)).argmin(axis=1)
    return zip(which[batch["reference"]], which[batch["query"]], strict=True)


def test_a_batch_belongs_to_its_step(task):
    one, two = task.batch(3, 0, 1), task.batch(3, 0, 1)
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    other = task.batch(4, 0, 1)
    assert one["image"].shape != other["image"].shape or not np.array_equal(one["image"], other["image"])


def test_a_batch_says_how_the_query_lies_to_the_reference(task):
    batch = task.batch(1, 0, 1)
    assert batch["image"].shape[1:] == (64, 64, 3)
    assert len(batch["query"]) == CONFIG.groups * CONFIG.pairs
    poses = batch["world_from_cam"].astype(np.float64)
    for i, (reference, query) in enumerate(zip(batch["reference"], batch["query"], strict=True)):
        truth = inverse(poses[reference]) @ poses[query]
        np.testing.assert_allclose(batch["direction"][i] * batch["scale"][i], truth[:3, 3], atol=1e-4)
        assert 2 * np.arccos(min(1.0, batch["rotation"][i, 3])) == pytest.approx(
            np.arccos(np.clip((np.trace(truth[:3, :3]) - 1) / 2, -1, 1)), abs=1e-2
        )


def test_processes_share_the_groups_of_a_step(task):
    whole = task.batch(3, 0, 1)
    parts = [task.batch(3, rank, 2) for rank in range(2)]
    np.testing.assert_array_equal(np.concatenate([p["scale"] for p in parts]), whole["scale"])
    np.testing.assert_array_equal(np.concatenate([p["image"] for p in parts]), whole["image"])


def test_a_true_match_is_what_the_loss_finds(task):
    """Depth and poses of the pairs are of one geometry: with the images of other pairs in their place it costs more."""
    batch = as_tensors(task.batch(2, 0, 1))
    torch.manual_seed(0)
    network = task.network().eval()
    losses = task.loss(network, batch)
    wrong = task.loss(network, {**batch, "image": batch["image"].roll(1, 0)})
    assert 0.0 < float(losses["matching"].detach()) < 0.95 * float(wrong["matching"].detach())
    assert all(np.isfinite(float(value.detach())) for value in losses.values())
    losses["loss"].backward()


def test_it_learns(task, trained):
    run, _ = trained
    entries = [json.loads(line) for line in run.log.read_text().splitlines()]
    training = [entry for entry in entries if entry["kind"] == "train"]
    assert training[-1]["loss"] < training[0]["loss"]
    held_out = [entry for entry in entries if entry["kind"] != "train"]
    assert {"direction_deg", "rotation_deg", "dense_rotation_deg", "sparse_rotation_deg"} <= held_out[-1].keys()


def test_held_out_pairs_are_always_the_same(task):
    room = task.rooms.room(HELD_OUT, 1)
    one, two = some_pairs(room, CONFIG, 1), some_pairs(room, CONFIG, 1)
    np.testing.assert_array_equal(one["query"], two["query"])
    assert any(np.array_equal(one["image"][0], image) for image in room.images)  # as it was taken


def test_pictures(task, trained, tmp_path):
    drawn = task.pictures(trained[1].learner.judged, tmp_path / "pictures")
    assert len(drawn) == 3
    for caption, file in drawn:
        assert caption
        assert file.stat().st_size > 1000


def test_light_and_colour_vary_and_the_picture_stays(task):
    image = task.rooms.room(LEARNED, 0).images[0]
    varied = [vary(image, np.random.default_rng(seed)) for seed in range(20)]
    greys = [v.mean() for v in varied]
    assert max(greys) - min(greys) > 20
    assert all(np.corrcoef(v.mean(axis=2).ravel(), image.mean(axis=2).ravel())[0, 1] > 0.8 for v in varied)


def test_export_writes_an_encoder_and_its_head(task, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 1)  # thirty steps teach it little
    run, trainer = trained
    head = task.export(trainer.learner.judged, run, tmp_path / "models" / "tiny")
    encoder = Model.open(tmp_path / "models" / "tiny-encoder")
    assert (encoder.kind, head.kind) == ("exrenet_encoder", "exrenet_head")
    assert encoder.metadata["pair"] == head.metadata["pair"]
    assert encoder.camera == head.camera == CONFIG.camera.to_dict()
    assert StatedUncertainty.of(head, "regressed").position_scale >= 1.0
    sizes = {spec.name: spec.shape[1:] for spec in encoder.outputs}
    assert {f"{side}_{name}": shape for side in ("reference", "query") for name, shape in sizes.items()} == {
        spec.name: spec.shape[1:] for spec in head.inputs
    }
    for model in (encoder, head):
        card = (model.path / "README.md").read_text()
        assert "25% of them seen in the paper's sparse manner" in card
        assert "poses of" in card


def test_export_of_a_network_without_a_guided_layer(tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 1)
    config = replace(CONFIG, variant="classic", sparse=0.0)
    classic = ExReNetTask.from_nothing(config, tmp_path / "workspace", silent)
    run, trainer = _train(classic, tmp_path / "run")
    head = classic.export(trainer.learner.judged, run, tmp_path / "models" / "classic")
    assert [spec.name for spec in head.inputs] == ["reference_coarse", "query_coarse"]
    assert "matches" not in {spec.name for spec in head.outputs}
    card = (head.path / "README.md").read_text()
    assert "pairs of held-out worlds, dense" in card
    assert "pairs of held-out worlds, sparse" not in card  # none of them was looked at so


def test_a_network_that_answers_nothing_is_not_calibrated(task, trained, monkeypatch):
    exrenet = trained[1].learner.judged.exrenet
    encoder = ExReNetEncoderOutputs(exrenet).eval()
    head = PairOutputs(exrenet, CONFIG.samples, CONFIG.seed).eval()
    monkeypatch.setattr(pair_pose, "solve", lambda *_: None)  # as if no two rays met
    with pytest.raises(ExportError, match=r"Only 0 of .* were answered"):
        calibration.judge(task, encoder, head)


def test_worlds_in_which_nothing_makes_a_pair(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(rooms_module, "MIN_CONTRAST", 200.0)  # as if all walls were blank
    monkeypatch.setattr(rooms_module, "ATTEMPTS", 2)
    with pytest.raises(PairError, match="In 2 worlds no two of 8 views"):
        Rooms(CONFIG, tmp_path).room(LEARNED, 0)


def test_a_run_may_begin_with_another_ones_encoder(task, trained, tmp_path):
    run, trainer = trained
    learned = trainer.learner.judged.state_dict()
    other = ExReNetTask(replace(CONFIG, begin=str(run.folder)), task.rooms).network().state_dict()
    for name, value in other.items():
        torch.testing.assert_close(value, learned[name])
    classic = ExReNetTask(replace(CONFIG, variant="full", begin=str(run.folder)), task.rooms)
    with pytest.raises(TrainingDataError, match="lacks"):
        classic.network()
    with pytest.raises(TrainingError):
        ExReNetTask(replace(CONFIG, begin=str(tmp_path / "nothing")), task.rooms).network()


def test_the_papers_matching_loss_and_regressor(task):
    """The full network sees correlations, and learns by a margin where that is asked for."""
    config = replace(CONFIG, variant="full", width=0.05, margin=True)
    other = ExReNetTask(config, task.rooms)
    batch = as_tensors(other.batch(0, 0, 1))
    network = other.network()
    losses = other.loss(network, batch)
    losses["loss"].backward()
    assert torch.isfinite(losses["loss"])
    assert network.exrenet.head.resnet.conv1.weight.shape[1] == 4 * 4 + 12 * 12


def test_a_checkpoint_of_other_parameters(task):
    other = to_mapping(replace(CONFIG, pairs=5))
    with pytest.raises(CheckpointError, match="pairs"):
        task.load_state(other)
    task.load_state(task.state())
