"""Networks whose files are no networks, with hashes that are right: model errors from every backend."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import pytest
from support.hostile import NO_FILE, NO_JSON
from support.onnx_models import small_model

from reloc.backends.onnxruntime.backend import OnnxRuntime
from reloc.backends.openvino import OpenVino
from reloc.errors import BackendError, ModelError, RelocError
from reloc.models.model import HEAD, Model


def damaged(model: Model, content: bytes) -> Model:
    """The model with that content in place of its graph, listed as it is."""
    file = model.file(model.base)
    file.write_bytes(content)
    head = model.path / HEAD
    values = json.loads(head.read_text())
    values["files"][model.base].update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    head.write_text(json.dumps(values))
    return Model.open(model.path)


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("backend", [OpenVino, OnnxRuntime])
def test_bytes_that_are_no_graph(tmp_path: Path, backend: type, precision: str) -> None:
    model = small_model(tmp_path / "small", precision)
    whole = model.file(model.base).read_bytes()
    dice = random.Random(7)
    contents = [b"", b"\0", b"\xff" * 100, b"\x0a\xff\xff\xff\xff\x0f", "ü".encode("latin-1") * 50, whole[:-1]]
    contents += [whole[: dice.randrange(len(whole))] for _ in range(5)]
    for _ in range(25):
        content = bytearray(whole)
        for _ in range(dice.randrange(1, 8)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        contents.append(bytes(content))
    # A name that is not UTF-8: OpenVINO's own message holds it, and cannot be decoded.
    contents += [whole.replace(b"Conv", b"C\xe9nv"), whole.replace(b"image", b"im\xffge")]
    refused = 0
    for content in contents:
        broken = damaged(model, content)
        for run_as in backend.precisions(broken):
            try:
                backend.open(broken, precision=run_as, log=lambda text: None).close()
            except (ModelError, BackendError) as error:
                refused += 1
                str(error).encode()
    assert refused > 10


@pytest.mark.parametrize("how", NO_JSON)
def test_descriptions_that_are_none(tmp_path: Path, how: str) -> None:
    model = small_model(tmp_path / "small")
    NO_JSON[how](model.path / HEAD)
    with pytest.raises(ModelError, match=r"model\.json"):
        Model.open(model.path)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", [HEAD, "model.onnx"])
@pytest.mark.parametrize("how", NO_FILE)
def test_what_stands_in_a_files_place(tmp_path: Path, name: str, how: str) -> None:
    model = small_model(tmp_path / "small")
    NO_FILE[how](model.path / name)
    with pytest.raises(ModelError, match=name):
        Model.open(model.path)


@pytest.mark.parametrize("name", ["~nosuchuser/m", "a\0b", "x" * 5000, "\ud800", "x" * 300])
def test_names_that_are_none(name: str) -> None:
    from reloc.models import store

    for read in (store.find, Model.open):
        with pytest.raises(RelocError) as caught:
            read(name)
        str(caught.value).encode()
