"""The manifest: its hash, its version, what it refuses."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from reloc.errors import MapHashError, MapIncompleteError, MapNotFoundError, MapVersionError
from reloc.maps.manifest import FileEntry, Manifest, content_hash, is_inside

FILES = (FileEntry("a.npy", 3, "11" * 32), FileEntry("b/c.npy", 4, "22" * 32))


def manifest(**changes: object) -> Manifest:
    made = Manifest("m", "map", content_hash(FILES), 2, 10, 5, FILES, {}, {})
    return dataclasses.replace(made, **changes)


def test_reads_what_it_wrote() -> None:
    assert Manifest.from_json(manifest().to_json()) == manifest()


def test_hash_does_not_depend_on_order_but_on_names_and_content() -> None:
    assert content_hash(FILES) == content_hash(FILES[::-1])
    assert content_hash(FILES) != content_hash([dataclasses.replace(FILES[0], path="d.npy"), FILES[1]])
    assert content_hash(FILES) != content_hash([dataclasses.replace(FILES[0], sha256="33" * 32), FILES[1]])


def test_newer_version_names_both() -> None:
    with pytest.raises(MapVersionError, match=r"format 99; this reloc reads formats up to 2\. Update reloc"):
        Manifest.from_json(manifest(format_version=99).to_json())


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format_version": 1}'])
def test_cut_off(text: str) -> None:
    with pytest.raises(MapIncompleteError):
        Manifest.from_json(text)


def test_changed_by_hand() -> None:
    values = json.loads(manifest().to_json())
    values["files"][0]["sha256"] = "44" * 32
    with pytest.raises(MapHashError, match="content hash"):
        Manifest.from_json(json.dumps(values))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format_version": 1e999}', "\ufeff", "null"])
def test_strange_json(text: str) -> None:
    with pytest.raises(MapIncompleteError, match="not a manifest"):
        Manifest.from_json(text)


@pytest.mark.parametrize("value", [None, -1, [], True, 1.5])
@pytest.mark.parametrize("name", ["name", "content_hash", "references", "landmarks", "build", "report"])
def test_a_field_of_another_type_is_named(name: str, value: object) -> None:
    with pytest.raises(MapIncompleteError, match=f"says {name}="):
        Manifest.from_json(manifest(**{name: value}).to_json())


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "", "a\\b"])
def test_paths_stay_inside(path: str) -> None:
    assert not is_inside(path)
    with pytest.raises(MapHashError, match="not inside the map"):
        Manifest.from_json(manifest(files=(FileEntry(path, 1, "00"),)).to_json())


def test_no_map(tmp_path: Path) -> None:
    with pytest.raises(MapNotFoundError, match="No map at"):
        Manifest.load(tmp_path / "nowhere")
    (tmp_path / "note.txt").write_text("hello")
    with pytest.raises(MapNotFoundError, match=r"has no map\.json"):
        Manifest.load(tmp_path)


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "map.json").mkdir()
    with pytest.raises(MapNotFoundError, match=r"map\.json is a folder"):
        Manifest.load(tmp_path)
    with pytest.raises(MapNotFoundError, match=r"cannot be read: File name too long"):
        Manifest.load(tmp_path / ("x" * 300))


def test_unfinished_build_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.partial" / "map").mkdir(parents=True)
    with pytest.raises(MapIncompleteError, match=r"did not finish.*it continues"):
        Manifest.load(tmp_path / "m")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, odd) for name in ("local_features", "source", "retrievers") for odd in (None, 5, "text", [], True)),
        *((name, {"name": odd}) for name in ("local_features", "source", "retrievers") for odd in (None, 5, [], True)),
        *((name, odd) for name in ("features", "triangulation") for odd in (None, 5, "text", [1])),
        *((name, odd) for name in ("retrieval", "landmarks", "features_in") for odd in (None, 5, {}, ["vlad"])),
        ("local_features", {"hash": 5}),
        ("source", {"options": []}),
        ("source", {"odometry": {}}),
    ],
)
def test_what_a_build_says_has_its_types(field: str, value: object) -> None:
    with pytest.raises(MapIncompleteError, match="build"):
        Manifest.from_json(manifest(build={field: value}).to_json())


@pytest.mark.parametrize("field", ["mean_track", "max_error_px", "notes"])
@pytest.mark.parametrize("value", [None, "text", {}, True, -1.0, float("inf"), float("nan")], ids=repr)
def test_what_a_report_says_has_its_types(field: str, value: object) -> None:
    if field == "mean_track" and isinstance(value, float):
        assert Manifest.from_json(manifest(report={field: value}).to_json())  # only printed
        return
    with pytest.raises(MapIncompleteError, match="report"):
        Manifest.from_json(manifest(report={field: value}).to_json())
