"""Runs ExReNet's encoder: features of one image."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from reloc.backends.choice import open_session
from reloc.datatypes import Float32, Lost, Query, UInt8
from reloc.geometry.cameras import Camera
from reloc.localizers._network_view import show
from reloc.localizers._pair_models import IMAGE, PairModels
from reloc.preprocessing import Preprocess


class ImageEncoder:
    """A warm encoder. Not to be called from two threads at once.

    Raises:
        BackendError: nothing here can run it.
    """

    def __init__(self, models: PairModels, backend: str = "auto", precision: str = "auto") -> None:
        self.models = models
        self._preprocess = Preprocess(models.camera)
        log = logging.getLogger(__name__).info
        self._session = open_session(models.encoder, backend, precision, batch_sizes=(1,), log=log)
        self._input: UInt8 = self._session.buffers(1)[IMAGE]

    def show(self, query: Query, min_coverage: float) -> float | Lost:
        """Put a query's image before it; see :func:`reloc.localizers._network_view.show`."""
        return show(query, self._preprocess, min_coverage, self._input[0])

    def run(self) -> Mapping[str, Float32]:
        """Features of what was shown last, by name, (1, ...) each; valid until the next run."""
        return self._session.run(1)

    def features(self, image: UInt8, camera: Camera) -> Mapping[str, Float32]:
        """The same of an image (H, W, 3) RGB of any camera, say a reference.

        Raises:
            ImageError, CameraError: as :meth:`reloc.preprocessing.Preprocess.into`.
        """
        self._preprocess.into(image, camera, self._input[0])
        return self.run()

    def close(self) -> None:
        """Give the session back."""
        self._session.close()
