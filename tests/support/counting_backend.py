"""A backend of one's own, named by its dotted path: it runs networks by ONNX Runtime and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reloc.backends.backend import Availability
from reloc.backends.onnxruntime.backend import OnnxRuntime, OnnxRuntimeConfig
from reloc.errors import UnsupportedOperatorError
from reloc.models.model import Model


class CountingBackend:
    """What it was told, and how often its sessions ran. ``lacks`` is an operator that it pretends to lack."""

    name = "counting"
    Config = OnnxRuntimeConfig
    lacks = ""
    runs: dict[int, int]

    @classmethod
    def availability(cls) -> Availability:
        return Availability(True, "counts", device="GPU of a test")

    @classmethod
    def precisions(cls, model: Model) -> Mapping[str, str]:
        return {"float32": "it counts in that"}

    @classmethod
    def open(cls, model: Model, config: Any = None, **options: Any) -> Any:
        if cls.lacks:
            raise UnsupportedOperatorError(f"It has no operator {cls.lacks}")
        cls.runs = {}
        cls.config = config
        return _Counting(OnnxRuntime.open(model, config, **options), cls.runs)


class _Counting:
    def __init__(self, session: Any, runs: dict[int, int]) -> None:
        self._session, self._runs = session, runs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run(self, batch: int) -> Any:
        self._runs[batch] = self._runs.get(batch, 0) + 1
        return self._session.run(batch)


PLUGIN = CountingBackend
