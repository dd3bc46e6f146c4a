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

# Names of a model's input and outputs; docs/xfeat.md says what each means. The global descriptor may be absent.
IMAGE_INPUT = "image"
POINT_OUTPUTS = ("pixel", "shift", "score", "descriptor")
PLACE_OUTPUT = "place"
_LOG = logging.getLogger(__name__)


class FeatureNetwork:
    """A warm network. Not to be called from two threads at once.

    Raises:
        ModelFormatError: the model takes or gives something else than an image's features.
        BackendError: nothing here can run it.
    """

    def __init__(self, model: Model, backend: str = "auto", precision: str = "auto") -> None:
        self.model = model
        self.width = _check(model)
        self._session = open_session(model, backend, precision, batch_sizes=(1,), log=_LOG.info)
        self._input: UInt8 = self._session.buffers(1)[IMAGE_INPUT][0]
        self.max_side = max(self._input.shape)

    def look(self, gray: UInt8) -> tuple[Float32, Float32, NDArray[np.int8], Float32 | None]:
        """Key points (N, 2) of an image (H, W) in its own pixels, strongest first, scores (N,), descriptors (N, D),
        and the global descriptor (G,), or None if the network gives none.

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
        place = np.nan_to_num(answer[PLACE_OUTPUT][0]).astype(np.float32) if PLACE_OUTPUT in answer else None
        return (
            ((uv[kept] + 0.5) * scale - 0.5).astype(np.float32), score[kept].astype(np.float32),
            as_signed_bytes(descriptor[kept]), place,
        )  # fmt: skip

    def close(self) -> None:
        """Give the session back."""
        self._session.close()


def _check(model: Model) -> int:
    """Return the length of its descriptors."""
    takes = [spec for spec in model.inputs if (spec.name, spec.dtype, len(spec.shape)) == (IMAGE_INPUT, "uint8", 3)]
    gives = {spec.name: spec.shape for spec in model.outputs}
    whole = set(gives) - {PLACE_OUTPUT} == set(POINT_OUTPUTS) and len(gives["descriptor"]) == 3
    width = gives["descriptor"][-1] if whole else None
    if len(takes) != 1 or len(model.inputs) != 1 or width is None:
        raise ModelFormatError(
            f"{model.path} is no network of local features: it takes {', '.join(map(str, model.inputs))} and gives "
            f"{', '.join(map(str, model.outputs))}",
            f"It must take one gray image uint8 and give {', '.join(POINT_OUTPUTS)}; `reloc train points` and "
            "`reloc models import` make one",
        )
    return width
