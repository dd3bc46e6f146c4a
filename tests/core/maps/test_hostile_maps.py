"""Maps that are wrong with hashes that are right, as a server or a disk may give them: named errors."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.hostile import NO_FILE, NO_JSON

from reloc.errors import MapError, MapIncompleteError, RelocError
from reloc.maps.manifest import Manifest
from reloc.maps.reference_map import ReferenceMap

CAMERAS, REFERENCES, POSES = "compiled/cameras.json", "compiled/references.json", "compiled/poses.npy"


def rehash(folder: Path) -> None:
    """Make the manifest list the files as they are now."""
    file = folder / "map.json"
    values = json.loads(file.read_text())
    digest = hashlib.sha256()
    for entry in values["files"]:
        content = (folder / entry["path"]).read_bytes()
        entry["size"], entry["sha256"] = len(content), hashlib.sha256(content).hexdigest()
    for entry in sorted(values["files"], key=lambda e: e["path"]):
        digest.update(f"{entry['path']}\0{entry['sha256']}\n".encode())
    values["content_hash"] = digest.hexdigest()
    file.write_text(json.dumps(values))


def change(folder: Path, name: str, edit: Callable[[dict[str, Any]], None]) -> None:
    values = json.loads((folder / name).read_text())
    edit(values)
    (folder / name).write_text(json.dumps(values))


@pytest.mark.parametrize("name", [CAMERAS, REFERENCES])
@pytest.mark.parametrize("how", NO_JSON)
def test_json_that_is_none(copied: Path, name: str, how: str) -> None:
    NO_JSON[how](copied / name)
    rehash(copied)
    with pytest.raises(MapError, match=Path(name).name):
        ReferenceMap.open(copied)


@pytest.mark.parametrize("how", NO_JSON)
def test_manifests_that_are_none(copied: Path, how: str) -> None:
    NO_JSON[how](copied / "map.json")
    with pytest.raises(MapError, match=r"map\.json"):
        ReferenceMap.open(copied)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["map.json", CAMERAS, REFERENCES, POSES, "compiled/features/uv.npy"])
@pytest.mark.parametrize("how", NO_FILE)
@pytest.mark.parametrize("verify", [True, False])
def test_what_stands_in_a_files_place(copied: Path, name: str, how: str, verify: bool) -> None:
    NO_FILE[how](copied / name)
    with pytest.raises(MapError, match=Path(name).name):
        ReferenceMap.open(copied, verify=verify)


@pytest.mark.timeout(20)
def test_a_pipe_of_the_size_that_is_listed(copied: Path) -> None:
    """A pipe has 0 bytes: hashing it would wait for ever."""
    change(copied, "map.json", lambda v: v["files"].append({"path": "compiled/zero", "size": 0, "sha256": "00"}))
    values = json.loads((copied / "map.json").read_text())
    digest = hashlib.sha256()
    for entry in sorted(values["files"], key=lambda e: e["path"]):
        digest.update(f"{entry['path']}\0{entry['sha256']}\n".encode())
    change(copied, "map.json", lambda v: v.update(content_hash=digest.hexdigest()))
    os.mkfifo(copied / "compiled/zero")
    with pytest.raises(MapError, match="zero is"):
        ReferenceMap.open(copied)


@pytest.mark.parametrize(
    ("name", "edit", "words"),
    [
        (REFERENCES, lambda v: v["references"][0].update(name=3), r"references\[0\]\.name=3: expected `str`"),
        (REFERENCES, lambda v: v["references"][0].update(name="a\0b"), "reference 0, name is .*NUL"),
        (REFERENCES, lambda v: v["references"][1].update(image="../x.png"), r"reference 1, image .*not inside the map"),
        (REFERENCES, lambda v: v["references"][1].update(image="/etc/passwd"), "not inside the map"),
        (REFERENCES, lambda v: v["references"][1].update(image="a\0.png"), "NUL"),
        (REFERENCES, lambda v: v["references"][1].update(image="x" * 5000), "at most 4095 bytes"),
        (REFERENCES, lambda v: v["references"][0].update(stamp_ns=1.5), r"stamp_ns=1\.5"),
        (REFERENCES, lambda v: v["references"][0].update(stamp_ns=2**70), "stamp_ns"),
        (REFERENCES, lambda v: v.update(frame=None), "frame=None"),
        (REFERENCES, lambda v: v.update(references={}), "references="),
        (CAMERAS, lambda v: v.update(camera_of=[0.5]), "camera_of"),
        (CAMERAS, lambda v: v.update(camera_of=["0"]), "camera_of"),
        (CAMERAS, lambda v: v.update(camera_of=[10**400]), "camera_of"),
        (CAMERAS, lambda v: v.update(camera_of=[-1]), "camera_of"),
        (CAMERAS, lambda v: v["cameras"][0].update(fx=10**400), "fx|not valid JSON"),
        (CAMERAS, lambda v: v["cameras"][0].update(fx="500"), "fx is '500'"),
        (CAMERAS, lambda v: v["cameras"][0].update(fx=0), "Focal length"),
        (CAMERAS, lambda v: v["cameras"][0].update(width=True), "width is True"),
        (CAMERAS, lambda v: v["cameras"][0].update(width=2**40), "width is 1099511627776"),
        (CAMERAS, lambda v: v["cameras"][0].update(distortion={"a": 1}), "distortion"),
        (CAMERAS, lambda v: v["cameras"][0].update(distortion=[[1]]), "distortion"),
        (CAMERAS, lambda v: v.update(cameras=[[1]]), "cameras"),
    ],
)
def test_fields_that_do_not_fit(copied: Path, name: str, edit: Callable[[dict[str, Any]], None], words: str) -> None:
    change(copied, name, edit)
    rehash(copied)
    with pytest.raises(MapError, match=words) as caught:
        ReferenceMap.open(copied)
    assert Path(name).name in str(caught.value)


@pytest.mark.parametrize(
    "array", [np.full((12, 4, 4), np.nan), np.zeros(3), np.array("x"), np.zeros((12, 4, 4), np.float32)]
)
def test_poses_that_are_none(copied: Path, array: np.ndarray) -> None:
    np.save(copied / POSES, array)
    rehash(copied)
    with pytest.raises(MapError):
        ReferenceMap.open(copied)


@pytest.mark.parametrize(
    "path", ["/nowhere/m", "~nosuchuser/m", "a\0b", "x" * 5000, "/" + "x/" * 3000, "\ud800", "/proc/self/mem/x"]
)
def test_paths_that_are_none(path: str) -> None:
    with pytest.raises(RelocError) as caught:
        ReferenceMap.open(path)
    str(caught.value).encode()


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "m").symlink_to("m")
    with pytest.raises(MapError, match="m"):
        ReferenceMap.open(tmp_path / "m")


def test_a_report_with_nan_still_opens(copied: Path) -> None:
    change(copied, "map.json", lambda v: v["report"].update(odd=float("nan")))
    assert "NaN" in (copied / "map.json").read_text()
    assert len(ReferenceMap.open(copied)) == 12


def test_a_report_without_end_is_refused(copied: Path) -> None:
    text = (copied / "map.json").read_text()
    assert '"report": {' in text
    (copied / "map.json").write_text(text.replace('"report": {', '"report": {"deep": ' + "[" * 80 + "]" * 80 + ", ", 1))
    with pytest.raises(MapIncompleteError, match="report is nested deeper than 64 levels"):
        Manifest.load(copied)
