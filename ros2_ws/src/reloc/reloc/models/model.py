"""``model.json``: the description of a compiled network, its files and their hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from reloc.errors import ModelFormatError, ModelHashError, ModelNotFoundError, ModelTruncatedError, ModelVersionError
from reloc.models.tensor import TensorSpec
from reloc.parsing import json_file, names
from reloc.parsing.blame import Blame, shown
from reloc.parsing.json_file import Count
from reloc.parsing.regular_file import opened, read_bytes

FORMAT = 1
HEAD = "model.json"
CARD = "README.md"
FLOAT32, FLOAT16, INT8 = "float32", "float16", "int8"
PRECISIONS = (FLOAT32, FLOAT16, INT8)  # precisions of files
_AGAIN = "Copy or fetch the model again, or export it again: reloc export"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One ONNX file of a model."""

    name: str  # in the model's folder
    sha256: str  # SHA-256 of its content, in hexadecimal
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Model:
    """One compiled network: a folder. The ONNX files are read by the backend that runs it."""

    path: Path
    name: str
    kind: str  # meaning of its outputs: "posenet"
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    files: Mapping[str, ModelFile]  # by precision
    camera: Mapping[str, Any] | None  # camera of the input images: width, height, fx, fy, cx, cy
    world: Mapping[str, Any] | None  # frame of the outputs
    metadata: Mapping[str, Any]

    @classmethod
    def open(cls, folder: Path, verify: bool = True) -> Model:
        """Read ``model.json`` and check that the files are those that it lists.

        Args:
            verify: also compare hashes, about 50 ms; sizes are always compared.

        Raises:
            ModelNotFoundError: there is no model, or a file is missing.
            ModelTruncatedError: a file has another size.
            ModelHashError: a file has another content.
            ModelVersionError: another version of reloc wrote it.
            ModelFormatError: ``model.json`` cannot be read.
        """
        fix = "`reloc models list` shows the available ones; reloc export makes one"
        folder = names.resolved(folder, Blame("The model's folder", ModelNotFoundError, fix))
        head = Blame(f"There is no model at {folder}: {HEAD}", ModelNotFoundError, fix)
        model = from_json(read_bytes(folder / HEAD, head, json_file.MOST), folder)
        for file in model.files.values():
            _check(folder / file.name, file, verify)
        return model

    @property
    def base(self) -> str:
        """Return the precision of the file that is not quantized: float16, or float32."""
        return FLOAT16 if FLOAT16 in self.files else FLOAT32

    def file(self, precision: str) -> Path:
        """Return the ONNX file of that precision.

        Raises:
            ModelNotFoundError: the model has none.
        """
        if precision not in self.files:
            there = ", ".join(self.files)
            fix = f"It has: {there}." + (" `reloc export --int8` makes one" if precision == INT8 else "")
            raise ModelNotFoundError(f"The model {self.name} has no {precision} file", fix)
        return self.path / self.files[precision].name

    def to_json(self) -> str:
        """Return the text of ``model.json``."""
        values = {
            "format": FORMAT,
            "name": self.name,
            "kind": self.kind,
            "files": {p: {"file": f.name, "sha256": f.sha256, "bytes": f.size} for p, f in self.files.items()},
            "inputs": [spec.to_json() for spec in self.inputs],
            "outputs": [spec.to_json() for spec in self.outputs],
            "camera": None if self.camera is None else dict(self.camera),
            "world": None if self.world is None else dict(self.world),
            "metadata": dict(self.metadata),
        }
        return json.dumps(values, indent=1, allow_nan=False) + "\n"


def from_json(text: str | bytes, folder: Path) -> Model:
    """Read the text of :meth:`Model.to_json`; files are not checked.

    Raises:
        ModelVersionError, ModelFormatError: as :meth:`Model.open`.
    """
    where = folder / HEAD
    blame = Blame(str(where), ModelFormatError, _AGAIN, verdict="cannot be read")
    values = json_file.parse_any(text, blame)
    version = json_file.field(values, "format", blame)
    if version != FORMAT:
        newer = isinstance(version, int) and version > FORMAT
        fix = "Update reloc" if newer else "Export the model again: reloc export"
        raise ModelVersionError(f"{where} has format {shown(version)}; this reloc reads format {FORMAT}", fix)
    found = json_file.convert(values, _Head, blame)
    try:
        model = Model(
            path=folder,
            name=found.name,
            kind=found.kind,
            inputs=found.inputs,
            outputs=found.outputs,
            files={p: ModelFile(f.file, f.sha256, f.bytes) for p, f in found.files.items()},
            camera=found.camera,
            world=found.world,
            metadata=found.metadata,
        )
        _check_parts(model)
    except ValueError as error:
        raise blame.refuse(f"contradicts itself: {error}") from error
    return model


class _File(msgspec.Struct):
    """One of ``files``."""

    file: str
    sha256: str
    bytes: Count


class _Head(msgspec.Struct):
    """``model.json``."""

    name: str
    kind: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    files: dict[str, _File]
    camera: dict[str, Any] | None
    world: dict[str, Any] | None
    metadata: dict[str, Any]


def _check_parts(model: Model) -> None:
    """Check ``model.json`` itself, the one file without a hash."""
    texts = (model.name, model.kind, *(t for f in model.files.values() for t in (f.name, f.sha256)))
    if not all(texts) or any("\0" in text for text in texts):
        raise ValueError("a name is empty or holds a NUL")
    if not model.inputs or not model.outputs:
        raise ValueError("inputs or outputs are missing")
    if any(size is not None and size > 2**31 for spec in (*model.inputs, *model.outputs) for size in spec.shape):
        raise ValueError("a tensor has an axis of more than 2**31")
    tensors = [spec.name for spec in (*model.inputs, *model.outputs)]
    if len(set(tensors)) < len(tensors):
        raise ValueError(f"two tensors have the same name: {tensors}")
    if not {FLOAT32, FLOAT16} & set(model.files) and set(model.files) != {INT8}:
        raise ValueError(f"has no file in float16 or float32, but {sorted(model.files)}")
    for precision, file in model.files.items():
        if precision not in PRECISIONS or Path(file.name).name != file.name:
            raise ValueError(f"{precision} is {file}")


def sha256_of(file: Path) -> str:
    """Return the sha256 of a file's content in hexadecimal.

    Raises:
        ModelNotFoundError: it is missing, or not a regular file.
    """
    with opened(file, Blame(str(file), ModelNotFoundError, _AGAIN)) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check(path: Path, file: ModelFile, hashes: bool) -> None:
    try:
        size = path.stat().st_size
        if size != file.size:
            raise ModelTruncatedError(f"{path} has {size} bytes, but {file.size} are listed", _AGAIN)
        if hashes and (seen := sha256_of(path)) != file.sha256:
            raise ModelHashError(f"{path} has the hash {seen[:12]}, but {file.sha256[:12]} is listed", _AGAIN)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelNotFoundError(f"{path} cannot be read: {reason}", _AGAIN) from error
