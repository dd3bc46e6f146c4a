"""Which references of a map see which landmarks, as a sparse matrix."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from reloc.maps.reference_map import ReferenceMap


def sees(reference_map: ReferenceMap, dtype: type[np.generic]) -> csr_matrix:
    """Return (N, L) 1 where a reference sees a landmark. It is filled row by row, so nothing larger is in memory."""
    ids = [np.unique(reference_map.landmark_ids(i)) for i in range(len(reference_map))]
    ids = [one[one >= 0].astype(np.int32) for one in ids]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in ids])]).astype(np.int32)
    columns = np.concatenate([np.zeros(0, np.int32), *ids])
    shape = (len(ids), len(reference_map.landmarks))
    return csr_matrix((np.ones(len(columns), dtype), columns, starts), shape=shape)
