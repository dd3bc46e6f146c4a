"""Runs ExReNet's pair head: a query against several references in one batch."""

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
    """A warm head. Not to be called from two threads at once.

    Batches are all of one size, for which engines are built: where there are fewer candidates, the rest of the batch
    holds what was there before, and its answers are left out.

    Raises:
        BackendError: nothing here can run it.
    """

    def __init__(
        self, models: PairModels, references: Encodings, batch: int, backend: str = "auto", precision: str = "auto"
    ) -> None:
        self._references, self._batch = references, batch
        log = logging.getLogger(__name__).info
        self._session = open_session(models.head, backend, precision, batch_sizes=(batch,), log=log)
        self._inputs = self._session.buffers(batch)

    def compare(self, query: Mapping[str, Float32], indices: Sequence[int]) -> Mapping[str, NDArray[Any]]:
        """What the head says of the query and each reference, by name; at most as many as the batch holds.

        The first rows are those of ``indices``, in their order. Valid until the next call.

        Args:
            query: its features, by name, (1, ...) each.
            indices: of the references, in the map.
        """
        for name, features in query.items():
            self._inputs[QUERY_PREFIX + name][...] = features
            stored, into = self._references.arrays[name], self._inputs[REFERENCE_PREFIX + name]
            for row, index in enumerate(indices):
                into[row] = stored[index]
        return self._session.run(self._batch)
