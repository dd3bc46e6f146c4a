"""Features that a network finds: an image of any size into its input, its answers out."""

from __future__ import annotations

import logging

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.backends.choice import open_session
from reloc.datatypes import Float32, UInt8
from reloc.errors import ModelFormatError
from reloc.features.descriptors import as_signed_bytes
from reloc.models.model import Model

IMAGE = "image"
ANSWERS = ("pixel", "shift", "score", "descriptor", "place")
_LOG = logging.getLogger(__name__)


class FeatureNetwork:
    """A warm network. Not to be called from two threads at once.

    Raises:
        ModelFormatError: the model takes or gives something else than an image's features.
        BackendError: nothing here can run it.
    """

    def __init__(self, model: Model, backend: str = "auto", precision: str = "auto") -> None:
        self.model = model
        self.width, self.place_width = _check(model)
        self._session = open_session(model, backend, precision, batch_sizes=(1,), log=_LOG.info)
        self._input: UInt8 = self._session.buffers(1)[IMAGE][0]
        self.max_side = max(self._input.shape)

    def look(self, gray: UInt8) -> tuple[Float32, Float32, NDArray[np.int8], Float32]:
        """Key points (N, 2) of an image (H, W) in its own pixels, strongest first, scores (N,), descriptors (N, D),
        and the global descriptor (G,).

        Numbers that are none are left out: a key point with one is no key point.
        """
        height, width = self._input.shape
        shrink = min(1.0, height / gray.shape[0], width / gray.shape[1])
        small = gray
        if shrink < 1.0:
            size = (max(1, round(gray.shape[1] * shrink)), max(1, round(gray.shape[0] * shrink)))
            small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
        rows, columns = small.shape
        self._input[:rows, :columns] = small
        # Repeated borders have no corners of their own, unlike black ones.
        self._input[:rows, columns:] = small[:, -1:]
        self._input[rows:] = self._input[rows - 1]
        answer = self._session.run(1)
        uv: Float32 = answer["pixel"][0].astype(np.float32) + answer["shift"][0]
        score, descriptor = answer["score"][0], answer["descriptor"][0]
        good = (score > 0) & np.isfinite(uv).all(axis=1) & np.isfinite(descriptor).all(axis=1)
        good &= (uv[:, 0] <= columns - 1) & (uv[:, 1] <= rows - 1)
        kept = np.flatnonzero(good)[np.argsort(-score[good], kind="stable")]
        scale = np.array([gray.shape[1] / columns, gray.shape[0] / rows], np.float32)
        place = np.nan_to_num(answer["place"][0])
        return (
            ((uv[kept] + 0.5) * scale - 0.5).astype(np.float32), score[kept].astype(np.float32),
            as_signed_bytes(descriptor[kept]), place.astype(np.float32),
        )  # fmt: skip

    def close(self) -> None:
        """Give the session back."""
        self._session.close()


def _check(model: Model) -> tuple[int, int]:
    """Lengths of its descriptors and of its global descriptor."""
    takes = [spec for spec in model.inputs if spec.name == IMAGE and spec.dtype == "uint8" and len(spec.shape) == 3]
    gives = {spec.name: spec.shape for spec in model.outputs}
    if len(takes) != 1 or len(model.inputs) != 1 or set(gives) != set(ANSWERS):
        raise ModelFormatError(
            f"{model.path} is no network of local features: it takes {', '.join(map(str, model.inputs))} and gives "
            f"{', '.join(map(str, model.outputs))}",
            f"It must take one gray image uint8 and give {', '.join(ANSWERS)}; `reloc train points` makes one",
        )
    width, place = gives["descriptor"][-1], gives["place"][-1]
    assert width is not None
    assert place is not None
    return width, place
