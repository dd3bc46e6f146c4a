"""Write a model's folder, completely or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from reloc.errors import ModelError, ModelFormatError
from reloc.files import draft_folder, fix_for, sync, write_atomic
from reloc.models.model import CARD, FLOAT16, FLOAT32, HEAD, INT8, PRECISIONS, Model, ModelFile, from_json, sha256_of
from reloc.models.tensor import TensorSpec
from reloc.parsing import names
from reloc.parsing.blame import Blame


def write_model(
    folder: Path,
    *,
    name: str,
    kind: str,
    onnx_files: Mapping[str, bytes | Path],
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    camera: Mapping[str, Any] | None,
    world: Mapping[str, Any] | None,
    metadata: Mapping[str, Any],
    card_markdown: str,
) -> Model:
    """Write the model ``folder``; it replaces an existing model.

    Args:
        onnx_files: by precision ("float32", "float16", "int8"): the file's content, or a file to copy.
        card_markdown: README.md of the model, for people.

    Raises:
        ModelFormatError: the arguments do not describe a model, or are not JSON.
        ModelError: ``folder`` holds something else, or it cannot be written.
    """
    folder = names.resolved(folder, Blame("The folder to write", ModelError, "Give another folder"))
    if unknown := sorted(set(onnx_files) - set(PRECISIONS)):
        raise ModelFormatError(f"{unknown[0]!r} is not a precision", f"There are: {', '.join(PRECISIONS)}")
    if folder.exists() and not (folder / HEAD).is_file() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ModelError(f"{folder} exists and is not a model", "Give another folder")
    draft = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = draft_folder(folder)
        files = {p: _place(draft / _file_name(p, onnx_files), onnx_files[p]) for p in PRECISIONS if p in onnx_files}
        parts = (tuple(inputs), tuple(outputs), files, camera, world, metadata)
        try:
            text = Model(draft, name, kind, *parts).to_json()
        except (TypeError, ValueError) as error:
            raise ModelFormatError(
                f"The model {name!r} cannot be described in JSON: {error}", "Correct its metadata"
            ) from error
        from_json(text, draft)
        _write(draft / HEAD, text.encode())
        _write(draft / CARD, card_markdown.encode())
        _take_place(draft, folder)
    except OSError as error:
        raise ModelError(f"The model {folder} cannot be written: {error}", fix_for(error)) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
    return Model.open(folder)


def _file_name(precision: str, all_files: Mapping[str, bytes | Path]) -> str:
    """Return ``model.onnx`` for the file that is not quantized; a float32 file beside float16 gets its own name."""
    if precision == INT8:
        return "model.int8.onnx"
    return "model.float32.onnx" if precision == FLOAT32 and FLOAT16 in all_files else "model.onnx"


def _place(path: Path, content: bytes | Path) -> ModelFile:
    if isinstance(content, bytes):
        _write(path, content)
    else:
        shutil.copyfile(content, path)
        sync(path)
    return ModelFile(path.name, sha256_of(path), path.stat().st_size)


def _write(path: Path, content: bytes) -> None:
    write_atomic(path, content)
    sync(path)


def _take_place(draft: Path, folder: Path) -> None:
    """Replace it by two renames, of which the first may be undone, so that nobody sees half a model."""
    sync(draft)
    former = draft.with_suffix(".former")
    if folder.exists():
        folder.rename(former)
    try:
        draft.rename(folder)
    except OSError:
        if former.exists():
            former.rename(folder)
        raise
    with suppress(OSError):
        sync(folder.parent)
    shutil.rmtree(former, ignore_errors=True)
