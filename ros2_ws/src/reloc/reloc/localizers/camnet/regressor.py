"""Run one of CamNet's pose regressors."""

from __future__ import annotations

import logging

import numpy as np

from reloc.backends.choice import open_session
from reloc.datatypes import Float32
from reloc.localizers.camnet.models import POSE, QUERY, REFERENCE
from reloc.localizers.camnet.stages import Features
from reloc.models.model import Model


class PoseRegressor:
    """A warm regressor. Do not call it from two threads at once.

    All batches have one size, for which engines are built. A smaller batch keeps old values in its rest, whose answers
    are ignored. More pairs take several runs.

    Raises:
        BackendError: no backend here can run it.
    """

    def __init__(self, model: Model, batch: int, backend: str = "auto", precision: str = "auto") -> None:
        self._batch = batch
        log = logging.getLogger(__name__).info
        self._session = open_session(model, backend, precision, batch_sizes=(batch,), log=log)
        self._inputs = self._session.buffers(batch)

    def __call__(self, references: Features, query: Features) -> Float32:
        """Return poses (K, 7), ref_from_query, of the features of K references (K, F) and of the query (F,)."""
        parts = []
        for begin in range(0, len(references), self._batch):
            some = references[begin : begin + self._batch]
            self._inputs[REFERENCE][: len(some)] = some
            self._inputs[QUERY][...] = query
            parts.append(np.array(self._session.run(self._batch)[POSE][: len(some)]))
        return np.concatenate(parts) if parts else np.zeros((0, 7), np.float32)
