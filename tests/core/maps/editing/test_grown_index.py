"""The index of a map with many references when references come or go; here twelve are many."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.drives import beside, frames
from support.tiny_world import TinySource, build_tiny_map, query_poses, render

from reloc import images
from reloc.compact_index import sizes
from reloc.errors import MapError, MapFeatureError
from reloc.features.rootsift import RootSift
from reloc.maps import compact
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.building import arrays
from reloc.maps.editing import retrieval_rows
from reloc.maps.editing.add_drive import add_frames
from reloc.maps.editing.remove import of_drive, remove
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.index import Index
from reloc.retrieval.indexed import IndexedDescriptors
from reloc.retrieval.retriever import Retriever


def few_are_many(patch: pytest.MonkeyPatch) -> None:
    for name, value in {"LEARNED_FROM": 6, "EXACT_NUMBERS": 1}.items():
        patch.setattr(sizes, name, value)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.map"
    with pytest.MonkeyPatch.context() as patch:
        few_are_many(patch)
        build_map(TinySource(), path, BuildConfig(landmarks="none", retrieval="vlad,densevlad"))
    return path


@pytest.fixture
def folder(large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    few_are_many(monkeypatch)
    return Path(shutil.copytree(large, tmp_path / "large.map"))


def add(folder: Path) -> ReferenceMap:
    add_frames(ReferenceMap.open(folder), frames(beside()), "tuesday", {})
    return ReferenceMap.open(folder, verify=True)


def assert_answers_as_comparing_all(found: ReferenceMap, name: str) -> None:
    retriever = Retriever.open(found, name)
    assert isinstance(retriever._index, IndexedDescriptors)
    exact = Index(compact.rows_of(found.arrays(f"retrieval/{name}")["descriptors"]))
    sift = RootSift()
    for pose in (*query_poses(), beside()[3]):
        gray = images.to_gray(render(pose)[0])
        features = sift.extract(gray)
        wanted = exact.search(retriever.descriptor.describe(gray, features), 5)
        assert [c.index for c in retriever.rank(gray, features, 5)] == [c.index for c in wanted]


@pytest.mark.parametrize("name", ["vlad", "densevlad"])
def test_a_drive_is_found_by_the_index(folder: Path, name: str) -> None:
    before = ReferenceMap.open(folder).arrays(f"retrieval/{name}")
    now = add(folder)
    stored = now.arrays(f"retrieval/{name}")
    np.testing.assert_array_equal(stored["descriptors"][:12], before["descriptors"])
    assert stored["descriptors"].shape[0] == 16
    assert len(now.arrays(f"retrieval/{name}/index")["rows"]) == 16
    assert_answers_as_comparing_all(now, name)
    gray = images.to_gray(now.image(14))
    assert Retriever.open(now, name).rank(gray, RootSift().extract(gray), 1)[0].index == 14


def test_what_is_removed_is_found_no_more(folder: Path) -> None:
    remove(ReferenceMap.open(folder), np.arange(12) < 3)
    now = ReferenceMap.open(folder, verify=True)
    assert len(now.arrays("retrieval/vlad/index")["rows"]) == 9
    assert_answers_as_comparing_all(now, "vlad")
    drive = add(folder)
    remove(drive, of_drive(drive, "tuesday"))
    assert_answers_as_comparing_all(ReferenceMap.open(folder, verify=True), "vlad")


def test_a_map_that_grows_large_gets_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build_tiny_map(tmp_path, "none", "vlad")
    assert not ReferenceMap.open(folder).arrays("retrieval/vlad/index")
    few_are_many(monkeypatch)
    assert_answers_as_comparing_all(add(folder), "vlad")


def test_a_map_that_shrinks_needs_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    remove(ReferenceMap.open(folder), np.arange(12) < 3)
    now = ReferenceMap.open(folder, verify=True)
    assert not now.arrays("retrieval/vlad/index")
    gray = images.to_gray(now.image(2))
    assert Retriever.open(now, "vlad").rank(gray, RootSift().extract(gray), 1)[0].index == 2


def test_a_full_disk_while_rows_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ReferenceMap.open(folder).content_hash

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(arrays, "rows_of_array", full)
    with pytest.raises(MapError, match=r"No space left on device\. The map is as it was"):
        add(folder)
    assert ReferenceMap.open(folder, verify=True).content_hash == before
    monkeypatch.undo()
    few_are_many(monkeypatch)
    assert_answers_as_comparing_all(add(folder), "vlad")


def test_rows_of_another_length_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval_rows, "described", lambda *_: np.zeros((4, 7), np.int8))
    with pytest.raises(MapFeatureError, match=r"descriptors of \(7,\) numbers; the map has"):
        add(folder)
    assert len(ReferenceMap.open(folder, verify=True)) == 12
