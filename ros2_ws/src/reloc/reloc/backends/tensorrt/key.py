"""Identify the input and the platform of an engine. TensorRT's engines run nowhere else, and TensorRT does not always
notice.
"""

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
    "optimization_level": "the optimization level",
    "workspace_mb": "the workspace",
}


@dataclass(frozen=True, slots=True)
class Platform:
    """The platform of an engine. Kernel times, which TensorRT keeps between builds, are valid for it, too."""

    gpu: str  # CUDA's name
    compute_capability: str  # "8.7"
    tensorrt: str  # "10.13.3.9"
    machine: str = field(default_factory=lambda: f"{platform.system()} {platform.machine()}")

    def to_json(self) -> dict[str, Any]:
        """Return the key as JSON."""
        return asdict(self)

    @property
    def file_name(self) -> str:
        """Return the path of the file with kernel times."""
        return f"{_plain(self.gpu)}.times"


@dataclass(frozen=True, slots=True)
class EngineKey:
    """An engine is taken from the cache only if all of this is equal."""

    model_name: str  # for the file's name; the hash decides
    model_sha256: str  # of the ONNX file that the engine was built from
    precision: str
    batch_sizes: tuple[int, ...]
    platform: Platform
    optimization_level: int
    workspace_mb: int

    def to_json(self) -> dict[str, Any]:
        """Return the key as JSON without the name: a model may be renamed."""
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
        """Return a name from the model, its content, the precision, the batch sizes and the GPU.

        TensorRT's version is left out: an engine of an older version has the same name, and is replaced.
        """
        batches = "-".join(str(b) for b in self.batch_sizes)
        parts = (self.model_name, self.model_sha256[:12], self.precision, f"b{batches}", self.platform.gpu)
        return ".".join(_plain(part) for part in parts) + ".engine"


def difference(mine: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return how the key of a file (``other``) differs from this one as text; empty if it does not."""
    return ", ".join(
        f"{_WORDS.get(name, name)} was {_short(other.get(name))}, now it is {_short(value)}"
        for name, value in mine.items()
        if other.get(name) != value
    )


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "_", text).strip("_")


def _short(value: Any) -> str:
    text = ", ".join(str(v) for v in value) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= 40 else f"{text[:12]}..."
