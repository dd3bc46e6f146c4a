"""The ONNX file that a backend is to read for an arithmetic."""

from __future__ import annotations

from reloc.backends.backend import FLOAT32, INT8
from reloc.errors import DependencyError, ModelFormatError, ModelNotFoundError
from reloc.models.model import Model

_AGAIN = "Copy or export the model again"


def content(model: Model, precision: str) -> bytes:
    """The content of the file for that arithmetic; for float32 the float32 twin, where the file is float16.

    Processors are slow in float16. And what is folded into weights while a runtime optimises a float16 graph is
    rounded to float16 again: from the twin OpenVINO's float32 answers are some hundred times nearer to the exact ones.

    Raises:
        ModelNotFoundError: the model has no such file, or it cannot be read.
        ModelFormatError: it is no ONNX file.
        DependencyError: the twin needs the package onnx, which is not installed.
    """
    path = model.file(INT8 if precision == INT8 else model.base)
    try:
        read = path.read_bytes()
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", _AGAIN) from error
    return _widened(model, read) if precision == FLOAT32 and model.base != FLOAT32 else read


def _widened(model: Model, read: bytes) -> bytes:
    try:
        import onnx
        from google.protobuf.message import DecodeError

        from reloc.models.precision import to_float32
    except ModuleNotFoundError as error:
        problem = f"To run {model.name} in float32 the package {error.name} is needed, which is not installed"
        raise DependencyError(problem, f"pip install {error.name}") from error
    try:
        return bytes(to_float32(onnx.load_from_string(read)).SerializeToString())
    except DecodeError as error:
        raise ModelFormatError(f"{model.file(model.base)} is no ONNX file that can be read", _AGAIN) from error
