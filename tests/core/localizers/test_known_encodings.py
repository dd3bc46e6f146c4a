"""A method by its name alone: the shipped network is found, references are encoded once and then known."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the test's networks are made with it")

from support.tiny_models import recalled_pair
from support.tiny_world import build_tiny_map

from reloc import plugins
from reloc.errors import ModelNotFoundError, PluginError
from reloc.localizers.exrenet.models import PairModels
from reloc.localizers.networked import encodings_cache
from reloc.localizers.networked.chosen_networks import chosen
from reloc.localizers.networked.encode_map import encode_map
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.localizers.networked.known_encodings import encodings_of
from reloc.localizers.networked.needs import Needs
from reloc.localizers.networked.reference_encodings import Encodings, keys_of
from reloc.maps.progress import telling
from reloc.maps.reference_map import ReferenceMap


@pytest.fixture
def opened(tmp_path: Path) -> ReferenceMap:
    return ReferenceMap.open(build_tiny_map(tmp_path, "none", "densevlad"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "reloc" / "encodings"


def encode(opened: ReferenceMap) -> tuple[Encodings, int]:
    """The encodings, and how many references were run through the network."""
    encoder = ImageEncoder(PairModels.named(recalled_pair()).encoder, "onnxruntime")
    told: list[int] = []
    with telling(lambda step, done, total, /: told.append(done)):
        found = encodings_of(opened, encoder)
    encoder.close()
    return found, max(told, default=0)


def test_references_are_encoded_once_for_all_starts(opened: ReferenceMap, cache: Path) -> None:
    first, computed = encode(opened)
    assert computed == len(opened)
    (entry,) = cache.iterdir()
    again, computed = encode(opened)
    assert computed == 0
    assert again.keys == first.keys
    assert (again.arrays["fine"] == first.arrays["fine"]).all()
    assert sorted(file.name for file in entry.iterdir()) == ["coarse.npy", "encodings.json", "fine.npy", "index.json"]


@pytest.mark.parametrize("file", ["fine.npy", "index.json", "encodings.json"])
@pytest.mark.parametrize("damage", ["cut", "other", "gone", "folder"])
def test_a_damaged_entry_is_made_again(opened: ReferenceMap, cache: Path, file: str, damage: str) -> None:
    first, _ = encode(opened)
    (entry,) = cache.iterdir()
    content = (entry / file).read_bytes()
    (entry / file).unlink()
    if damage == "cut":
        (entry / file).write_bytes(content[: len(content) // 2])
    elif damage == "other":
        (entry / file).write_bytes(bytes(b ^ 1 for b in content))
    elif damage == "folder":
        (entry / file).mkdir()
    found, computed = encode(opened)
    assert computed == len(opened)
    assert (found.arrays["fine"] == first.arrays["fine"]).all()
    assert encode(opened)[1] == 0


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "outside", "deep"])
def test_what_stands_in_place_of_the_index_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    index = encodings_cache._place(["a"]) / "index.json"
    index.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(index)
    elif kind == "folder":
        index.mkdir()
    elif kind == "device":
        index.symlink_to("/dev/zero")
    elif kind == "outside":
        np.save(tmp_path / "x.npy", np.zeros(3, np.float16))
        content = (index.parent / "../../../x.npy").read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        entry = {"path": "../../../x.npy", "size": len(content), "sha256": sha256}
        index.write_text(json.dumps([entry]))
    else:
        index.write_text("[" * 100_000)
    assert encodings_cache.load(["a"], None) is None  # type: ignore[arg-type]


def test_a_cache_that_cannot_be_written_costs_time_only(opened: ReferenceMap, cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    for _ in range(2):
        assert encode(opened)[1] == len(opened)


def test_the_least_recently_used_entries_make_room(
    opened: ReferenceMap, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = encode(opened)
    monkeypatch.setattr(encodings_cache, "LARGEST", 1)
    kept = encodings_cache.save(Encodings(("another",), {name: array[:1] for name, array in found.arrays.items()}))
    assert kept is not None
    assert list(cache.iterdir()) == [kept]


def test_what_the_map_has_comes_before_what_ships(opened: ReferenceMap, cache: Path) -> None:
    assert chosen(PairModels, "", opened).encoder.name == "exrenet-light-encoder"
    networks = PairModels.named(recalled_pair())
    encode_map(opened.path, networks, "onnxruntime")
    grown = ReferenceMap.open(opened.path)
    assert keys_of(grown, chosen(PairModels, "", grown).encoder) == keys_of(grown, networks.encoder)


def test_where_nothing_ships_it_says_what_to_do(opened: ReferenceMap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PairModels, "shipped", "no-such")
    with pytest.raises(ModelNotFoundError, match="reloc map encode"):
        chosen(PairModels, "", opened)


def test_needs_of_every_method_are_known_before_a_map_is_built() -> None:
    for name in plugins.names("reloc.localizers"):
        needs = Needs.of(name)
        assert (needs.networks is not None) == (plugins.load("reloc.localizers", name).networks is not None)
    needs = Needs.of("exrenet")
    assert needs.with_retrieval("vlad") == "vlad,densevlad"
    assert needs.with_retrieval("") == "densevlad"
    assert needs.with_retrieval("vlad, densevlad") == "vlad,densevlad"
    with pytest.raises(PluginError):
        Needs.of("exrenett")
