"""Models in maps: listed, hashed, found again; and at no moment is the map broken."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx", reason="the test's network is made with it")

from support import recall_network

from reloc.errors import MapError, MapHashError, MapNotFoundError, ModelNotFoundError
from reloc.maps import attachments
from reloc.maps.attachments import attach, attached, bare_hash, kinds
from reloc.maps.manifest import Manifest
from reloc.maps.reference_map import ReferenceMap
from reloc.models.model import Model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return recall_network.write(tmp_path_factory.mktemp("models") / "recall")


@pytest.fixture
def renamed(model: Model, tmp_path: Path) -> Model:
    """Another model of the same kind, with one file less."""
    folder = Path(shutil.copytree(model.path, tmp_path / "renamed"))
    (folder / "README.md").unlink()
    (folder / "model.json").write_text(dataclasses.replace(model, name="renamed").to_json())
    return Model.open(folder)


def test_a_model_becomes_part_of_the_map(copied: Path, model: Model) -> None:
    before = ReferenceMap.open(copied)
    with pytest.raises(ModelNotFoundError, match="reloc train posenet"):
        attached(before, "posenet")
    manifest = attach(copied, model)
    after = ReferenceMap.open(copied)  # verifies every file against the manifest
    assert after.content_hash == manifest.content_hash != before.content_hash
    assert kinds(after.manifest) == ("posenet",)
    assert bare_hash(after.manifest) == bare_hash(before.manifest) == before.content_hash
    found = attached(after, "posenet")
    assert (found.name, found.kind, found.metadata) == (model.name, model.kind, model.metadata)
    assert found.path == after.path / "compiled" / "posenet"
    listed = {e.path for e in after.manifest.files} - {e.path for e in before.manifest.files}
    assert listed == {f"compiled/posenet/{name}" for name in ("model.json", "model.onnx", "README.md", "features.npy")}
    assert dataclasses.replace(after.manifest, files=(), content_hash="") == dataclasses.replace(
        before.manifest, files=(), content_hash=""
    )


def test_the_same_model_gives_the_same_hash_and_another_takes_its_place(
    copied: Path, model: Model, renamed: Model
) -> None:
    first = attach(copied, model)
    assert attach(copied, model) == first
    second = attach(copied, renamed)
    assert second.content_hash != first.content_hash
    found = attached(ReferenceMap.open(copied), "posenet")
    assert found.name == "renamed"
    assert not (found.path / "README.md").exists()
    assert attach(copied, model) == first
    assert not [p for p in (copied / "compiled").iterdir() if p.name.startswith(".")]


def test_a_model_that_stands_in_its_place_already_is_listed(copied: Path, model: Model) -> None:
    place = Path(shutil.copytree(model.path, copied / "compiled" / "posenet"))
    assert kinds(ReferenceMap.open(copied).manifest) == ()  # nobody listed it: it is not there
    attach(copied, Model.open(place))
    assert attached(ReferenceMap.open(copied), "posenet").name == model.name


def test_a_changed_model_in_a_map_is_refused(copied: Path, model: Model) -> None:
    attach(copied, model)
    file = copied / "compiled" / "posenet" / "features.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(MapHashError, match=r"features\.npy"):
        ReferenceMap.open(copied)


class Killed(BaseException):
    """As if the process ended here."""


class Mortal:
    """Lets so many steps happen, then dies."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def step(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if self.steps == 0:
                raise Killed
            self.steps -= 1
            return function(*args, **options)

        return call


@pytest.mark.parametrize("again", [False, True])
def test_killed_at_any_moment_the_map_is_whole(
    copied: Path, model: Model, renamed: Model, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    """Dies before the n-th step that changes something on the disk, for every n."""
    seen = set()
    for steps in range(100):
        if again:
            attach(copied, model)
        else:
            shutil.rmtree(copied / "compiled" / "posenet", ignore_errors=True)
            _forget(copied)
        mortal, died = Mortal(steps), False
        with monkeypatch.context() as patch:
            for owner, name in ((Path, "rename"), (Path, "replace"), (Path, "mkdir"), (shutil, "copyfile")):
                patch.setattr(owner, name, mortal.step(getattr(owner, name)))
            try:
                attach(copied, renamed)
            except Killed:
                died = True
        opened = ReferenceMap.open(copied)
        seen.add("".join(attached(opened, kind).name for kind in kinds(opened.manifest)))
        if not died:
            break
        attach(copied, renamed)  # the next attempt succeeds
        assert attached(ReferenceMap.open(copied), "posenet").name == "renamed"
    assert steps > 5
    assert seen == {"renamed", "", model.name} if again else {"renamed", ""}


def _forget(folder: Path) -> None:
    """Take the model out of the manifest again."""
    manifest = Manifest.load(folder)
    attachments._write(folder, manifest, [e for e in manifest.files if "posenet" not in e.path])


def test_two_at_once(copied: Path, model: Model) -> None:
    handle = os.open(copied, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(MapError, match="Another process"):
        attach(copied, model)
    os.close(handle)
    attach(copied, model)


def test_where_no_map_is_and_what_no_model_is(tmp_path: Path, copied: Path, model: Model) -> None:
    with pytest.raises(MapNotFoundError):
        attach(tmp_path / "nowhere", model)
    for kind in ("features", "../up", ""):
        with pytest.raises(MapError, match="cannot be stored in a map"):
            attach(copied, dataclasses.replace(model, kind=kind))
    assert ReferenceMap.open(copied).manifest == Manifest.load(copied)
