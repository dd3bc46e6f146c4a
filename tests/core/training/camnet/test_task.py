"""The task as the trainer uses it: on worlds and a map with landmarks, and on a map without."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from support.tiny_world import TinySource, build_tiny_map, reference_poses
from torch import nn

from reloc.config import to_mapping
from reloc.errors import CheckpointError, ConfigError, DivergedError, ExportError, TrainingDataError
from reloc.geometry.transforms import inverse
from reloc.localizers.camnet.models import CamNetModels
from reloc.localizers.networked.map_networks import named
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.progress import silent
from reloc.models.model import Model
from reloc.networks.camnet import CamNetNetwork
from reloc.networks.exrenet import ExReNetNetwork, RelativeAnswer
from reloc.training import checkpoint, start
from reloc.training.camnet import calibration
from reloc.training.camnet.beginning import begin_with
from reloc.training.camnet.config import CamNetTaskConfig
from reloc.training.camnet.places import EASY, HARD, MODERATE
from reloc.training.config import TrainConfig
from reloc.training.prefetch import as_tensors
from reloc.training.run import TrainingRun
from reloc.training.tasks.camnet import CamNetTask
from reloc.training.trainer import Trainer

pytest.importorskip("embreex", reason="Embree is not installed: it renders the worlds")

CONFIG = CamNetTaskConfig(
    width=0.25, side=64, steps=24, worlds=2, held_out=2, places=2, views=6, groups=3, pool=6, rate=0.02
)
TRAINING = TrainConfig(device="cpu", arithmetic="float32", threads=1, validate_steps=12, log_steps=4)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    """A map with landmarks, and one without."""
    folder = tmp_path_factory.mktemp("maps")
    whole = build_tiny_map(folder, "triangulate", "vlad")
    config = BuildConfig(landmarks="none", retrieval="vlad")
    return whole, build_map(TinySource(poses=reference_poses(14)), folder / "bare.map", config).path


@pytest.fixture(scope="module")
def task(workspace, maps):
    return CamNetTask.from_nothing(replace(CONFIG, maps=str(maps[0])), workspace, silent)


@pytest.fixture(scope="module")
def trained(task, tmp_path_factory):
    """A run that is done, and its trainer."""
    about = start.describe("camnet", task.config, TRAINING, None, ["reloc", "train", "camnet"])
    run = TrainingRun.create(tmp_path_factory.mktemp("runs") / "tiny", about)
    torch.set_num_threads(TRAINING.threads)
    trainer = Trainer(task, run, TRAINING)
    outcome = trainer.train()
    run.note(machine={"device": "CPU"}, steps=outcome.steps, seconds=outcome.seconds)
    return run, trainer


def test_a_batch_belongs_to_its_step(task):
    one, two = task.batch(3, 0, 1), task.batch(3, 0, 1)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    assert not np.array_equal(one["image"], task.batch(4, 0, 1)["image"])


def test_a_batch_says_how_anchors_lie_to_their_targets(task):
    kinds = set()
    for step in range(4):
        batch = task.batch(step, 0, 1)
        poses = batch["world_from_cam"].astype(np.float64)
        relative = inverse(poses[batch["target"]]) @ poses[batch["anchor"]]
        posed = batch["posed"]
        np.testing.assert_allclose(batch["translation"][posed], relative[posed, :3, 3], atol=1e-4)
        same = batch["group"][batch["anchor"]] == batch["group"][batch["target"]]
        assert not (posed & ~same).any()
        np.testing.assert_array_equal(np.isnan(batch["angle"]), ~same)
        np.testing.assert_array_equal(batch["distance"][~same], 1.0)
        assert (batch["anchor"] != batch["target"]).all()
        easy = batch["kind"] == EASY
        moderate = batch["kind"] == MODERATE
        if easy.any() and moderate.any():
            assert batch["distance"][easy].mean() < batch["distance"][moderate].mean()
        kinds |= set(batch["kind"].tolist())
    assert kinds == {EASY, MODERATE, HARD}


def test_places_are_of_worlds_and_of_maps(task):
    drawn = {len(task.data.draw(np.random.default_rng(seed))) for seed in range(20)}
    assert len(drawn) == 2  # a world has 12 views, the map 12 references of which some are held out
    exams = list(task.data.exams())
    assert [exam.name for exam in exams] == ["worlds", "worlds", "1 tiny-triangulate.map"]
    of_map = exams[-1]
    assert not set(of_map.queries.tolist()) & set(of_map.database.tolist())
    assert task.data.by_depth == {"1 tiny-triangulate.map": True}


def test_a_map_without_landmarks_is_compared_by_orb(workspace, maps):
    config = replace(CONFIG, worlds=0, maps=str(maps[1]), groups=2, pool=4)
    task = CamNetTask.from_nothing(config, workspace, silent)
    assert list(task.data.by_depth.values()) == [False]
    place = task.data.draw(np.random.default_rng(0))
    beside = place.overlap[np.arange(len(place) - 1), np.arange(1, len(place))]
    assert beside.mean() > place.overlap[0, -1]  # neighbours on the arc are more alike than its ends
    batch = as_tensors(task.batch(0, 0, 1))
    losses = task.loss(task.network().train(), batch)
    assert all(np.isfinite(float(value.detach())) for value in losses.values())
    kept = list((workspace / "maps").glob("*.npz"))
    again = CamNetTask.from_nothing(config, workspace, silent)
    assert sorted(kept) == sorted((workspace / "maps").glob("*.npz"))
    np.testing.assert_array_equal(again.data.draw(np.random.default_rng(0)).overlap, place.overlap)


def test_losses_that_are_off_teach_nothing(task):
    """Br: retrieval's own branch gets no gradient."""
    batch = as_tensors(task.batch(1, 0, 1))
    for config, learns in (
        (task.config, True), (replace(task.config, frustum=0.0, angle=0.0, triplet=0.0), False),
    ):  # fmt: skip
        network = task.network().train()
        from reloc.training.camnet.learner import losses

        losses(config, network, batch)["loss"].backward()
        norms = [float(p.grad.abs().sum()) for p in network.camnet.icr.parameters()]
        assert (sum(norms) > 0) == learns
        assert sum(float(p.grad.abs().sum()) for p in network.camnet.prp.parameters()) > 0


