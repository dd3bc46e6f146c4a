"""The task as the trainer uses it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from reloc.backends.onnxruntime.backend import OnnxRuntime, OnnxRuntimeConfig
from reloc.errors import CheckpointError, ConfigError, ExportError
from reloc.localizers.networked.stated_uncertainty import StatedUncertainty
from reloc.maps.progress import silent
from reloc.models.model import Model
from reloc.training import start
from reloc.training.config import TrainConfig
from reloc.training.pnlp import calibration, exporting, vlad
from reloc.training.pnlp.config import PnLPTaskConfig
from reloc.training.pnlp.learner import losses
from reloc.training.pnlp.outputs import PnLPOutputs
from reloc.training.prefetch import as_tensors
from reloc.training.rooms.rooms import HELD_OUT
from reloc.training.run import TrainingRun
from reloc.training.tasks.pnlp import PnLPTask
from reloc.training.trainer import Trainer

pytest.importorskip("embreex", reason="Embree is not installed: it renders the worlds")

CONFIG = PnLPTaskConfig(
    width=0.25, side=64, steps=150, worlds=3, held_out=8, places=1, views=6, groups=2, pairs=4, rate=3e-3, clusters=8,
    pca=8,
)  # fmt: skip
TRAINING = TrainConfig(device="cpu", arithmetic="float32", threads=1, validate_steps=150, log_steps=5)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def task(workspace):
    return PnLPTask.from_nothing(CONFIG, workspace, silent)


@pytest.fixture(scope="module")
def trained(task, tmp_path_factory):
    """A run that is done, and its trainer."""
    about = start.describe("pnlp", CONFIG, TRAINING, None, ["reloc", "train", "pnlp"])
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
    assert (one["image"] != one["plain"]).any()
    assert one["plain"].shape[1:] == (64, 64, 3)


def test_several_processes_share_the_groups_of_one(task):
    whole = task.batch(5, 0, 1)["image"]
    parts = np.concatenate([task.batch(5, rank, 2)["image"] for rank in range(2)])
    np.testing.assert_array_equal(whole, parts)


@pytest.mark.parametrize("supervision", ["depth", "views"])
def test_everything_that_is_learned_gets_a_gradient(task, supervision):
    network = task.network()
    found = losses(replace(CONFIG, supervision=supervision), network, as_tensors(task.batch(0, 0, 1)))
    found["loss"].backward()
    assert found["loss"].isfinite()
    without = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not without


def test_the_paper_trains_for_depth_alone(task):
    network = task.network()
    losses(replace(CONFIG, matching=0.0), network, as_tensors(task.batch(0, 0, 1)))["loss"].backward()
    assert not any(p.grad.any() for p in network.net.local.parameters())
    assert all(p.grad.any() for p in network.net.depth.parameters())


def test_it_learns(task, trained):
    """Three worlds teach what their own depth is; to match is learned for others, too."""
    fresh, learned = task.network().eval(), trained[1].learner.judged
    assert task.validate(learned)["match_right"] > 1.5 * task.validate(fresh)["match_right"]
    batch = as_tensors(task.batch(1000, 0, 1))
    with torch.no_grad():
        before, after = (float(losses(CONFIG, network, batch)["depth_off"]) for network in (fresh, learned))
    assert after < 0.7 * before


def test_another_configuration_is_another_task(task, workspace):
    with pytest.raises(CheckpointError):
        PnLPTask.from_nothing(replace(CONFIG, matching=0.5), workspace, silent).load_state(task.state())


def test_the_papers_rate_is_halved_ten_times(workspace):
    task = PnLPTask.from_nothing(replace(CONFIG, optimizer="adam", steps=1000), workspace, silent)
    assert task.rate(0) == 1.0
    assert task.rate(100) == 0.5
    assert task.rate(999) == 0.5**9


def test_resnet_weights_of_the_plain_encoder_are_refused():
    with pytest.raises(ConfigError, match="not a ResNet"):
        PnLPTaskConfig(variant="paper", weights="resnet18-f37072fd.pth")


def test_the_exported_model_answers_what_the_network_answers(task, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 2)  # a network of a minute answers few
    monkeypatch.setattr(calibration, "MOST_QUERIES", 6)
    run, trainer = trained
    network = trainer.learner.judged
    model = exporting.export(task, network, run, tmp_path / "tiny", False)
    assert Model.open(tmp_path / "tiny").kind == "pnlp"
    StatedUncertainty.of(model)
    assert model.metadata["depth_sigma"] >= 0.01
    session = OnnxRuntime.open(model, OnnxRuntimeConfig(provider="cpu"), batch_sizes=(1,), log=lambda text: None)
    image = task.rooms.room(HELD_OUT, 0).images[:1]
    session.buffers(1)["image"][...] = image
    given = session.run(1)
    with torch.no_grad():
        depth = network.net(torch.from_numpy(image.copy())).depths[0].numpy()
    np.testing.assert_allclose(given["depth"], depth, rtol=0.05)
    np.testing.assert_allclose(np.linalg.norm(given["local"], axis=1), 1.0, atol=0.01)
    np.testing.assert_allclose(np.linalg.norm(given["descriptor"], axis=1), 1.0, atol=0.01)
    session.close()


def test_pictures_are_drawn(task, trained, tmp_path):
    drawn = task.pictures(trained[1].learner.judged, tmp_path)
    assert len(drawn) == 2
    assert all(file.stat().st_size > 1000 for _, file in drawn)


def test_too_few_answers_calibrate_nothing(task, monkeypatch):
    monkeypatch.setattr(calibration, "_answer", lambda *asked: None)
    network = task.network().eval()
    images = task.rooms.room(HELD_OUT, 0).images
    whole = PnLPOutputs(network.net, vlad.learn(network.net, images, 4, 0)).eval()
    with pytest.raises(ExportError, match="20 are needed to calibrate"):
        calibration.judge(task, whole, task.errors(network))
