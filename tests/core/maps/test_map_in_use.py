"""An opened map is this process's own: whatever happens to its folder, it answers as before, and says what happened."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.tiny_models import recall
from support.tiny_world import build_tiny_map

from reloc.errors import ImageError, MapChangedError, MapError, MapHashError, MapIncompleteError, ModelHashError
from reloc.maps import layout, private_copy
from reloc.maps.attachments import attach, attached
from reloc.maps.private_copy import PrivateCopies
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.watch import MapWatch

_USE = """
import os, shutil, sys
from pathlib import Path
import numpy as np
from reloc.maps.reference_map import ReferenceMap
folder, harm = Path(sys.argv[1]), sys.argv[2]
opened = ReferenceMap.open(folder, verify=sys.argv[3] == "verify")
retrieval = opened.arrays("retrieval/vlad")

def total():
    features = [opened.features(i) for i in range(len(opened))]
    arrays = [f.descriptors for f in features] + [f.uv for f in features] + list(retrieval.values())
    return sum(float(a.sum()) for a in (*arrays, opened.landmarks, opened.world_from_cam))

before = total()
for file in sorted(folder.rglob("*")):
    if not file.is_file():
        continue
    if harm == "truncate": os.truncate(file, file.stat().st_size // 2)
    if harm == "empty": os.truncate(file, 0)
    if harm == "overwrite": file.write_bytes(os.urandom(file.stat().st_size))
    if harm == "unlink": file.unlink()
if harm == "folder": shutil.rmtree(folder)
assert total() == before, "the content changed"
print(opened.changed())
"""


@pytest.mark.parametrize("verify", ["verify", "sizes"])
@pytest.mark.parametrize("harm", ["truncate", "empty", "overwrite", "unlink", "folder"])
def test_nothing_done_to_the_folder_reaches_an_opened_map(copied: Path, harm: str, verify: str) -> None:
    command = [sys.executable, "-c", _USE, str(copied), harm, verify]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{done.returncode} {done.stderr}"  # -7 is SIGBUS
    assert str(copied) in done.stdout


@pytest.mark.parametrize("limit", [0, 100_000, 1 << 30])
def test_large_maps_are_held_in_a_file_without_a_name(
    copied: Path, limit: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    whole = ReferenceMap.open(copied)
    monkeypatch.setattr(PrivateCopies.__init__, "__defaults__", (limit,))
    opened = ReferenceMap.open(copied)
    for file in (copied / "compiled").rglob("*.npy"):
        os.truncate(file, 100)
    for index in range(len(whole)):
        np.testing.assert_array_equal(opened.features(index).descriptors, whole.features(index).descriptors)
    np.testing.assert_array_equal(opened.landmarks, whole.landmarks)
    assert [p for p in tmp_path.rglob("*") if p.is_file() and copied not in p.parents] == []


def test_where_no_file_can_be_made_the_memory_holds_it(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(private_copy, "_nameless_file", refuse)
    monkeypatch.setattr(PrivateCopies.__init__, "__defaults__", (0,))
    assert len(ReferenceMap.open(copied).landmarks) > 0


def _touch(folder: Path) -> None:
    os.utime(folder / layout.MANIFEST, ns=(1, 1))


def _replace(folder: Path) -> None:
    shutil.copyfile(folder / layout.POSES, folder / "x")
    (folder / "x").replace(folder / layout.POSES)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_touch, "map.json was written to"),
        (_replace, "poses.npy was replaced"),
        (lambda folder: (folder / "compiled/features/uv.npy").unlink(), "uv.npy was deleted"),
        (lambda folder: folder.rename(folder.with_name("elsewhere")), "was deleted or moved"),
        (lambda folder: (folder / layout.SIGNATURE).write_text("{}"), "map.json.sig was replaced"),
    ],
)
def test_a_change_is_named(copied: Path, harm: Callable[[Path], None], words: str) -> None:
    opened = ReferenceMap.open(copied)
    assert opened.changed() == ""
    harm(copied)
    assert words in opened.changed()


def test_a_link_that_leads_elsewhere_is_a_change(copied: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(copied, tmp_path / "other.map"))
    current = tmp_path / "current"
    current.symlink_to(copied)
    opened = ReferenceMap.open(current)
    assert opened.changed() == ""
    current.unlink()
    current.symlink_to(other)
    assert "leads to" in opened.changed()
    assert opened.reopen().path == other


def test_what_is_read_later_is_checked_and_named(copied: Path) -> None:
    opened = ReferenceMap.open(copied)
    victim = next((copied / "compiled/retrieval/vlad").glob("*.npy"))
    victim.write_bytes(os.urandom(victim.stat().st_size))
    image = opened.image_path(2)
    image.write_bytes(os.urandom(image.stat().st_size))
    (copied / layout.MANIFEST).write_text("{}")
    with pytest.raises(MapChangedError, match=r"map\.json was written to.*Open the map again"):
        opened.arrays("retrieval/vlad")
    with pytest.raises(ImageError, match="open the map again"):
        opened.image(2)
    assert opened.image(3).shape


def test_images_are_checked_when_they_are_read_also_without_hashes_at_the_opening(copied: Path) -> None:
    """As a localizer opens the map that it fetched."""
    opened = ReferenceMap.open(copied, verify=False)
    changed = bytearray(opened.image_path(2).read_bytes())
    changed[len(changed) // 2] ^= 1  # of equal size, and it can be decoded
    opened.image_path(2).write_bytes(changed)
    with pytest.raises(ImageError, match=r"ref/002\.jpg"):
        opened.image(2)
    assert opened.image(3).shape


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_map(tmp_path_factory.mktemp("another"), landmarks="none")


def test_the_watch_hands_over_only_a_whole_other_map(copied: Path, another: Path) -> None:
    watch = MapWatch(ReferenceMap.open(copied))
    assert watch.look() is None
    _touch(copied)
    assert watch.look() is None
    assert watch.problem == ""  # the same content
    shutil.rmtree(copied)
    assert watch.look() is None
    assert "deleted" in watch.problem
    shutil.copytree(another, copied, ignore=shutil.ignore_patterns(layout.MANIFEST))
    assert watch.look() is None  # half of it is there
    assert watch.problem
    shutil.copy(another / layout.MANIFEST, copied)
    found = watch.look()
    assert found is not None
    assert (found.has_landmarks, watch.problem) == (False, "")
    assert watch.look() is None


def _list(folder: Path, change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> None:
    """Change the list of files in a manifest, and its content hash with it."""
    from reloc.maps.manifest import FileEntry, content_hash

    file = folder / layout.MANIFEST
    values = json.loads(file.read_text())
    values["files"] = change(values["files"])
    values["content_hash"] = content_hash(FileEntry(**entry) for entry in values["files"])
    file.write_text(json.dumps(values))


def test_arrays_that_are_not_listed_are_not_loaded(copied: Path) -> None:
    for folder in ("compiled/features", "compiled/retrieval/vlad", "compiled/landmarks", "compiled/mine"):
        (copied / folder).mkdir(exist_ok=True)
        np.save(copied / folder / "planted.npy", np.arange(3))
    opened = ReferenceMap.open(copied)
    assert "planted" not in opened.arrays("features")
    assert "planted" not in opened.arrays("retrieval/vlad")
    assert opened.arrays("mine") == {}
    with pytest.raises(MapIncompleteError, match="not listed"):
        opened.read("compiled/mine/planted.npy")


@pytest.mark.parametrize("needed", [layout.POSES, layout.CAMERAS, layout.REFERENCES, "images/ref/003.jpg"])
def test_what_a_map_needs_must_be_listed(copied: Path, needed: str) -> None:
    _list(copied, lambda files: [entry for entry in files if entry["path"] != needed])
    with pytest.raises(MapIncompleteError, match="not listed"):
        ReferenceMap.open(copied)


def test_a_model_that_the_manifest_does_not_list_is_refused(copied: Path) -> None:
    model = recall()
    attach(copied, model)
    opened = ReferenceMap.open(copied)
    place = copied / "compiled" / model.kind
    assert attached(opened, model.kind).kind == model.kind
    head = place / "model.json"
    values = json.loads(head.read_text())
    head.write_text(json.dumps(values | {"name": "planted"}))
    with pytest.raises(ModelHashError, match="lists"):
        attached(opened, model.kind)


def test_a_fifo_or_a_folder_in_place_of_a_file_is_refused_at_once(copied: Path) -> None:
    for path in (layout.POSES, "compiled/features/uv.npy", "images/ref/003.jpg", layout.CAMERAS):
        broken = Path(shutil.copytree(copied, copied.with_name("fifo.map")))
        (broken / path).unlink()
        os.mkfifo(broken / path)
        with pytest.raises(MapIncompleteError, match="not a plain file"):
            ReferenceMap.open(broken)
        shutil.rmtree(broken)


def test_a_file_that_may_not_be_read_is_a_named_error(copied: Path) -> None:
    if os.geteuid() == 0:
        (copied / layout.POSES).unlink()
        (copied / layout.POSES).symlink_to(layout.POSES.rpartition("/")[2])  # root may read all but a loop
    else:
        (copied / layout.POSES).chmod(0)
    with pytest.raises(MapError):
        ReferenceMap.open(copied)


def test_verification_is_of_what_is_used(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash is taken of the copy, so that a file cannot be exchanged between check and use."""
    file = copied / "compiled/landmarks/xyz.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(MapHashError, match=r"xyz\.npy"):
        ReferenceMap.open(copied)


def test_copies_are_open_to_nobody_else(copied: Path) -> None:
    handle = private_copy._nameless_file()
    try:
        found = os.fstat(handle)
        assert (found.st_nlink, stat.S_IMODE(found.st_mode) & 0o077) == (0, 0)
    finally:
        os.close(handle)