def test_it_learns(trained):
    run, _ = trained
    entries = [json.loads(line) for line in run.log.read_text().splitlines()]
    training = [entry for entry in entries if entry["kind"] == "train"]
    assert training[-1]["loss"] < training[0]["loss"]
    held_out = [entry for entry in entries if entry["kind"] != "train"]
    assert {"retrieval_m", "coarse_deg", "fine_m"} <= held_out[-1].keys()


def test_pictures(task, trained, tmp_path):
    drawn = task.pictures(trained[1].learner.judged, tmp_path / "pictures")
    assert drawn
    assert all(caption and file.stat().st_size > 1000 for caption, file in drawn)


def test_export_writes_three_models_that_belong_together(task, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 1)  # so few steps teach it little
    run, trainer = trained
    out = tmp_path / "models" / "tiny"
    encoder = task.export(trainer.learner.judged, run, out)
    models = named(str(out))
    assert isinstance(models, CamNetModels)
    assert [model.kind for model in (models.encoder, *models.others)] == [
        "camnet_encoder", "camnet_coarse", "camnet_fine",
    ]  # fmt: skip
    assert StatedUncertainty.of(encoder).position_scale >= 1.0
    assert -1.0 <= encoder.metadata["uncertainty"]["min_similarity"] <= 1.0
    for part in ("encoder", "coarse", "fine"):
        card = (Model.open(tmp_path / "models" / f"tiny-{part}").path / "README.md").read_text()
        assert "2 synthetic worlds" in card
        assert "tiny-triangulate.map (depth)" in card
        assert "first candidate, where it did not learn" in card


def test_a_network_of_nan_is_neither_judged_nor_exported(task, trained, tmp_path):
    network = task.network().eval()
    network.camnet.fine_pose.head.fc3.weight.data[:] = np.nan
    with pytest.raises(DivergedError, match="no pose"):
        task.validate(network)
    with pytest.raises(ExportError, match="NaN"):
        task.export(network, trained[0], tmp_path / "nan")
    assert not list(tmp_path.glob("nan*"))


def test_too_few_answers_are_no_calibration(task, trained):
    asked = task.ask(trained[1].learner.judged)
    with pytest.raises(ExportError, match="20 are needed"):
        calibration.judge(asked[:5])


