"""The task as the trainer uses it, and what it exports as the localizer uses that."""

import json

import numpy as np
import pytest
import torch
from support.tiny_world import CAMERA, TinySource, query_poses, reference_poses, render

from reloc.config import to_mapping
from reloc.datatypes import Localized, Query
from reloc.engine import open_localizer
from reloc.errors import CheckpointError, TrainingDataError
from reloc.localizers.posenet.familiarity import Familiarity
from reloc.maps.attachments import attach
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.progress import silent
from reloc.maps.reference_map import ReferenceMap
from reloc.training import start
from reloc.training.config import TrainConfig
from reloc.training.posenet.config import PoseNetTaskConfig
from reloc.training.run import TrainingRun
from reloc.training.tasks.posenet import SMALLER, PoseNetTask
from reloc.training.trainer import Trainer

CONFIG = PoseNetTaskConfig(
    steps=200, batch=16, side=64, width=0.1, small_first=False, samples=10, rate=3e-3, spread_m=0.15, spread_deg=8.0
)
TRAINING = TrainConfig(device="cpu", arithmetic="float32", threads=1, validate_steps=100, log_steps=10)


@pytest.fixture(scope="module")
def reference_map(tmp_path_factory):
    out = tmp_path_factory.mktemp("posenet") / "tiny.map"
    build_map(TinySource(poses=reference_poses(16)), out, BuildConfig(landmarks="depth", retrieval=""))
    return ReferenceMap.open(out)


@pytest.fixture(scope="module")
def task(reference_map, tmp_path_factory):
    return PoseNetTask.from_map(CONFIG, reference_map, tmp_path_factory.mktemp("workspace"), silent)


@pytest.fixture(scope="module")
def trained(task, reference_map, tmp_path_factory):
    """A run that is done, and its trainer."""
    about = start.describe("posenet", CONFIG, TRAINING, reference_map, ["reloc", "train", "posenet", "tiny.map"])
    run = TrainingRun.create(tmp_path_factory.mktemp("runs") / "tiny", about)
    torch.set_num_threads(TRAINING.threads)  # as `reloc train` does; threads that wait for one another take minutes
    trainer = Trainer(task, run, TRAINING)
    outcome = trainer.train()
    run.note(machine={"device": "CPU"}, steps=outcome.steps, seconds=outcome.seconds)
    return run, trainer


@pytest.fixture(scope="module")
def model(task, trained, tmp_path_factory):
    run, trainer = trained
    return task.export(trainer.learner.judged, run, tmp_path_factory.mktemp("models") / "tiny")


def test_a_batch_belongs_to_its_step(task):
    one, _, two = task.batch(3, 0, 1), task.batch(4, 0, 1), task.batch(3, 0, 1)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    assert not np.array_equal(one["image"], task.batch(4, 0, 1)["image"])
    assert one["image"].shape == (16, 64, 64, 3)
    np.testing.assert_allclose(np.linalg.norm(one["rotation"], axis=1), 1.0, rtol=1e-5)


def test_processes_share_a_batch(task):
    whole = task.batch(3, 0, 1)
    parts = [task.batch(3, rank, 2) for rank in range(2)]
    for name, values in whole.items():
        np.testing.assert_array_equal(values[0::2], parts[0][name])
        np.testing.assert_array_equal(values[1::2], parts[1][name])


def test_no_batch_shows_what_is_held_out(task):
    """Views as they were taken are those of other references."""
    kept = {task.references.world_from_cam[i, :3, 3].tobytes() for i in task.held_out}
    views = task.views_at(CONFIG.side)
    drawn = [views.draw(np.random.default_rng(seed)).world_from_cam[:3, 3].tobytes() for seed in range(300)]
    known = {task.references.world_from_cam[i, :3, 3].tobytes() for i in task.learned}
    assert known & set(drawn)
    assert not kept & set(drawn)


