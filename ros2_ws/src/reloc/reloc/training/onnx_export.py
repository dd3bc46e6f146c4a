"""Export a torch network as a float32 ONNX graph with a free batch size."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from reloc.errors import ExportError
from reloc.models.tensor import TensorSpec

OPSET = 18  # read by TensorRT 10 and 11, OpenVINO and ONNX Runtime
_TYPES = {"uint8": torch.uint8, "float32": torch.float32, "int64": torch.int64}


def to_onnx(network: nn.Module, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> bytes:
    """Return the network as an ONNX file. It is called with the inputs in order and returns the outputs in order, as a
    tuple.

    Torch's older exporter is used. For these networks it writes the simpler graph, folds batch normalization into
    convolutions, and needs no further package. The newer one computes with shapes at run time, which engines for fixed
    shapes must remove again.

    Raises:
        ExportError: torch cannot export it, or the outputs differ from the names.
    """
    network = copy.deepcopy(network).cpu().float().eval().to(memory_format=torch.contiguous_format)
    example = tuple(torch.zeros([2 if n is None else n for n in s.shape], dtype=_TYPES[s.dtype]) for s in inputs)
    with torch.no_grad():
        given = network(*example)
    shapes = [tuple(tensor.shape) for tensor in given]
    wanted = [tuple(2 if n is None else n for n in s.shape) for s in outputs]
    if shapes != wanted:
        raise ExportError(f"The network gives outputs of shapes {shapes}, not {wanted}", "Name them as they are")
    options: dict[str, Any] = {
        "input_names": [s.name for s in inputs],
        "output_names": [s.name for s in outputs],
        "dynamic_axes": {s.name: {i: "batch" for i, n in enumerate(s.shape) if n is None} for s in (*inputs, *outputs)},
    }
    stream = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings that it is the older exporter, and about tracing
            torch.onnx.export(network, example, stream, dynamo=False, opset_version=OPSET, **options)
    except (RuntimeError, TypeError, torch.onnx.errors.OnnxExporterError) as error:
        why = " ".join(str(error).split())[:400]
        fix = "Write it with operations that ONNX has; requirements/training.txt names the tested torch"
        raise ExportError(f"torch {torch.__version__} cannot export the network: {why}", fix) from error
    return stream.getvalue()
