"""Files of the cache of TensorRT engines; no GPU is needed to read their headers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fuzz.target import Target
from reloc.backends.tensorrt.checked_file import CheckedFile

KEY = {"model": "a" * 64, "precision": "float16", "batch_sizes": [1, 4], "gpu": "H200", "version": "11.0"}


class EngineCache(Target):
    """A whole one."""

    name = "engine_cache"
    allowed = (ValueError,)  # what is documented: the engine is then built again

    def open(self, folder: Path) -> None:
        """Write it."""
        self._file = CheckedFile(folder / "engine", "engine")
        self._file.write(KEY, bytes(range(64)))
        self._seed = self._file.path.read_bytes()

    def seeds(self) -> Sequence[bytes]:
        """It."""
        return [self._seed]

    def run(self, data: bytes) -> None:
        """Read it."""
        self._file.path.write_bytes(data)
        self._file.read(KEY)


TARGET = EngineCache()