def test_it_learns(task, trained):
    run, _ = trained
    entries = [json.loads(line) for line in run.log.read_text().splitlines()]
    held_out = [entry for entry in entries if entry["kind"] != "train"]
    torch.manual_seed(0)
    fresh = task.validate(task.network().eval())
    assert held_out[-1]["metres"] < 0.6 * fresh["metres"]
    assert held_out[-1]["degrees"] < 0.6 * fresh["degrees"]


def test_the_same_seed_gives_the_same_weights(task, trained, tmp_path):
    run, _ = trained
    again = Trainer(task, TrainingRun.create(tmp_path / "again", dict(run.about)), TRAINING)
    first = task.network().state_dict()
    assert first.keys() == again.learner.network.state_dict().keys()
    fresh = Trainer(task, TrainingRun.create(tmp_path / "fresh", dict(run.about)), TRAINING)
    for step in range(2):
        for one in (again, fresh):
            batch = {k: torch.from_numpy(v) for k, v in task.batch(step, 0, 1).items()}
            one.learner.step(step, batch)
    for name, value in again.learner.network.state_dict().items():
        torch.testing.assert_close(value, fresh.learner.network.state_dict()[name], rtol=0, atol=0)


def test_scores_at_a_smaller_side_are_never_the_best(task, trained):
    network = trained[1].learner.judged
    task.loss(trained[1].learner.network, {k: torch.from_numpy(v) for k, v in task.batch(0, 0, 1).items()})
    full = task.validate(network)["score"]
    task._side = 32
    try:
        assert task.validate(network)["score"] > SMALLER > full
    finally:
        task._side = CONFIG.side


def test_pictures(task, trained, tmp_path):
    drawn = task.pictures(trained[1].learner.judged, tmp_path / "pictures")
    assert len(drawn) == 4
    for caption, file in drawn:
        assert caption
        assert file.stat().st_size > 1000


def test_what_is_exported_localizes(model, task, reference_map):
    """In the map, by the localizer: answers near the truth, told as uncertain as they are."""
    assert model.kind == "posenet"
    assert model.world["map"]
    assert (model.path / "features.npy").exists()
    card = (model.path / "README.md").read_text()
    assert "held-out references" in card
    attach(reference_map.path, model)
    localizer = open_localizer(ReferenceMap.open(reference_map.path), "posenet")
    assert localizer.held_out == tuple(task.held_out.tolist())  # what it can be calibrated by
    answers = [localizer.localize(Query(render(pose)[0], CAMERA, stamp_ns=0)) for pose in query_poses()]
    found = [(a, p) for a, p in zip(answers, query_poses(), strict=True) if isinstance(a, Localized)]
    assert len(found) >= 2, answers
    for answer, pose in found:
        metres = np.linalg.norm(answer.world_from_cam[:3, 3] - pose[:3, 3])
        sigma = np.sqrt(np.linalg.eigvalsh(answer.covariance[:3, :3])[-1])
        assert metres < 0.5
        assert metres < 4 * sigma


def test_familiarity_knows_the_references(model, task):
    known = Familiarity.open(model)
    assert known is not None
    assert len(known.features) == len(task.learned)
    assert -1.0 < known.min_cosine < 1.0


def test_another_configuration_is_another_task(task):
    task.load_state(to_mapping(CONFIG))
    with pytest.raises(CheckpointError, match="another batch, steps"):
        task.load_state({**to_mapping(CONFIG), "batch": 8, "steps": 10})


def test_too_few_references_are_refused_before_any_is_decoded(tmp_path):
    out = tmp_path / "few.map"
    build_map(TinySource(poses=reference_poses(5)), out, BuildConfig(landmarks="none", retrieval=""))
    with pytest.raises(TrainingDataError, match="5 references"):
        PoseNetTask.from_map(CONFIG, ReferenceMap.open(out), tmp_path / "workspace", silent)
    assert not (tmp_path / "workspace").exists()
