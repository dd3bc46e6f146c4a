"""Store an index of noise: it takes as long to open and to read as one of images, and its making takes seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reloc.compact_index import sizes
from reloc.compact_index.form import IndexArrays
from reloc.maps.building import arrays

_WIDTH = 8192  # of VLAD
_QUERIES = 50


def store(count: int, read: float, compared: int, folder: Path) -> dict[str, Any]:
    """Store ``count`` references in ``folder``: descriptors are a file without blocks, short ones are noise.

    Args:
        read: a search reads this share of the lists.
        compared: and compares this many candidates in full.
    """
    folder.mkdir(parents=True)
    rng, lists = np.random.default_rng(0), sizes.lists(count)
    with open(folder / "descriptors.npy", "wb") as stream:
        head = {"descr": "|i1", "fortran_order": False, "shape": (count, _WIDTH)}
        np.lib.format.write_array_header_1_0(stream, head)
        stream.truncate(stream.tell() + count * _WIDTH)
    found = IndexArrays(
        projection=rng.standard_normal((_WIDTH, sizes.ROW), dtype=np.float32),
        steps=np.full(sizes.ROW, 1e-3, np.float32),
        centers=rng.standard_normal((lists, sizes.ROW), dtype=np.float32),
        offsets=np.linspace(0, count, lists + 1).astype(np.int64),
        references=rng.permutation(count).astype(np.uint32),
        lengths=np.ones(count, np.float32),
        lists_read=max(1, round(read * lists)),
        compared=compared,
        recall=0.0,
    )
    arrays.store(folder, "index", found.to_arrays())
    target = folder / "compiled" / "index" / "rows.npy"
    with arrays.rows_of_array(target, (count, sizes.ROW), np.uint8) as write:
        for start in range(0, count, 1 << 14):
            rows = min(1 << 14, count - start)
            write(np.frombuffer(rng.bytes(rows * sizes.ROW), np.uint8).reshape(rows, -1))
    queries = rng.standard_normal((_QUERIES, _WIDTH), dtype=np.float32)
    np.savez(folder / "queries.npz", queries=queries, nearest=np.zeros((_QUERIES, 30), np.int64))
    return {"references": count, "build_s": float("nan")}
