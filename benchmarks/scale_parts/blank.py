"""Store an index of noise: it takes as long to open and to read as one of images, and its making takes seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reloc.compact_index import sizes
from reloc.compact_index.form import IndexArrays
from reloc.compact_index.rotation import Rotation
from reloc.maps.building import arrays

_WIDTH = 8192  # of VLAD
_QUERIES = 50


def store(count: int, read: int, compared: int, folder: Path) -> dict[str, Any]:
    """Store ``count`` references in ``folder``: descriptors are a file without blocks, short ones are noise.

    Args:
        read: the second step of a search reads this many references.
        compared: this many candidates are compared in full.
    """
    folder.mkdir(parents=True)
    rng, rotation = np.random.default_rng(0), Rotation.of(_WIDTH)
    width = (sizes.FIRST + _WIDTH) // 8
    with open(folder / "descriptors.npy", "wb") as stream:
        head = {"descr": "|i1", "fortran_order": False, "shape": (count, _WIDTH)}
        np.lib.format.write_array_header_1_0(stream, head)
        stream.truncate(stream.tell() + count * _WIDTH)
    found = IndexArrays(
        flips=rotation.flips,
        projection=rng.standard_normal((_WIDTH, sizes.FIRST), dtype=np.float32),
        lengths=np.ones(count, np.float32),
        read=read,
        compared=compared,
        recall=0.0,
    )
    arrays.store(folder, "index", found.to_arrays())
    target = folder / "compiled" / "index" / "rows.npy"
    with arrays.rows_of_array(target, (count, width), np.uint8) as write:
        for start in range(0, count, 1 << 14):
            rows = min(1 << 14, count - start)
            write(np.frombuffer(rng.bytes(rows * width), np.uint8).reshape(rows, -1))
    queries = rng.standard_normal((_QUERIES, _WIDTH), dtype=np.float32)
    np.savez(folder / "queries.npz", queries=queries, nearest=np.zeros((_QUERIES, 30), np.int64))
    return {"references": count, "build_s": float("nan")}
