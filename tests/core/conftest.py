from pathlib import Path

import pytest
from support.tiny_world import build_tiny_map
from support.twin_rooms import build_twin_map

from reloc.maps.reference_map import ReferenceMap


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("localizer-maps")


@pytest.fixture(scope="session")
def with_landmarks(tiny_folder: Path) -> ReferenceMap:
    return ReferenceMap.open(build_tiny_map(tiny_folder, "triangulate", "vlad,densevlad"))


@pytest.fixture(scope="session")
def without_landmarks(tiny_folder: Path) -> ReferenceMap:
    return ReferenceMap.open(build_tiny_map(tiny_folder, "none", "vlad,densevlad"))


@pytest.fixture(scope="session")
def twins(tiny_folder: Path) -> ReferenceMap:
    """A map of two rooms that look alike."""
    return build_twin_map(tiny_folder)
