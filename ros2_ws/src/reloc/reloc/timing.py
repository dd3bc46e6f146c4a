"""Time the stages of one frame."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class StageClock:
    """Collect milliseconds by stage name, in the order of the stages."""

    def __init__(self) -> None:
        self.stage_ms: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block; a stage that runs twice adds up."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stage_ms[name] = self.stage_ms.get(name, 0.0) + (time.perf_counter() - start) * 1e3

    def split(self, name: str, stage_ms: Mapping[str, float]) -> None:
        """Replace a stage by its parts, and by ``other`` for the rest of its time."""
        whole_ms = self.stage_ms.pop(name)
        for part, ms in stage_ms.items():
            self.stage_ms[part] = self.stage_ms.get(part, 0.0) + ms
        self.stage_ms["other"] = max(0.0, whole_ms - sum(stage_ms.values()))
