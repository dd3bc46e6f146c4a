import os

import pytest
from support.onnx_models import float16_file, float32_file, small_model, write

from reloc.errors import ModelError, ModelFormatError
from reloc.models.model import Model


def test_files_are_named_by_what_they_are(tmp_path):
    model = small_model(tmp_path / "m", "float32", "float16", "int8")
    names = {precision: file.name for precision, file in model.files.items()}
    assert names == {"float32": "model.float32.onnx", "float16": "model.onnx", "int8": "model.int8.onnx"}
    assert small_model(tmp_path / "n", "float32").files["float32"].name == "model.onnx"
    assert (tmp_path / "m" / "README.md").read_text() == "# A network for tests\n"


def test_a_file_is_copied(tmp_path):
    source = tmp_path / "made.onnx"
    source.write_bytes(float16_file())
    model = write(tmp_path / "m", {"float16": source})
    assert model.file("float16").read_bytes() == float16_file()
    assert source.exists()


def test_a_model_that_is_there_gives_way(tmp_path):
    small_model(tmp_path / "m")
    model = small_model(tmp_path / "m", "float32", name="second")
    assert Model.open(tmp_path / "m") == model
    assert sorted(p.name for p in model.path.iterdir()) == ["README.md", "model.json", "model.onnx"]
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_an_empty_folder_may_be_filled_and_another_not(tmp_path):
    (tmp_path / "empty").mkdir()
    assert small_model(tmp_path / "empty", "float32").files
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear")
    with pytest.raises(ModelError, match=r"mine exists and is not a model"):
        small_model(tmp_path / "mine", "float32")
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"file exists and is not a model"):
        small_model(tmp_path / "file", "float32")
    assert (tmp_path / "mine" / "diary.txt").read_text() == "dear"


@pytest.mark.parametrize(
    ("files", "changes"),
    [
        ({"float64": float32_file()}, {}),
        ({}, {}),
        ({"float32": float32_file()}, {"name": ""}),
        ({"float32": float32_file()}, {"inputs": []}),
        ({"float32": float32_file()}, {"metadata": {"loss": float("nan")}}),
        ({"float32": float32_file()}, {"metadata": {"object": object()}}),
    ],
)
def test_what_describes_no_model_leaves_nothing_behind(tmp_path, files, changes):
    kept = small_model(tmp_path / "m", "float32")
    with pytest.raises(ModelFormatError):
        write(tmp_path / "m", files, **changes)
    assert Model.open(tmp_path / "m") == kept
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_a_source_that_is_gone_leaves_what_was_there(tmp_path):
    kept = small_model(tmp_path / "m", "float32")
    with pytest.raises(ModelError, match="cannot be written"):
        write(tmp_path / "m", {"float32": tmp_path / "nowhere.onnx"})
    assert Model.open(tmp_path / "m") == kept
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        small_model(tmp_path / "file" / "m", "float32")


def test_others_may_read_it(tmp_path):
    model = small_model(tmp_path / "m", "float32")
    assert model.path.stat().st_mode & 0o055 == 0o055
    assert os.access(model.file("float32"), os.R_OK)
