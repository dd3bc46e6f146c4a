"""Choose the ONNX file that a backend reads for a precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reloc.errors import DependencyError, ModelFormatError, ModelNotFoundError, RelocError
from reloc.models.model import FLOAT16, FLOAT32, INT8, Model
from reloc.parsing.blame import Blame, shown
from reloc.parsing.regular_file import read_bytes

MOST = 2**31  # bytes: protobuf's own limit
_AGAIN = "Copy or export the model again"


def content(model: Model, precision: str, *, emulate: bool = False) -> bytes:
    """Return the content of the file for that precision; for float32 the float32 twin, if the file is float16.

    Processors are slow in float16. And weights that a runtime folds while it optimizes a float16 graph are rounded to
    float16 again. From the twin, OpenVINO's float32 answers are about a hundred times more accurate.

    Args:
        emulate: for float16, return the float32 graph that rounds as float16 does.

    Raises:
        ModelNotFoundError: the model has no such file, or it cannot be read.
        ModelFormatError: it is not an ONNX file.
        DependencyError: the conversion needs the package onnx, which is not installed.
    """
    path = model.file(INT8 if precision == INT8 else model.base)
    read = read_bytes(path, Blame(str(path), ModelNotFoundError, _AGAIN), MOST)
    if model.base == FLOAT16 and (precision == FLOAT32 or (precision == FLOAT16 and emulate)):
        return _converted(model, read, precision)
    return read


@contextmanager
def as_model_errors(model: Model) -> Iterator[None]:
    """Translate errors of a runtime's bindings while they read a graph, such as texts that are not UTF-8.

    Raises:
        ModelFormatError: instead of them.
    """
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, MemoryError) as error:
        raise ModelFormatError(f"{model.path} holds no readable ONNX file: {shown(str(error))}", _AGAIN) from error


def _converted(model: Model, read: bytes, precision: str) -> bytes:
    try:
        import onnx
        from google.protobuf.message import DecodeError

        from reloc.models.precision import to_float32
        from reloc.models.rounding import rounded
    except ModuleNotFoundError as error:
        problem = f"Running {model.name} in {precision} needs the package {error.name}, which is not installed"
        raise DependencyError(problem, f"pip install {error.name}") from error
    blame = Blame(str(model.file(model.base)), ModelFormatError, _AGAIN, verdict="is not a readable ONNX file")
    try:
        graph = onnx.load_from_string(read)
        if not graph.graph.node:
            raise DecodeError("it is empty")
        return bytes((to_float32 if precision == FLOAT32 else rounded)(graph).SerializeToString())
    except RelocError:
        raise
    except Exception as error:  # protobuf and onnx raise anything on bytes that are not a graph
        raise blame.refuse(f"fails with {shown(str(error) or type(error).__name__)}") from error
