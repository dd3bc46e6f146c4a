import os
import zipfile
from pathlib import Path

import pytest
import torch

from reloc.errors import CheckpointError, TrainingDataError
from reloc.training import checkpoint
from reloc.training.config import TrainConfig
from reloc.training.early_stopping import EarlyStopping
from reloc.training.imagenet import load_imagenet
from reloc.training.same_task import SameParameters

CONTENT = {"step": 3, "weights": torch.arange(1000.0), "nested": [{"a": (1, 2.5, None, "text")}]}


@pytest.fixture
def file(tmp_path):
    checkpoint.save(tmp_path / "some" / "last.pt", CONTENT)
    return tmp_path / "some" / "last.pt"


def test_what_is_saved_is_loaded(file):
    loaded = checkpoint.load(file)
    assert torch.equal(loaded["weights"], CONTENT["weights"])
    assert loaded["nested"] == CONTENT["nested"]
    assert [f.name for f in file.parent.iterdir()] == ["last.pt"]


def test_the_former_one_is_kept(file):
    checkpoint.save(file, {"step": 4}, keep=file.with_name("previous.pt"))
    assert checkpoint.load(file)["step"] == 4
    assert checkpoint.load(file.with_name("previous.pt"))["step"] == 3


def test_a_changed_byte_is_found(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1  # in the midst of the weights
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(file)


def test_one_that_is_missing(tmp_path):
    with pytest.raises(CheckpointError, match=r"no checkpoint .*gone\.pt"):
        checkpoint.load(tmp_path / "gone.pt")


def test_one_of_another_version(tmp_path):
    torch.save({"format": 99}, tmp_path / "new.pt")
    with pytest.raises(CheckpointError, match="format 99, but this reloc reads 1"):
        checkpoint.load(tmp_path / "new.pt")


def test_another_torch_file(tmp_path):
    torch.save(torch.zeros(3), tmp_path / "tensor.pt")
    with pytest.raises(CheckpointError, match="format None"):
        checkpoint.load(tmp_path / "tensor.pt")


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (print, ("run",))

    torch.save({"format": 1, "evil": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(CheckpointError):
        checkpoint.load(tmp_path / "evil.pt")


def test_a_failed_write_leaves_the_former_one(file):
    with pytest.raises(AttributeError):
        checkpoint.save(file, {"step": lambda: 0})  # cannot be pickled
    assert checkpoint.load(file)["step"] == 3
    assert [f.name for f in file.parent.iterdir()] == ["last.pt"]


def stored(folder, **changes):
    file = folder / "odd.pt"
    checkpoint.save(file, {"task": "small", "step": 3, "seconds": 1.0, "network": {"w": torch.zeros(2)}, **changes})
    return file


@pytest.mark.parametrize(
    "changes",
    [
        {"step": "3"}, {"step": True}, {"step": -1}, {"task": 5}, {"seconds": "long"}, {"task_state": [1]},
        {"stopping": 3}, {"optimizer": None}, {"network": []}, {"network": {"w": 3}}, {"network": {5: torch.zeros(2)}},
        {"average": {"w": "x"}}, {"network": {"w": torch.zeros(2, 2).to_sparse()}},
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_named(tmp_path, changes):
    with pytest.raises(CheckpointError, match=next(iter(changes))):
        checkpoint.load(stored(tmp_path, **changes))


def test_a_field_that_is_missing_is_named(file):
    with pytest.raises(CheckpointError, match="lacks 'network'"):
        checkpoint.load(file)["network"]


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda file: file.symlink_to("/dev/zero")])
def test_what_is_no_file_is_refused_at_once(tmp_path, make):
    make(tmp_path / "last.pt")
    with pytest.raises(CheckpointError, match="expected"):
        checkpoint.load(tmp_path / "last.pt")
    network = torch.nn.Linear(2, 2)
    with pytest.raises(TrainingDataError, match="Cannot load weights"):
        load_imagenet(network, tmp_path / "last.pt", "resnet18.pth")


def test_a_part_that_unpacks_to_far_more_than_the_file_is_refused(tmp_path):
    file = tmp_path / "bomb.pt"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(100 << 20))
    with pytest.raises(CheckpointError, match="bytes in a file of"):
        checkpoint.load(file)


def test_the_state_of_another_task_may_be_anything():
    task = SameParameters()
    task.config = TrainConfig()
    task.load_state(task.state())
    for odd in ({}, {"ema": torch.zeros(3)}, {**task.state(), "ema": [torch.zeros(3)]}):
        with pytest.raises(CheckpointError, match="another"):
            task.load_state(odd)


@pytest.mark.parametrize("odd", [{}, {"best": "x", "best_step": 0, "worse": 0}, {"best": 0.0, "best_step": None}])
def test_scores_that_are_none_are_named(odd):
    with pytest.raises(CheckpointError, match="scores"):
        EarlyStopping(3).load(odd)
