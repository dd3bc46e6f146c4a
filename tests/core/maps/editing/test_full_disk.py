"""A disk that is full at any write of `map add`: the map stays as it was, and the same call continues."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from support.drives import beside, frames
from support.tiny_world import small_map

from reloc.errors import MapError
from reloc.maps.editing.add_drive import add_frames
from reloc.maps.reference_map import ReferenceMap


def _add(folder: Path) -> None:
    add_frames(ReferenceMap.open(folder), frames(beside()[:2]), "tuesday", {})


def test_at_any_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(small_map(), tmp_path / "m.map"))
    before = ReferenceMap.open(folder).content_hash
    replace, left = Path.replace, [0]

    def until_full(draft: Path, target: Path) -> Path:
        if left[0] == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        left[0] -= 1
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", until_full)  # every file is written as a draft, which gets its name at last
    for room in (0, 1, 3, 6, 10):
        left[0] = room
        with pytest.raises(MapError, match=r"No space left on device.*\. The map is as it was"):
            _add(folder)
        assert ReferenceMap.open(folder, verify=True).content_hash == before
    monkeypatch.undo()
    _add(folder)
    assert len(ReferenceMap.open(folder, verify=True)) == 14
    assert not list(tmp_path.glob("*.partial"))
