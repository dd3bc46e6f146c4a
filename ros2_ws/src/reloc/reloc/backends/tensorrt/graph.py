"""Choose or make the graph for TensorRT in the requested precision, from the files of the model folder."""

from __future__ import annotations

from collections.abc import Mapping

from reloc.backends.backend import AUTO
from reloc.backends.network_file import content
from reloc.backends.tensorrt.uint8 import casts_first
from reloc.errors import BackendError, ModelFormatError
from reloc.models.model import FLOAT16, FLOAT32, INT8, Model


def precisions_of(model: Model) -> Mapping[str, str]:
    """Return the precisions that a model can be built in, best first, each with the reason."""
    of = {precision: f"the file {file.name}" for precision, file in model.files.items()}
    if {FLOAT16, FLOAT32} & set(of):
        of.setdefault(FLOAT16, "made from the float32 file")
        of.setdefault(FLOAT32, "made from the float16 file, exactly")
    ranked = {
        FLOAT16: "Tensor Cores, no noticeable loss",
        FLOAT32: "the reference",
        INT8: "calibrated on the map; only on request",
    }
    return {precision: f"{why}; {of[precision]}" for precision, why in ranked.items() if precision in of}


def graph_of(model: Model, precision: str) -> tuple[str, bytes]:
    """Return the precision, and the ONNX graph in it. Float16 and float32 are made from each other if one is missing.

    Raises:
        BackendError: TensorRT has no such precision, or the model has no file for it.
        ModelNotFoundError, ModelFormatError, DependencyError: the file cannot be read or converted.
    """
    there = precisions_of(model)
    if precision == AUTO:
        precision = next(iter(there))
    if precision not in there:
        more = " `reloc export --int8` makes a file for int8" if precision == INT8 else ""
        raise BackendError(f"TensorRT cannot run {model.name} in {precision}", f"Available: {', '.join(there)}.{more}")
    if precision == FLOAT16 and FLOAT16 not in model.files:
        return precision, casts_first(_halved(model, content(model, FLOAT32)))
    return precision, casts_first(content(model, precision))


def _halved(model: Model, read: bytes) -> bytes:
    import onnx
    from google.protobuf.message import DecodeError

    from reloc.models.precision import to_float16

    try:
        graph = onnx.load_from_string(read)
    except DecodeError as error:
        fix = "Copy or export the model again"
        raise ModelFormatError(f"{model.file(FLOAT32)} is not a readable ONNX file: {error}", fix) from error
    # Deterministic: the engine's cache identifies a graph by its bytes.
    return bytes(to_float16(graph).SerializeToString(deterministic=True))
