"""What an engine was built from and for. TensorRT's engines run nowhere else, and TensorRT does not always notice."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

_WORDS = {
    "model_sha256": "the model",
    "precision": "the precision",
    "batch_sizes": "the batch sizes",
    "gpu": "the GPU",
    "compute_capability": "the compute capability",
    "tensorrt": "TensorRT",
    "machine": "the machine",
    "optimization_level": "the optimisation level",
    "workspace_mb": "the workspace",
}


@dataclass(frozen=True, slots=True)
class Platform:
    """Where an engine runs. Times of kernels, which TensorRT remembers between builds, hold there, too."""

    gpu: str  # as CUDA names it
    compute_capability: str  # "8.7"
    tensorrt: str  # "10.13.3.9"
    machine: str = field(default_factory=lambda: f"{platform.system()} {platform.machine()}")

    def to_json(self) -> dict[str, Any]:
        """The key as JSON has it."""
        return asdict(self)

    @property
    def file_name(self) -> str:
        """Of the file with kernels' times."""
        return f"{_plain(self.gpu)}.times"


@dataclass(frozen=True, slots=True)
class EngineKey:
    """An engine is taken from the cache only if all of this is the same."""

    model_name: str  # for the file's name; the hash is what counts
    model_sha256: str  # of the ONNX file that the engine was built from
    precision: str
    batch_sizes: tuple[int, ...]
    platform: Platform
    optimization_level: int
    workspace_mb: int

    def to_json(self) -> dict[str, Any]:
        """The key as JSON has it, without the name: a model may be renamed."""
        return {
            "model_sha256": self.model_sha256,
            "precision": self.precision,
            "batch_sizes": list(self.batch_sizes),
            **self.platform.to_json(),
            "optimization_level": self.optimization_level,
            "workspace_mb": self.workspace_mb,
        }

    @property
    def file_name(self) -> str:
        """Names the model, its content, the precision, the batch sizes and the GPU.

        Not TensorRT's version: an engine of an older one is found under the same name, and replaced.
        """
        batches = "-".join(str(b) for b in self.batch_sizes)
        parts = (self.model_name, self.model_sha256[:12], self.precision, f"b{batches}", self.platform.gpu)
        return ".".join(_plain(part) for part in parts) + ".engine"


def difference(mine: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """In words, how the key of a file (``other``) differs from one's own; empty if it does not."""
    return ", ".join(
        f"{_WORDS.get(name, name)} was {_short(other.get(name))}, is {_short(value)}"
        for name, value in mine.items()
        if other.get(name) != value
    )


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "_", text).strip("_")


def _short(value: Any) -> str:
    text = ", ".join(str(v) for v in value) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= 40 else f"{text[:12]}..."