def test_what_cannot_be_learned_from(task):
    with pytest.raises(ConfigError, match="nothing to learn from"):
        CamNetTaskConfig(worlds=0)
    with pytest.raises(ConfigError, match="Leave one of them on"):
        CamNetTaskConfig(frustum=0, angle=0, triplet=0, coarse=0)
    with pytest.raises(CheckpointError, match="pool"):
        task.load_state(to_mapping(replace(task.config, pool=5)))
    task.load_state(task.state())


def test_a_run_may_begin_with_another_ones_weights(task, trained):
    """Also with another kind of network behind the trunk, of which what fits is taken."""
    run, _ = trained
    theirs = CamNetTask(replace(task.config, begin=str(run.folder)), task.data).network().state_dict()
    own = task.network().state_dict()
    learned = checkpoint.load_latest(run.checkpoints)[0]["network"]
    name = "camnet.trunk.layer3.0.conv1.weight"
    torch.testing.assert_close(theirs[name], learned[name])
    assert not torch.allclose(own[name], learned[name])
    narrow = CamNetTask(replace(task.config, begin=str(run.folder), width=0.125), task.data)
    with pytest.raises(TrainingDataError, match=r"lacks \d+ arrays of this trunk's shape"):
        narrow.network()


def test_a_run_may_begin_with_an_exrenet(tmp_path):
    """Its backbone is the trunk here, its coarse projection begins both branches, its head is the fine regressor."""
    learner, exrenet = nn.ModuleDict({"camnet": CamNetNetwork(CONFIG.network)}), ExReNetNetwork(CONFIG.network.pair)
    for number, value in enumerate(exrenet.state_dict().values()):
        value.fill_(number % 7 + 1)
    run = TrainingRun.create(tmp_path / "run", {"task": "exrenet"})
    theirs = {f"exrenet.{name}": value for name, value in exrenet.state_dict().items()}
    checkpoint.save(run.checkpoints / checkpoint.LAST, {"step": 1, "network": theirs})
    begin_with(learner, run.folder)
    camnet = learner["camnet"]
    torch.testing.assert_close(camnet.trunk.state_dict(), exrenet.encoder.resnet.state_dict())
    torch.testing.assert_close(camnet.fine_pose.head.state_dict(), exrenet.head.state_dict())
    for branch in (camnet.pfr, camnet.prp):
        torch.testing.assert_close(branch.project.weight, exrenet.encoder.project.weight)
    torch.testing.assert_close(camnet.prp.up2.conv.weight, exrenet.encoder.up2.conv.weight)
    torch.testing.assert_close(camnet.prp.log_factor, exrenet.encoder.log_factor)


def test_a_fine_pose_is_what_the_exrenet_says():
    """Its direction of unit length, as long as its scale, and its rotation."""
    camnet = CamNetNetwork(CONFIG.network).eval()
    exrenet = ExReNetNetwork(CONFIG.network.pair).eval()
    exrenet.head.load_state_dict(camnet.fine_pose.head.state_dict())
    maps = [torch.randn(4, channels, side, side) for channels, side in zip(camnet.prp.channels, (4, 16), strict=True)]
    feature = torch.cat([x.flatten(1) for x in maps], dim=1)
    with torch.no_grad():
        answer = RelativeAnswer.of(
            exrenet.head(exrenet.head.match(tuple(x[:2] for x in maps), tuple(x[2:] for x in maps)))
        )
        said = camnet.fine_pose(feature[:2], feature[2:])
    torch.testing.assert_close(
        said[:, :3], answer.direction / answer.direction.norm(dim=1, keepdim=True) * answer.scale[:, None]
    )
    torch.testing.assert_close(said[:, 3:], answer.rotation)


def test_what_is_kept_does_not_learn(task, trained):
    """Neither weights nor statistics of trunk and fine branch; the coarse branch does."""
    run, _ = trained
    kept = CamNetTask(replace(task.config, begin=str(run.folder), keep=True), task.data)
    learner = kept.network().train()
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    optimizer = kept.optimizer(learner)
    losses = kept.loss(learner, as_tensors(kept.batch(1, 0, 1)))
    losses["loss"].backward()
    optimizer.step()
    assert not any(name.startswith("fine_") for name in losses)
    after = learner.state_dict()
    changed = {name.split(".")[1] for name in before if not torch.equal(before[name], after[name])}
    assert changed >= {"icr", "pfr", "coarse_pose", "similarity"}
    assert not changed & {"trunk", "prp", "fine_pose"}
    with pytest.raises(ConfigError, match="nothing that it begins with"):
        replace(CONFIG, keep=True)
