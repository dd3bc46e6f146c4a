"""From a torch network to an ONNX graph in float32 with a free batch size."""

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

OPSET = 18  # read by TensorRT 10 and 11, OpenVINO and ONNX Runtime alike
_TYPES = {"uint8": torch.uint8, "float32": torch.float32, "int64": torch.int64}


def to_onnx(network: nn.Module, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> bytes:
    """The network as an ONNX file. It is called with the inputs in order and returns the outputs in order, as a tuple.

    Torch's older exporter is used: for these networks it writes the plainer graph, folds batch normalisation into
    convolutions, and needs no further package. The newer one computes with shapes at run time, which engines that
    are built for fixed shapes have to remove again.

    Raises:
        ExportError: torch cannot export it, or gives other outputs than are named.
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
            warnings.simplefilter("ignore")  # that it is the older one, and what it traces
            torch.onnx.export(network, example, stream, dynamo=False, opset_version=OPSET, **options)
    except (RuntimeError, TypeError, torch.onnx.errors.OnnxExporterError) as error:
        why = " ".join(str(error).split())[:400]
        fix = "Write it with operations that ONNX has; requirements/training.txt names the torch that was tested"
        raise ExportError(f"torch {torch.__version__} cannot export the network: {why}", fix) from error
    return stream.getvalue()
