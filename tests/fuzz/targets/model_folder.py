"""A model's folder, opened by a backend: the ONNX file is broken, its hash made to fit."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from support.graphs import SIDE
from support.onnx_models import small_model

from fuzz.targets._folder import FolderTarget
from reloc.backends.choice import open_session
from reloc.backends.feeding import answer
from reloc.models.model import HEAD, Model


class ModelFolder(FolderTarget):
    """Run by ONNX Runtime, on the processor."""

    cost = 20
    name, needs, backend = "model_folder", "onnxruntime", "onnxruntime"

    def make(self, folder: Path) -> None:
        """Write it."""
        small_model(folder, "float32")

    def changed(self, path: str) -> None:
        """Make ``model.json`` list the file as it is now."""
        if path == HEAD or not (self.folder / path).is_file():
            return
        values = json.loads(self.valid[HEAD])
        for file in values["files"].values():
            if file["file"] == path:
                content = (self.folder / path).read_bytes()
                file |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        (self.folder / HEAD).write_text(json.dumps(values))

    def run(self, data: bytes) -> None:
        """See :class:`FolderTarget`."""
        try:
            super().run(data)
        finally:
            (self.folder / HEAD).write_bytes(self.valid[HEAD])

    def read(self, folder: Path) -> None:
        """Open, and answer once."""
        session = open_session(Model.open(folder), self.backend, "float32", (1,))
        answer(session, {"image": np.zeros((1, SIDE, SIDE, 3), np.uint8)})


TARGET = ModelFolder()
