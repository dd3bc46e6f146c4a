"""A file of published weights, as `reloc models import --weights` reads it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path

from fuzz.target import Target


class PublishedWeights(Target):
    """Of a network of one layer, which has the same reader."""

    name, needs = "published_weights", "torch"

    def open(self, folder: Path) -> None:
        """Make one."""
        import torch

        self._file = folder / "weights.pt"
        self._net = torch.nn.Linear(3, 2)
        warnings.simplefilter("ignore")  # torch's, of odd pickles

    def seeds(self) -> Sequence[bytes]:
        """As torch writes it now, and as it did before."""
        import torch

        found = []
        for zipped in (True, False):
            stream = io.BytesIO()
            torch.save(self._net.state_dict(), stream, _use_new_zipfile_serialization=zipped)
            found.append(stream.getvalue())
        return found

    def run(self, data: bytes) -> None:
        """Load it."""
        from reloc.training.published.weights_file import load_weights

        self._file.write_bytes(data)
        load_weights(self._net, self._file)


TARGET = PublishedWeights()
