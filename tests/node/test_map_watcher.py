"""A map that takes the place of the one in use is handed over; one that cannot be used is told of once."""

from __future__ import annotations

import queue
import shutil
from pathlib import Path

from support.tiny_world import build_tiny_map

from reloc.maps import layout
from reloc.maps.reference_map import ReferenceMap
from reloc_node.map_watcher import MapWatcher


def test_a_replaced_map_is_handed_over_and_a_broken_one_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    folder = build_tiny_map(tmp_path / "a", landmarks="none")
    other = build_tiny_map(tmp_path / "b", landmarks="none", retrieval="densevlad")
    came: queue.Queue[ReferenceMap] = queue.Queue()
    told: queue.Queue[str] = queue.Queue()
    watcher = MapWatcher(ReferenceMap.open(folder), came.put, told.put, period_s=0.02)
    try:
        (folder / layout.MANIFEST).write_text("{")
        assert "was written to" in told.get(timeout=20)
        shutil.rmtree(folder)
        shutil.copytree(other, folder)
        assert came.get(timeout=20).content_hash == ReferenceMap.open(other).content_hash
    finally:
        watcher.stop()
    assert came.empty()
