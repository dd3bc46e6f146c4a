"""A shortened PCA is the one that would have been learned with that length."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from reloc.retrieval import whitening

onnx = pytest.importorskip("onnx")


@pytest.fixture
def shorten_pca(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return importlib.import_module("shorten_pca")


def descriptors() -> np.ndarray:
    random = np.random.default_rng(3)
    return (random.normal(size=(80, 60)) * np.linspace(3.0, 0.5, 60)).astype(np.float32)


@pytest.mark.parametrize("length", [1, 5, 39])
def test_it_is_what_would_have_been_learned(shorten_pca: ModuleType, length: int, monkeypatch) -> None:
    samples = descriptors()
    monkeypatch.setattr(shorten_pca, "SAMPLES", len(samples))
    longer = whitening.learn(samples, 40)["projection"].T
    expected = whitening.learn(samples, length)["projection"].T
    np.testing.assert_allclose(shorten_pca.rescaled(longer, length), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("length", [0, -1, 40, 41])
def test_no_other_length_is_taken(shorten_pca: ModuleType, length: int) -> None:
    array = onnx.numpy_helper.from_array(whitening.learn(descriptors(), 40)["projection"].T.copy(), "pca")
    product = onnx.helper.make_node("MatMul", ["x", "pca"], ["descriptor"], name="/netvlad/MatMul_2")
    value = onnx.helper.make_tensor_value_info
    x, y = (value(n, onnx.TensorProto.FLOAT, [None, k]) for n, k in (("x", 60), ("descriptor", 40)))
    model = onnx.helper.make_model(onnx.helper.make_graph([product], "g", [x], [y], [array]))
    with pytest.raises(SystemExit, match="from 1 to 39"):
        shorten_pca.shorten(model, length)
    assert shorten_pca.shorten(model, 7) == 40
    onnx.checker.check_model(model, full_check=True)
