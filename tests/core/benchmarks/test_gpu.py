"""The benchmark for GPUs: it needs torch alone, says so where there is no GPU, and runs on a processor when told to."""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "benchmarks" / "gpu.py"
# Nothing that reloc needs can be imported, except torch, what torch itself needs, and numpy.
ALONE = """
import runpy, sys
sys.modules.update(dict.fromkeys({absent!r}))  # each import fails, and find_spec finds nothing
sys.path[:] = [p for p in sys.path if "reloc" not in p or "site-packages" in p]
sys.argv = {argv!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""
OTHERS = (
    "msgspec", "cv2", "scipy", "faiss", "poselib", "pycolmap", "rosbags", "threadpoolctl", "tqdm",
    "matplotlib", "PIL", "yaml", "openvino", "onnxruntime", "onnx", "embreex", "nacl", "torchvision",
)  # fmt: skip


def run(*arguments, absent=OTHERS):
    code = ALONE.format(absent=absent, argv=[str(PROGRAM), *arguments])
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": ""}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=500)


def test_without_a_gpu_it_says_so_in_one_line():
    pytest.importorskip("torch")
    done = run()
    assert done.returncode == 69
    (line,) = done.stderr.splitlines()
    assert "cannot run here" in line
    assert "finds no NVIDIA GPU" in line
    assert not done.stdout


def test_without_torch_it_says_so_in_one_line():
    done = run(absent=(*OTHERS, "torch"))
    assert done.returncode == 69
    (line,) = done.stderr.splitlines()
    assert "torch cannot be imported" in line


def test_it_measures_every_network_with_nothing_but_torch(tmp_path):
    pytest.importorskip("torch")
    done = run("--device", "cpu", "--tiny", "--json", str(tmp_path / "figures.json"))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "figures.json").read_text())
    names = [row["network"] for row in found["networks"]]
    assert {name.partition(" ")[0].partition(",")[0] for name in names} == {
        "points",
        "xfeat",
        "posenet",
        "exrenet",
        "pnlp",
        "camnet",
    }
    assert len(names) == len(set(names)) >= 11
    for row in found["networks"]:
        assert row["launched_ms"] > 0
        assert row["difference"] < 1e-5  # the device is the processor
        assert row["graph_ms"] is None
    assert [row["network"] for row in found["training"]] == ["points", "exrenet full"]
    assert all(math.isfinite(row["images_a_second"]) and row["images_a_second"] > 0 for row in found["training"])
    assert found["left_out"] == []


def test_what_the_time_does_not_suffice_for_is_named(tmp_path):
    pytest.importorskip("torch")
    done = run("--device", "cpu", "--tiny", "--minutes", "0", "--json", str(tmp_path / "figures.json"))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "figures.json").read_text())
    assert found["networks"] == found["training"] == []
    assert "points in float32" in found["left_out"]
    assert "left out, the time was up: training exrenet full in float32" in done.stdout


@pytest.fixture
def on_gpu(monkeypatch):
    """The modules of the benchmark."""
    pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return lambda name: importlib.import_module(f"on_gpu.{name}")


def test_a_run_takes_nothing_from_the_processor(on_gpu, monkeypatch):
    """Else no CUDA graph can be made of it. torch's device `meta` is no processor either, and is everywhere."""
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch, "autocast", lambda *args, **options: nullcontext())  # which `meta` lacks
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            taken.extend(
                f"{name}: {func}" for x in tree_leaves((args, kwargs))
                if isinstance(x, torch.Tensor) and x.device.type == "cpu"
            )  # fmt: skip
            return func(*args, **(kwargs or {}))

    taken, names = [], []
    for candidate in on_gpu("networks").candidates(tiny=True):
        name = candidate.name
        names.append(name)
        net, inputs = candidate.network().to("meta"), [x.to("meta") for x in candidate.inputs()]
        with torch.no_grad():
            net(*inputs)  # what is kept for a device is made now
            with Watch():
                answer = net(*inputs)
        assert all(t.device.type == "meta" for t in on_gpu("networks").tensors(answer))
    assert taken == []
    assert len(names) >= 11


def test_a_difference_is_found(on_gpu):
    torch = pytest.importorskip("torch")
    parity, relative = on_gpu("parity").parity, on_gpu("parity").relative
    assert relative(torch.ones(4), torch.full((4,), 1.1)) == pytest.approx(0.1)
    assert relative(torch.zeros(4), torch.zeros(4)) == 0.0

    class Broken(torch.nn.Module):
        """Other numbers each time: no device answers like itself."""

        def forward(self, x):
            return (torch.rand(3), torch.full((2,), math.nan) if x[0] else torch.rand(2))

    assert parity(Broken(), [torch.tensor([0])], torch.device("cpu"), False) > 0.01
    assert math.isnan(parity(Broken(), [torch.tensor([1])], torch.device("cpu"), False))
