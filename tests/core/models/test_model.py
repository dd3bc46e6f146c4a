import json

import pytest
from support.onnx_models import IMAGE, OUTPUTS, float16_file, small_model

from reloc.errors import (
    ModelError,
    ModelFormatError,
    ModelHashError,
    ModelNotFoundError,
    ModelTruncatedError,
    ModelVersionError,
)
from reloc.models.model import FORMAT, HEAD, Model


@pytest.fixture
def model(tmp_path):
    return small_model(tmp_path / "small", world={"frame": "map"}, metadata={"held_out": {"median_m": 0.3}})


def change(model, **values):
    """Rewrite model.json."""
    head = model.path / HEAD
    head.write_text(json.dumps({**json.loads(head.read_text()), **values}))


def test_what_was_written_is_read(model):
    opened = Model.open(model.path)
    assert opened == model
    assert (opened.name, opened.kind) == ("small", "test")
    assert opened.inputs == (IMAGE,)
    assert opened.outputs == OUTPUTS
    assert opened.camera["fx"] == 30.0
    assert opened.world == {"frame": "map"}
    assert opened.metadata == {"held_out": {"median_m": 0.3}}
    assert opened.file("float16").read_bytes() == float16_file()
    assert opened.base == "float16"


def test_the_file_says_all_that_the_contract_says(model):
    values = json.loads((model.path / HEAD).read_text())
    assert values["format"] == FORMAT
    assert values["inputs"] == [{"name": "image", "dtype": "uint8", "shape": [None, 32, 32, 3]}]
    assert set(values["files"]["float16"]) == {"file", "sha256", "bytes"}
    assert values["files"]["int8"]["file"] == "model.int8.onnx"


def test_a_model_that_is_not_there(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"no model at .*nowhere.*models list"):
        Model.open(tmp_path / "nowhere")
    (tmp_path / "a_file").write_text("")
    with pytest.raises(ModelNotFoundError, match="a_file"):
        Model.open(tmp_path / "a_file")


def test_a_precision_that_it_lacks(tmp_path):
    model = small_model(tmp_path / "m", "float32")
    assert model.base == "float32"
    with pytest.raises(ModelNotFoundError, match=r"no int8 file.*It has: float32.*--int8"):
        model.file("int8")


def test_a_missing_file(model):
    model.file("int8").unlink()
    with pytest.raises(ModelNotFoundError, match=r"model\.int8\.onnx"):
        Model.open(model.path)


def test_a_truncated_file(model):
    path = model.file("float16")
    path.write_bytes(path.read_bytes()[:-100])
    size = len(float16_file())
    for verify in (True, False):
        with pytest.raises(ModelTruncatedError, match=rf"{size - 100} bytes, but {size} are listed.*again"):
            Model.open(model.path, verify=verify)


def test_another_content_of_the_same_size(model):
    path = model.file("float16")
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelHashError, match=r"model\.onnx has the hash \w+, but \w+ is listed"):
        Model.open(model.path)
    assert Model.open(model.path, verify=False) == model


@pytest.mark.parametrize(("version", "fix"), [(FORMAT + 1, "Update reloc"), (0, "Export"), ("two", "Export")])
def test_another_format(model, version, fix):
    change(model, format=version)
    with pytest.raises(ModelVersionError, match=rf"format {version!r}.*{fix}"):
        Model.open(model.path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"format": 1}', "\udcff", "[" * 100_000])
def test_what_is_no_description(model, text):
    (model.path / HEAD).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ModelFormatError, match=r"model\.json cannot be read"):
        Model.open(model.path)


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"kind": 3},
        {"inputs": []},
        {"inputs": [{"name": "image"}]},
        {"inputs": [{"name": "image", "dtype": "uint8", "shape": [1, 2]}]},
        {"inputs": 5},
        {"outputs": [{"name": "image", "dtype": "float32", "shape": [None, 3]}]},
        {"files": {}},
        {"files": {"float64": {"file": "model.onnx", "sha256": "0", "bytes": 1}}},
        {"files": {"float32": {"file": "../model.onnx", "sha256": "0", "bytes": 1}}},
        {"files": {"float32": {"file": "/etc/passwd", "sha256": "0", "bytes": 1}}},
        {"files": {"float32": {"file": "model.onnx", "sha256": "0", "bytes": "1"}}},
        {"files": {"float32": ["model.onnx"]}},
        {"camera": [1, 2]},
        {"world": "map"},
        {"metadata": None},
    ],
)
def test_a_description_that_is_wrong(model, values):
    change(model, **values)
    with pytest.raises(ModelFormatError, match=r"model\.json cannot be read"):
        Model.open(model.path)


def test_all_are_errors_of_models():
    for error in (ModelNotFoundError, ModelTruncatedError, ModelHashError, ModelVersionError, ModelFormatError):
        assert issubclass(error, ModelError)
