"""Compare a file's answers with those of the trained network, in the task's units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from reloc.backends.onnxruntime.backend import OnnxRuntime, OnnxRuntimeConfig
from reloc.datatypes import Float32
from reloc.models.model import Model

Batch = Mapping[str, np.ndarray]  # by name of the input
Answers = Mapping[str, Float32]  # by name of the output
# Takes the answers of the network and of the file, returns their differences.
Compare = Callable[[Answers, Answers], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Parity:
    """The largest differences of one file over real inputs."""

    precision: str  # precision of the file
    arithmetic: str  # in which it was run
    differences: dict[str, float]
    limits: dict[str, float]

    @property
    def holds(self) -> bool:
        """Whether all are within their limits; NaN is not."""
        return all(self.differences[name] <= limit for name, limit in self.limits.items())


def answers_of(network: nn.Module, batches: Sequence[Batch], names: Sequence[str]) -> list[dict[str, Float32]]:
    """Return the network's own answers in float32."""
    with torch.no_grad():
        given = [network(*(torch.from_numpy(np.asarray(value)) for value in batch.values())) for batch in batches]
    return [dict(zip(names, (tensor.numpy() for tensor in tensors), strict=True)) for tensors in given]


def measure(
    model: Model, precision: str, batches: Sequence[Batch], answers: Sequence[Answers], compare: Compare,
    limits: Mapping[str, float],
) -> Parity:  # fmt: skip
    """Run a model's file with ONNX Runtime on the CPU, and compare. All batches have the same size.

    In float16, values between operators are rounded to float16 as on a GPU, so overflows appear here, too.
    """
    size = len(next(iter(batches[0].values())))
    config = OnnxRuntimeConfig(provider="cpu")
    session = OnnxRuntime.open(model, config, precision=precision, batch_sizes=(size,), log=lambda text: None)
    largest: dict[str, float] = {}
    try:
        for batch, wanted in zip(batches, answers, strict=True):
            for name, buffer in session.buffers(size).items():
                buffer[...] = batch[name]
            for name, value in compare(wanted, session.run(size)).items():
                largest[name] = float(np.maximum(largest.get(name, 0.0), value))  # NaN stays NaN
        return Parity(precision, session.precision, largest, dict(limits))
    finally:
        session.close()
