"""Open what was stored, and search it, in a process that did nothing else."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import numpy as np

from reloc.compact_index.form import IndexArrays, check_version
from reloc.compact_index.search import CompactIndex
from reloc.maps import compact
from reloc.maps.manifest import FileEntry
from reloc.maps.rows_on_disk import RowsOnDisk
from reloc.retrieval.index import Index
from reloc.retrieval.indexed import IndexedDescriptors
from reloc.retrieval.stored import Searchable

_RANKS = 30


def measure(folder: Path) -> dict[str, Any]:
    """Return milliseconds of processor time, recall, bytes and seconds of the index in a folder."""
    began = time.process_time()
    index, words = _open(folder)
    opened = time.process_time() - began
    with np.load(folder / "queries.npz") as stored:
        queries, nearest = stored["queries"], stored["nearest"]
    for query in queries[:5]:
        index.search(query, _RANKS)
    ms, found = [], []
    for query in queries:
        began = time.process_time()
        candidates = index.search(query, _RANKS)
        ms.append(1e3 * (time.process_time() - began))
        found.append([candidate.index for candidate in candidates])
    return {
        "search": words, "open_s": opened, "p50_ms": float(np.median(ms)), "p99_ms": float(np.quantile(ms, 0.99)),
        "recall_5": _recall(found, nearest, 5), "recall_30": _recall(found, nearest, _RANKS),
        "disk": sum(file.stat().st_size for file in folder.rglob("*.npy")),
        "resident": _most_resident(),
    }  # fmt: skip


def _open(folder: Path) -> tuple[Searchable, str]:
    if not (folder / "compiled").exists():
        return Index(compact.rows_of(np.load(folder / "descriptors.npy"))), "exact"
    place = folder / "compiled" / "index"
    arrays = {file.stem: np.load(file) for file in place.glob("*.npy") if file.stem != "rows"}
    check_version(arrays, str(place))
    rows, descriptors = (_rows(folder, file) for file in (place / "rows.npy", folder / "descriptors.npy"))
    found = IndexArrays.from_arrays(arrays, rows, descriptors.shape[0], str(place))
    words = f"{found.read:,} read again, {found.compared} compared"
    return IndexedDescriptors(CompactIndex(found, rows), descriptors), words


def _rows(folder: Path, file: Path) -> RowsOnDisk:
    return RowsOnDisk(folder, FileEntry(file.relative_to(folder).as_posix(), file.stat().st_size, ""), verify=False)


def _most_resident() -> int:
    """Return the most bytes that this process had in memory. `getrusage` would count the parent before `exec`."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return 1024 * int(found[1])


def _recall(found: list[list[int]], nearest: np.ndarray, ranks: int) -> float:
    pairs = zip(found, nearest[:, :ranks].tolist(), strict=True)
    return float(np.mean([len(set(one[:ranks]) & set(other)) / ranks for one, other in pairs]))
