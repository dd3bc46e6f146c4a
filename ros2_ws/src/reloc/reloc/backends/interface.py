"""Compare a model's declared inputs and outputs with those of its ONNX file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reloc.errors import ModelInputError
from reloc.models.model import Model
from reloc.models.tensor import TensorSpec

Found = tuple[str, str, Sequence[int | None]]  # name, numpy's type, shape with None for a free axis


def check_interface(model: Model, inputs: Iterable[Found], outputs: Iterable[Found]) -> None:
    """Compare names, types and shapes.

    Raises:
        ModelInputError: they differ.
    """
    _check(model, "takes", model.inputs, inputs)
    _check(model, "gives", model.outputs, outputs)


def _check(model: Model, verb: str, specs: Sequence[TensorSpec], found: Iterable[Found]) -> None:
    there = {name: (dtype, tuple(shape)) for name, dtype, shape in found}
    fix = f"{model.path / 'model.json'} and the ONNX file are not of the same export: export the model again"
    if missing := [spec.name for spec in specs if spec.name not in there]:
        raise ModelInputError(f"{model.name} {verb} {', '.join(there)}, but no {missing[0]}", fix)
    if more := sorted(set(there) - {spec.name for spec in specs}):
        raise ModelInputError(f"{model.name} {verb} {more[0]}, which model.json does not name", fix)
    for spec in specs:
        dtype, shape = there[spec.name]
        same = len(shape) == len(spec.shape) and all(
            a is None or b is None or a == b for a, b in zip(shape, spec.shape, strict=True)
        )
        if dtype != spec.dtype or not same:
            seen = " x ".join("any" if n is None else str(n) for n in shape)
            raise ModelInputError(f"{model.name} {verb} {spec.name} {dtype} {seen}, not {spec}", fix)


def check_batch_sizes(model: Model, batch_sizes: Sequence[int], found: Iterable[Found]) -> tuple[int, ...]:
    """Return the batch sizes, each once, in order.

    Raises:
        ModelInputError: there are none, one is below 1, or the file does not take one.
    """
    sizes = tuple(sorted(set(batch_sizes)))
    if not sizes or sizes[0] < 1:
        raise ModelInputError(f"Batches of {list(batch_sizes)} are not possible", "Give sizes of 1 or more")
    for name, _, shape in found:
        if shape and shape[0] is not None and sizes != (shape[0],):
            fix = f"Use batches of {shape[0]}, or export it with a free batch size"
            raise ModelInputError(f"{model.name} takes {name} in batches of {shape[0]}, not {list(sizes)}", fix)
    return sizes
