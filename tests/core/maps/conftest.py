"""Maps of the tiny world, built once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.tiny_world import build_tiny_map

from reloc.maps.reference_map import ReferenceMap


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with triangulated landmarks, not to be changed."""
    return build_tiny_map(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_map(tiny_path: Path) -> ReferenceMap:
    """The same, opened."""
    return ReferenceMap.open(tiny_path)


@pytest.fixture
def copied(tiny_path: Path, tmp_path: Path) -> Path:
    """A copy of the map, to be broken."""
    return Path(shutil.copytree(tiny_path, tmp_path / "copy.map"))
