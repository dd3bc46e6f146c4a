"""``model.json`` of a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from support.onnx_models import small_model

from fuzz.target import Target
from reloc.models.model import HEAD, from_json


class ModelJson(Target):
    """Only the text; the files it lists are the target ``model_folder``."""

    name, needs = "model_json", "onnx"

    def open(self, folder: Path) -> None:
        """Make a model."""
        small_model(folder / "model", "float32")
        self._text = (folder / "model" / HEAD).read_bytes()

    def seeds(self) -> Sequence[bytes]:
        """One."""
        return [self._text]

    def run(self, data: bytes) -> None:
        """Read it, and write it again."""
        found = from_json(data, Path("model"))
        found.to_json(), found.base, found.file(found.base)


TARGET = ModelJson()
