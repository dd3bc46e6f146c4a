from collections.abc import Iterator

import pytest
from support.optional import need
from support.tiny_world import small_map

from reloc.maps.reference_map import ReferenceMap
from reloc.view import server as pages


@pytest.fixture
def server() -> Iterator[object]:
    need("viser", "viser is not installed: make setup")
    started = pages.start(port=0)
    yield started
    pages.stop(started)


@pytest.fixture(scope="session")
def small() -> ReferenceMap:
    return ReferenceMap.open(small_map())
