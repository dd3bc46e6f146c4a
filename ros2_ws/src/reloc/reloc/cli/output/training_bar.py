"""Show training on a terminal: a bar with the latest loss, and lines above it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TextIO

from tqdm import tqdm

from reloc.training.listener import Listener


class TrainingBar(Listener):
    """A bar on a terminal; elsewhere only the lines."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bar: Any = None

    def step(self, done: int, total: int, figures: Mapping[str, float]) -> None:
        """Move the bar."""
        if not self._stream.isatty():
            return
        if self._bar is None:
            self._bar = tqdm(total=total, initial=done - 1, desc="steps", unit="step", file=self._stream)
        self._bar.set_postfix({"loss": f"{figures['loss']:.4g}"} if "loss" in figures else {}, refresh=False)
        self._bar.update(done - self._bar.n)

    def say(self, text: str) -> None:
        """Write a line above the bar."""
        if self._bar is not None:
            self._bar.write(text, file=self._stream)
        else:
            print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()
