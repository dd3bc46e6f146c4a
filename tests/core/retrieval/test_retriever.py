from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.tiny_world import TinySource, build_tiny_map

from reloc import images
from reloc.errors import MapFeatureError, PluginError
from reloc.features.rootsift import RootSift
from reloc.geometry.transforms import distance_between
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ReferenceMap:
    return ReferenceMap.open(build_tiny_map(tmp_path_factory.mktemp("maps"), "depth", "vlad,densevlad"))


@pytest.mark.parametrize("name", ["vlad", "densevlad"])
def test_a_reference_finds_itself(tiny: ReferenceMap, name: str) -> None:
    retriever, sift = Retriever.open(tiny, name), RootSift()
    for i in range(len(tiny)):
        gray = images.to_gray(tiny.image(i))
        first = retriever.rank(gray, sift.extract(gray), 3)[0]
        assert first.index == i
        assert first.similarity > 0.98


@pytest.mark.parametrize("name", ["vlad", "densevlad"])
def test_a_query_finds_a_reference_beside_it(tiny: ReferenceMap, name: str) -> None:
    retriever, sift = Retriever.open(tiny, name), RootSift()
    queries = TinySource().frames("test")
    assert len(queries) > 2
    for frame in queries:
        gray = images.to_gray(frame.load_image())
        best = retriever.rank(gray, sift.extract(gray), 1)[0]
        centres = tiny.world_from_cam[:, :3, 3]
        spread = np.linalg.norm(centres[0] - centres[-1])
        assert frame.world_from_cam is not None
        assert distance_between(tiny.world_from_cam[best.index], frame.world_from_cam) < 0.3 * spread


def test_diversified_references_are_apart(tiny: ReferenceMap) -> None:
    retriever = Retriever.open(tiny, "vlad")
    chosen = retriever.diversified(images.to_gray(tiny.image(4)), tiny.features(4), 5)
    centres = tiny.world_from_cam[[c.index for c in chosen], :3, 3]
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)[np.triu_indices(len(chosen), 1)]
    assert len(chosen) == 5
    assert apart.min() >= 0.05


def test_a_blank_image_is_like_nothing(tiny: ReferenceMap) -> None:
    blank = np.full((240, 320), 99, np.uint8)
    for name in ("vlad", "densevlad"):
        assert Retriever.open(tiny, name).rank(blank, RootSift().extract(blank), 5) == []


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("centres", None, "lacks the array retrieval/vlad/centres"),
        ("descriptors", lambda a: a[:5], "for 12 references"),
        ("descriptors", lambda a: a.ravel(), "for 12 references"),
    ],
)
def test_arrays_that_do_not_fit(
    tiny: ReferenceMap, monkeypatch: pytest.MonkeyPatch, name: str, change: Any, says: str
) -> None:
    arrays = tiny.arrays("retrieval/vlad")
    whole = arrays.pop(name)
    if change is not None:
        arrays[name] = change(whole)
    monkeypatch.setattr(
        ReferenceMap, "arrays", lambda self, prefix, skip="": {} if prefix.endswith("index") else arrays
    )
    with pytest.raises(MapFeatureError, match=says):
        Retriever.open(tiny, "vlad")


def test_unknown_and_absent_retrievers(tmp_path: Path) -> None:
    only_vlad = ReferenceMap.open(build_tiny_map(tmp_path, "none", "vlad"))
    with pytest.raises(PluginError, match="densevlad, place, vlad"):
        Retriever.open(only_vlad, "netvlad9")
    with pytest.raises(MapFeatureError, match="--retrieval vlad,densevlad"):
        Retriever.open(only_vlad, "densevlad")
