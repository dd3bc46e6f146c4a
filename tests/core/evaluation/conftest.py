import pytest
from support.tiny_world import build_tiny_map

from reloc.maps.reference_map import ReferenceMap


@pytest.fixture(scope="session")
def tiny_map(tmp_path_factory):
    return ReferenceMap.open(build_tiny_map(tmp_path_factory.getbasetemp()))
