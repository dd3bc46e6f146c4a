"""Two processes that add to one map at once: one writes, the other is refused, and the map is whole."""

from __future__ import annotations

import multiprocessing
import shutil
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from support.drives import beside, frames
from support.tiny_world import small_map

from reloc.errors import MapError
from reloc.maps.drives import drives_of
from reloc.maps.editing.add_drive import add_frames
from reloc.maps.reference_map import ReferenceMap


def _add(folder: Path, drive: str, begun: Event, go: Event, told: Connection) -> None:
    def wait(step: str, done: int, total: int) -> None:
        begun.set()
        assert go.wait(120.0)

    try:
        add_frames(ReferenceMap.open(folder), frames(beside()[:2]), drive, {}, wait)
    except MapError as error:
        told.send(str(error))
    else:
        told.send("")


def test_the_second_is_refused_and_the_first_finishes(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_map(), tmp_path / "m.map"))
    context = multiprocessing.get_context("spawn")
    begun, go = context.Event(), context.Event()
    ours, its = context.Pipe()
    other = context.Process(target=_add, args=(folder, "monday", begun, go, its))
    other.start()
    try:
        assert begun.wait(120.0)
        opened = ReferenceMap.open(folder)  # the other process holds it, and readers need no lock
        with pytest.raises(MapError, match=r"Another process writes to .*Wait until it has finished"):
            add_frames(opened, frames(beside()[:2]), "tuesday", {})
        assert len(ReferenceMap.open(folder, verify=True)) == 12
        go.set()
        assert ours.poll(120.0)
        assert ours.recv() == ""
    finally:
        go.set()
        other.join(120.0)
    add_frames(ReferenceMap.open(folder), frames(beside()[:2]), "tuesday", {})
    now = ReferenceMap.open(folder, verify=True)
    assert [(d.name, d.references) for d in drives_of(now.manifest)][1:] == [("monday", 2), ("tuesday", 2)]
