"""The graph that TensorRT is to build: of the precision that is asked for, from what the model folder has."""

from __future__ import annotations

from collections.abc import Mapping

from reloc.backends.backend import AUTO, FLOAT16, FLOAT32, INT8
from reloc.errors import BackendError
from reloc.models.model import Model


def precisions_of(model: Model) -> Mapping[str, str]:
    """What a model can be built in, the best first, each with the reason."""
    of = {p: f"the file {file.name}" for p, file in model.files.items()}
    if set(of) & {FLOAT16, FLOAT32}:
        of.setdefault(FLOAT16, "made from the float32 file")
        of.setdefault(FLOAT32, "made from the float16 file, exactly")
    ranked = {
        FLOAT16: "Tensor Cores, nothing noticeable is lost",
        FLOAT32: "the reference",
        INT8: "calibrated on the map; has to be asked for",
    }
    return {p: f"{why}; {of[p]}" for p, why in ranked.items() if p in of}


def graph_of(model: Model, precision: str) -> tuple[str, bytes]:
    """The precision, and the ONNX graph in it. Float16 and float32 are made from each other where one is missing.

    Raises:
        BackendError: TensorRT has no such precision, or the model no file for it.
    """
    there = precisions_of(model)
    if precision == AUTO:
        precision = next(iter(there))
    if precision not in there:
        fix = f"It can in {', '.join(there)}." + (
            " `reloc export --int8` makes a file for int8" if precision == INT8 else ""
        )
        raise BackendError(f"TensorRT cannot run {model.name} in {precision}", fix)
    if precision in model.files:
        return precision, model.file(precision).read_bytes()
    import onnx

    from reloc.models.precision import to_float16, to_float32

    graph = onnx.load_from_string(model.file(model.base).read_bytes())
    converted = to_float16(graph) if precision == FLOAT16 else to_float32(graph)
    # Deterministic: the engine's cache knows a graph by its bytes.
    return precision, bytes(converted.SerializeToString(deterministic=True))
