"""Run ExReNet's pair head: a query against several references in one batch."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from reloc.backends.choice import open_session
from reloc.datatypes import Float32
from reloc.localizers.exrenet.models import QUERY_PREFIX, REFERENCE_PREFIX, PairModels
from reloc.localizers.networked.reference_encodings import Encodings


class PairHead:
    """A warm head. Do not call it from two threads at once.

    All batches have one size, for which engines are built. A smaller batch keeps old values in its rest, whose answers
    are ignored.

    Raises:
        BackendError: no backend here can run it.
    """

    def __init__(
        self, models: PairModels, references: Encodings, batch: int, backend: str = "auto", precision: str = "auto"
    ) -> None:
        self._references, self._batch = references, batch
        log = logging.getLogger(__name__).info
        self._session = open_session(models.head, backend, precision, batch_sizes=(batch,), log=log)
        self._inputs = self._session.buffers(batch)

    def compare(self, query: Mapping[str, Float32], indices: Sequence[int]) -> Mapping[str, NDArray[Any]]:
        """Return the head's outputs for the query and each reference, by name; at most as many as the batch holds.

        The first rows are those of ``indices``, in their order. Valid until the next call.

        Args:
            query: its features, by name, (1, ...) each.
            indices: the references' numbers in the map.
        """
        for name, features in query.items():
            self._inputs[QUERY_PREFIX + name][...] = features
            stored, into = self._references.arrays[name], self._inputs[REFERENCE_PREFIX + name]
            for row, index in enumerate(indices):
                into[row] = stored[index]
        return self._session.run(self._batch)
