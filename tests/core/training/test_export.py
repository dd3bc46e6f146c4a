import hashlib
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator
from support.small_run import EXACT, small_task, trainer
from support.small_task import LIMITS, SIZE, BlobNetwork, Config, differences, network_of_one
from torch import nn

from reloc.backends.choice import open_session
from reloc.cli.main import main
from reloc.errors import CheckpointError, ExportError
from reloc.models.model import Model
from reloc.models.tensor import TensorSpec
from reloc.training import checkpoint, start
from reloc.training.onnx_export import to_onnx
from reloc.training.parity import Parity, answers_of, measure

IMAGE = [TensorSpec("image", "uint8", (None, SIZE, SIZE, 3))]
POSITION = [TensorSpec("position", "float32", (None, 2))]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that is done, in whose `run.json` is what `reloc train` writes."""
    made = trainer(tmp_path_factory.mktemp("run"), Config(steps=60), replace(EXACT, ema=0.5))
    made.run.note(machine={"device": "CPU"})
    made.train()
    return made.run


@pytest.fixture(scope="module")
def network(run):
    return start.trained(small_task(Config(steps=60)), checkpoint.load(run.checkpoints / "best.pt"))


@pytest.fixture(scope="module")
def model(run, network, tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "small"
    return small_task(Config(steps=60)).export(network, run, out, True)


def test_the_graph_takes_any_batch_and_gives_what_torch_gives(network):
    graph = onnx.load_from_string(to_onnx(network_of_one(network), IMAGE, POSITION))
    onnx.checker.check_model(graph, full_check=True)
    assert [d.dim_param or d.dim_value for d in graph.graph.input[0].type.tensor_type.shape.dim] == ["batch", 16, 16, 3]
    evaluate = ReferenceEvaluator(graph)
    for batch in (1, 3):
        images = np.random.default_rng(batch).integers(0, 255, (batch, SIZE, SIZE, 3), np.uint8)
        (got,) = evaluate.run(None, {"image": images})
        np.testing.assert_allclose(got, network(torch.from_numpy(images)).numpy(), atol=1e-5)


def test_exporting_leaves_the_network_as_it_is():
    network = BlobNetwork(0.5).train().to(memory_format=torch.channels_last)
    to_onnx(network_of_one(network), IMAGE, POSITION)
    assert network.training
    assert network.position.weight.requires_grad


def test_outputs_of_another_shape_are_refused(network):
    with pytest.raises(ExportError, match=r"shapes \[\(2, 2\)\], not \[\(2, 3\)\]"):
        to_onnx(network_of_one(network), IMAGE, [TensorSpec("position", "float32", (None, 3))])


def test_what_onnx_has_no_operation_for_is_named():
    class Odd(nn.Module):
        def forward(self, image):
            return (torch.linalg.eigvals(image.float().mean(3)).real[:, :2],)

    with pytest.raises(ExportError, match=r"cannot export the network: .*eigvals"):
        to_onnx(Odd(), IMAGE, POSITION)


def test_the_model_answers_what_the_network_answers(model, network):
    opened = Model.open(model.path)
    assert opened.kind == "small"
    images = np.random.default_rng(5).integers(0, 255, (2, SIZE, SIZE, 3), np.uint8)
    (wanted,) = answers_of(network_of_one(network), [{"image": images}], ["position"])
    session = open_session(opened, "onnxruntime", precision="float16", batch_sizes=(2,), log=lambda text: None)
    session.buffers(2)["image"][...] = images
    np.testing.assert_allclose(session.run(2)["position"], wanted["position"], atol=0.01)
    session.close()


def test_float16_is_shipped_where_it_is_as_good(model):
    assert "float16" in model.files
    assert "float32" not in model.files
    assert "int8" in model.files
    assert set(model.metadata["parity"]) == {"float32", "float16", "int8"}


def test_float32_is_shipped_where_float16_is_not(run, network, tmp_path, monkeypatch):
    monkeypatch.setitem(LIMITS, "position", 1e-6)
    exported = small_task(Config(steps=60)).export(network, run, tmp_path / "small")
    assert set(exported.files) == {"float32"}
    assert "over the limits: not shipped" in (tmp_path / "small" / "README.md").read_text()


def test_a_graph_that_answers_something_else_is_not_written(run, network, tmp_path, monkeypatch):
    monkeypatch.setitem(LIMITS, "position", -1.0)
    with pytest.raises(ExportError, match="answers differ from the network's"):
        small_task(Config(steps=60)).export(network, run, tmp_path / "small")
    assert not (tmp_path / "small").exists()


def test_the_card_says_what_one_has_to_know(model, run):
    card = (model.path / "README.md").read_text()
    for words in (
        "Says where in a picture a blob is",
        "batch × 16 × 16 × 3",
        "reloc train 'a b'",
        "Apache-2.0",
        "## Parity",
    ):
        assert words in card
    for precision in model.files:
        assert hashlib.sha256(model.file(precision).read_bytes()).hexdigest() in card
    assert f"| steps | {run.about['steps']}, best score at step {run.about['best']['step']} |" in card


def test_a_difference_that_is_no_number_does_not_pass(model, network):
    images = np.zeros((1, SIZE, SIZE, 3), np.uint8)
    batches = [{"image": images}, {"image": images}]
    answers = answers_of(network_of_one(network), batches, ["position"])
    answers[0] = {"position": answers[0]["position"] * np.nan}
    assert not measure(model, "float16", batches, answers, differences, LIMITS).holds
    assert Parity("float16", "float16", {"position": 0.01}, {"position": 0.01}).holds


def test_a_checkpoint_of_another_network(run):
    content = checkpoint.load(run.checkpoints / "best.pt")
    del content["network"]["position.bias"]
    with pytest.raises(CheckpointError, match=r"position\.bias"):
        start.trained(small_task(Config()), content)


def test_the_command_exports_into_a_folder_or_the_map(tiny_map, start, tmp_path, capsys):
    """By a process of its own once; then by the command in this process, which has imported torch."""
    run = str(tmp_path / "run")
    assert main(["train", "support.small_task", str(tiny_map), "--out", run, "--steps", "20", "--device", "cpu"]) == 0
    exported = start("export", run, "--out", tmp_path / "small")
    assert exported.wait() == 0, exported.output
    assert "float16" in exported.output
    assert Model.open(tmp_path / "small").name == "small"
    capsys.readouterr()
    assert main(["export", run, "--map", str(tiny_map)]) == 0
    assert "float16" in capsys.readouterr().out
    assert Model.open(tiny_map / "compiled" / "small").name == "small"
    (tmp_path / "run" / "checkpoints" / "best.pt").write_bytes(b"PK")
    assert main(["export", run, "--out", str(tmp_path / "other")]) == 2
    assert "best.pt" in capsys.readouterr().err
    assert main(["export", run, "--checkpoint", "last", "--out", str(tmp_path / "other")]) == 0
