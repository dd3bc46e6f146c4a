"""What every backend refuses, by which name, and with which way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.backends import opened
from support.graphs import SIDE
from support.onnx_models import (
    IMAGE,
    OUTPUTS,
    float16_file,
    images,
    nan_model,
    small_model,
    unknown_operator_model,
    write,
)

from reloc.backends.feeding import answer
from reloc.errors import (
    BackendError,
    ModelFormatError,
    ModelInputError,
    ModelNotFoundError,
    UnsupportedOperatorError,
)
from reloc.models.model import Model
from reloc.models.tensor import TensorSpec


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"image": np.zeros((1, SIDE, SIDE + 1, 3), np.uint8)}, r"image is uint8 \(1, 32, 33, 3\), .*\(1, 32, 32, 3\)"),
        ({"image": np.zeros((1, 3, SIDE, SIDE), np.uint8)}, r"\(1, 3, 32, 32\)"),
        ({"image": np.zeros((1, SIDE, SIDE, 3), np.float32)}, "image is float32"),
        ({"picture": np.zeros((1, SIDE, SIDE, 3), np.uint8)}, r"\['picture'\].*\['image'\]"),
        ({}, "No inputs"),
    ],
)
def test_inputs_of_another_kind_are_refused(backend: Any, model: Model, inputs: Any, words: str) -> None:
    session = opened(backend, model)
    with pytest.raises(ModelInputError, match=words):
        answer(session, inputs)
    session.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": [TensorSpec("image", "uint8", (None, 24, 24, 3))]},
        {"inputs": [TensorSpec("image", "uint8", (None, 3, SIDE * SIDE))]},
        {"inputs": [TensorSpec("image", "float32", IMAGE.shape)]},
        {"inputs": [TensorSpec("picture", "uint8", IMAGE.shape)]},
        {"inputs": [IMAGE, TensorSpec("more", "uint8", (None, 1))]},
        {"outputs": [OUTPUTS[0], TensorSpec("rotation", "float32", (None, 3))]},
        {"outputs": [*OUTPUTS, TensorSpec("feature", "float32", (None, 8))]},
        {"outputs": [OUTPUTS[0]]},
    ],
)
def test_a_file_of_another_shape_than_model_json_says(backend: Any, tmp_path: Path, changes: Any) -> None:
    model = small_model(tmp_path / "m", "float16", **changes)
    with pytest.raises(ModelInputError) as error:
        opened(backend, model)
    assert "export" in str(error.value)


def test_an_operator_that_it_lacks_is_named(backend: Any, tmp_path: Path) -> None:
    model = unknown_operator_model(tmp_path / "odd")
    with pytest.raises(UnsupportedOperatorError, match="Mystery") as error:
        opened(backend, model, precision="float32")
    assert "odd" in str(error.value)
    assert error.value.fix


def test_nan_comes_out_as_nan(backend: Any, tmp_path: Path) -> None:
    model = nan_model(tmp_path / "nan")
    for precision in backend.precisions(model):
        session = opened(backend, model, (2,), precision=precision)
        pictures = np.zeros((2, 16), np.uint8)
        pictures[1] = 40
        (answers,) = answer(session, {"image": pictures}).values()
        assert np.isnan(answers[0]).all()
        np.testing.assert_allclose(answers[1], 1 / 16, rtol=0.01)
        session.close()


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_a_file_that_is_no_network(backend: Any, tmp_path: Path, precision: str) -> None:
    whole = float16_file()
    for content in (b"no network at all", whole[: len(whole) // 2], b""):
        model = write(tmp_path / "m", {"float16": float16_file(), precision: content})
        for asked in {"float16": ("float32", "float16", "bf16"), "int8": ("int8",)}[precision]:
            if asked in backend.precisions(model):
                with pytest.raises((ModelFormatError, ModelInputError), match=r"small|/m"):
                    opened(backend, model, precision=asked)


def test_a_file_that_is_gone(backend: Any, tmp_path: Path) -> None:
    model = small_model(tmp_path / "m", "float16")
    model.file("float16").unlink()
    with pytest.raises(ModelNotFoundError, match=r"model\.onnx"):
        opened(backend, model)


def test_a_precision_that_cannot_be_had(backend: Any, tmp_path: Path) -> None:
    model = small_model(tmp_path / "m", "float16")
    for precision in ("int8", "float7"):
        with pytest.raises(BackendError, match=rf"{precision}.*float32"):
            opened(backend, model, precision=precision)


def test_a_batch_size_that_the_file_does_not_take(backend: Any, tmp_path: Path) -> None:
    import onnx

    graph = onnx.load_from_string(float16_file())
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 2
    model = write(tmp_path / "m", {"float16": graph.SerializeToString()})
    with pytest.raises(ModelInputError):
        opened(backend, model, (1,))
    session = opened(backend, model, (2,))
    assert answer(session, {"image": images(2)})["position"].shape == (2, 3)
    session.close()
