"""A map with an index: made by the ordinary build, with limits at which twelve references are many."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import TinySource, build_tiny_map

from reloc import images
from reloc.compact_index import sizes
from reloc.errors import MapChangedError, MapFeatureError, MapHashError, MapIncompleteError, MapVersionError
from reloc.features.rootsift import RootSift
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.integrity import list_files
from reloc.maps.manifest import Manifest, content_hash
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.indexed import IndexedDescriptors
from reloc.retrieval.retriever import Retriever

INDEX = "compiled/retrieval/vlad/index"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.map"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sizes, "LEARNED_FROM", 6)
        patch.setattr(sizes, "EXACT_NUMBERS", 1)
        build_map(TinySource(), path, BuildConfig(landmarks="none", retrieval="vlad,densevlad"))
    return path


@pytest.fixture
def copied(large: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(large, tmp_path / "copy.map"))


def rehash(folder: Path) -> None:
    """Make the manifest list the files as they are now."""
    values = json.loads((folder / "map.json").read_text())
    files = list_files(folder, skip=frozenset(["map.json"]))
    values["files"] = [{"path": f.path, "size": f.size, "sha256": f.sha256} for f in files]
    values["content_hash"] = content_hash(files)
    (folder / "map.json").write_text(json.dumps(values))


@pytest.mark.parametrize("name", ["vlad", "densevlad"])
def test_its_answers_are_those_of_comparing_all(large: Path, copied: Path, name: str) -> None:
    shutil.rmtree(copied / f"compiled/retrieval/{name}/index")
    rehash(copied)
    indexed, exact = (Retriever.open(ReferenceMap.open(path), name) for path in (large, copied))
    assert isinstance(indexed._index, IndexedDescriptors)
    assert not isinstance(exact._index, IndexedDescriptors)
    sift = RootSift()
    for frame in TinySource().frames("test"):
        gray = images.to_gray(frame.load_image())
        features = sift.extract(gray)
        for without in ((), {2, 7}):
            one, other = (r.rank(gray, features, 5, without) for r in (indexed, exact))
            assert [c.index for c in one] == [c.index for c in other]
            assert np.allclose([c.similarity for c in one], [c.similarity for c in other], atol=1e-5)
        assert indexed.diversified(gray, features, 5)[0].index == exact.diversified(gray, features, 5)[0].index
        assert len(indexed.rank(gray, features, 100)) == 12
        assert indexed.rank(gray, features, 0) == []
        assert indexed.rank(gray, features, 3, range(12)) == []
    blank = np.full((240, 320), 99, np.uint8)
    assert indexed.rank(blank, sift.extract(blank), 5) == []


def test_small_maps_have_none(tmp_path: Path) -> None:
    files = Manifest.load(build_tiny_map(tmp_path, "none", "vlad")).files
    assert [f.path for f in files if "retrieval" in f.path] == [
        "compiled/retrieval/vlad/centres.npy", "compiled/retrieval/vlad/descriptors.npy",
    ]  # fmt: skip


def test_descriptors_that_are_few_numbers_are_compared_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "LEARNED_FROM", 6)
    found = build_map(TinySource(), tmp_path / "m.map", BuildConfig(landmarks="none", retrieval="vlad"))
    assert not found.arrays("retrieval/vlad/index")
    assert found.arrays("retrieval/vlad")["descriptors"].shape[0] == 12
    gray = images.to_gray(found.image(3))
    assert Retriever.open(found, "vlad").rank(gray, RootSift().extract(gray), 1)[0].index == 3


def test_candidates_beyond_those_compared_follow(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reloc.retrieval.indexed.MOST", 4)
    found = ReferenceMap.open(large)
    gray = images.to_gray(found.image(3))
    ranked = Retriever.open(found, "vlad").rank(gray, RootSift().extract(gray), 9)
    assert len({c.index for c in ranked}) == 9
    similarities = [c.similarity for c in ranked]
    assert similarities == sorted(similarities, reverse=True)


def test_an_index_of_another_version(copied: Path) -> None:
    np.save(copied / INDEX / "version.npy", np.array([7]))
    rehash(copied)
    with pytest.raises(MapVersionError, match=r"index of vlad in the map .* version 7; .*Update reloc"):
        Retriever.open(ReferenceMap.open(copied), "vlad")


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", ["rows", "flips", "lengths"])
def test_a_file_of_it_that_is_cut_off(copied: Path, name: str, verify: bool) -> None:
    os.truncate(copied / INDEX / f"{name}.npy", 100)
    with pytest.raises(MapIncompleteError, match=rf"{name}.npy has 100 bytes"):
        Retriever.open(ReferenceMap.open(copied, verify=verify), "vlad")


@pytest.mark.parametrize("name", ["rows", "flips", "projection"])
def test_a_file_of_it_with_other_content(copied: Path, name: str) -> None:
    content = bytearray((copied / INDEX / f"{name}.npy").read_bytes())
    content[-1] ^= 0x5A
    (copied / INDEX / f"{name}.npy").write_bytes(content)
    with pytest.raises(MapHashError, match=f"{name}.npy is not the file"):
        Retriever.open(ReferenceMap.open(copied), "vlad")


@pytest.mark.parametrize("name", ["flips", "rows", "projection", "lengths"])
def test_a_listed_file_of_it_that_does_not_fit(copied: Path, name: str) -> None:
    values = np.load(copied / INDEX / f"{name}.npy")
    np.save(copied / INDEX / f"{name}.npy", values[:-1])
    rehash(copied)
    with pytest.raises((MapIncompleteError, MapFeatureError), match=r"is expected|is for|do not rise"):
        Retriever.open(ReferenceMap.open(copied), "vlad")


def test_a_file_of_it_that_is_not_there(copied: Path) -> None:
    (copied / INDEX / "rows.npy").unlink()
    rehash(copied)
    with pytest.raises(MapIncompleteError, match=r"rows.npy is not listed"):
        Retriever.open(ReferenceMap.open(copied), "vlad")


def test_descriptors_of_another_number_of_references(copied: Path) -> None:
    file = copied / "compiled/retrieval/vlad/descriptors.npy"
    np.save(file, np.load(file)[:5])
    rehash(copied)
    with pytest.raises(MapFeatureError, match="for 12 references"):
        Retriever.open(ReferenceMap.open(copied), "vlad")


def test_a_map_that_is_deleted_or_written_to_while_it_is_used(copied: Path) -> None:
    found = ReferenceMap.open(copied, verify=False)
    gray = images.to_gray(found.image(3))
    features, retriever = RootSift().extract(gray), Retriever.open(found, "vlad")
    before = retriever.rank(gray, features, 5)
    shutil.move(copied, copied.with_name("moved.map"))
    assert retriever.rank(gray, features, 5) == before
    os.truncate(copied.with_name("moved.map") / "compiled/retrieval/vlad/descriptors.npy", 200)
    with pytest.raises(MapChangedError, match=r"descriptors.npy was written to after the map was opened"):
        retriever.rank(gray, features, 5)


_LITTLE_MEMORY = """
import resource, sys
from reloc.compact_index import form
from reloc.errors import StorageError
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval import retriever, stored

class Hungry:
    def __init__(self, *arrays):
        bytearray(1 << 33)

stored.CompactIndex = Hungry
found = ReferenceMap.open(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))
try:
    retriever.Retriever.open(found, "vlad")
except StorageError as error:
    print(error)
"""


def test_too_little_memory(large: Path) -> None:
    command = [sys.executable, "-c", _LITTLE_MEMORY, str(large)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    assert "The index of vlad" in done.stdout
    assert "the memory is full" in done.stdout
