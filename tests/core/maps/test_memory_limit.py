"""A map whose memory is limited: the same answers as one that is held, and parts that cannot be read are named."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import CAMERA, build_tiny_map, query_poses, reference_poses, render

from reloc import images
from reloc.datatypes import Answer, Localized, Lost, Query
from reloc.engine import Engine, open_localizer
from reloc.errors import ConfigError, MapHashError, MapIncompleteError
from reloc.maps import page_hashes
from reloc.maps.integrity import list_files
from reloc.maps.manifest import content_hash
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.verification import VerificationConfig

PAGE = 4096
DESCRIPTORS = "compiled/features/descriptors.npy"


def rehash(folder: Path) -> None:
    values = json.loads((folder / "map.json").read_text())
    files = list_files(folder, skip=frozenset(["map.json"]))
    values["files"] = [{"path": f.path, "size": f.size, "sha256": f.sha256} for f in files]
    values["content_hash"] = content_hash(files)
    (folder / "map.json").write_text(json.dumps(values))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A map with small pages, so that a megabyte is little for it."""
    found = build_tiny_map(tmp_path)
    monkeypatch.setattr(page_hashes, "PAGE", PAGE)
    for part in ("features", "landmarks"):
        page_hashes.write(found / "compiled" / part)
    rehash(found)
    return found


def limited(folder: Path, verify: bool = True) -> ReferenceMap:
    return ReferenceMap.open(folder, verify, memory_limit_mb=1)


def damage(folder: Path, path: str, share: float) -> None:
    """Change a byte at this share of a file."""
    content = bytearray((folder / path).read_bytes())
    content[int(share * len(content))] ^= 0xFF
    (folder / path).write_bytes(content)


def queries() -> list[Query]:
    poses = [*query_poses(), *reference_poses()[::3]]
    return [Query(images.to_gray(render(pose)[0]), CAMERA) for pose in poses]


def assert_same(one: Answer, other: Answer) -> None:
    assert type(one) is type(other)
    if isinstance(one, Localized) and isinstance(other, Localized):
        np.testing.assert_array_equal(one.world_from_cam, other.world_from_cam)
        np.testing.assert_array_equal(one.covariance, other.covariance)
        assert repr(one.support) == repr(other.support)
        assert one.references == other.references


@pytest.mark.parametrize("verify", [True, False])
def test_the_same_answers(folder: Path, verify: bool) -> None:
    whole, part = ReferenceMap.open(folder), limited(folder, verify)
    always = VerificationConfig(when="always")
    engines = [Engine.open(opened, "features", {}, always) for opened in (whole, part)]
    answered = 0
    for query in queries():
        one, other = (engine.answer(query) for engine in engines)
        assert_same(one, other)
        answered += isinstance(one, Localized)
        assert part.held_bytes <= 1 << 20
    assert answered >= 4
    assert whole.manifest.size_bytes > 2 << 20
    assert part._paging is not None
    pages = sum(page_hashes.count(f.size) for f in part.manifest.files if part._paging.is_paged(f))
    assert part._paging.cache.loaded > pages  # some left and came back
    assert part.damaged == ""


def test_other_methods_and_all_data(folder: Path) -> None:
    whole, part = ReferenceMap.open(folder), limited(folder)
    for index in range(len(whole)):
        one, other = whole.features(index), part.features(index)
        for name in ("uv", "size", "angle", "descriptors"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        np.testing.assert_array_equal(whole.landmark_ids(index), part.landmark_ids(index))
        for mine, its in zip(whole.seen_landmarks(index), part.seen_landmarks(index), strict=True):
            np.testing.assert_array_equal(mine, its)
    np.testing.assert_array_equal(whole.landmarks, part.landmarks)
    for ids in (np.arange(5, 900), np.arange(3, 1000, 7), np.array([4])):
        np.testing.assert_array_equal(whole.landmark_looks(ids), part.landmark_looks(ids))
    np.testing.assert_array_equal(whole.landmark_descriptors, part.landmark_descriptors)
    query = queries()[0]
    assert_same(
        *(open_localizer(opened, "sift_5pt", {"retrieval": "vlad"}).localize(query) for opened in (whole, part))
    )


def test_a_limit_that_is_too_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # pages of the usual size: those of one reference take megabytes
    with pytest.raises(ConfigError, match=r"memory_limit_mb is 1, but the map .* needs \d: .*Set memory_limit_mb to"):
        limited(folder)
    needed = 8
    assert ReferenceMap.open(folder, memory_limit_mb=needed).held_bytes <= needed << 20


def test_a_part_that_is_damaged_is_named_and_the_rest_answers(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    damage(folder, DESCRIPTORS, 0.5)
    with pytest.raises(MapHashError, match=r"descriptors\.npy"):
        ReferenceMap.open(folder)
    part = limited(folder)
    localizer = open_localizer(part)
    answers = [localizer.localize(query) for query in queries()]
    assert sum(isinstance(answer, Localized) for answer in answers) >= 3
    named = [index for index in range(12) if not len(part.features(index))]
    assert 1 <= len(named) <= 2
    assert part.damaged.startswith(f"{len(named)} references of the map cannot be read")
    assert f"{DESCRIPTORS}, bytes " in part.damaged
    assert part.names[named[0]] in caplog.text
    assert caplog.text.count("is left out") == len(named)


def test_nothing_left_is_lost_with_the_reason(folder: Path) -> None:
    part = limited(folder)
    localizer = open_localizer(part)
    os.truncate(folder / DESCRIPTORS, 300)
    answers = [localizer.localize(query) for query in queries()]
    lost = [answer for answer in answers if isinstance(answer, Lost)]
    assert lost
    assert "cannot be read and are left out" in lost[-1].detail
    assert "was cut off after the map was opened" in lost[-1].detail


def test_landmarks_that_cannot_be_read_have_no_twin(folder: Path) -> None:
    damage(folder, "compiled/landmarks/descriptors.npy", 0.5)
    part = limited(folder)
    assert isinstance(open_localizer(part).localize(queries()[0]), Localized)
    assert "landmarks" in part.damaged


def test_a_table_that_is_damaged(folder: Path) -> None:
    damage(folder, "compiled/landmarks/ids.npy", 0.5)
    with pytest.raises(MapHashError, match=r"ids\.npy, bytes \d+ to \d+, is not what the map was built with"):
        limited(folder)


def test_a_file_that_is_missing(folder: Path) -> None:
    (folder / DESCRIPTORS).unlink()
    with pytest.raises(MapIncompleteError, match=r"descriptors\.npy is missing"):
        limited(folder)


def test_a_map_that_is_deleted_while_it_is_used(folder: Path) -> None:
    part = limited(folder)
    localizer = open_localizer(part)
    shutil.rmtree(folder)
    assert isinstance(localizer.localize(queries()[0]), Localized)
    assert part.damaged == ""


def test_a_map_without_hashes_of_pages(folder: Path) -> None:
    for part in ("features", "landmarks"):
        (folder / "compiled" / part / page_hashes.FILE).unlink()
    rehash(folder)
    assert isinstance(open_localizer(limited(folder)).localize(queries()[0]), Localized)
    opened = limited(folder)
    damage(folder, DESCRIPTORS, 0.5)
    assert not len(opened.features(6))
    assert "was written to after the map was opened" in opened.damaged
    with pytest.raises(MapHashError, match=r"descriptors\.npy is not the file"):
        limited(folder)


@pytest.mark.parametrize("content", [b"", b"{", b'{"page_bytes": 4096, "files": {"uv.npy": ["a"]}}', b'{"files": 3}'])
def test_a_list_of_pages_that_is_none(folder: Path, content: bytes) -> None:
    (folder / "compiled" / "features" / page_hashes.FILE).write_bytes(content)
    rehash(folder)
    with pytest.raises((MapHashError, MapIncompleteError), match=r"pages\.json"):
        limited(folder)
    assert len(ReferenceMap.open(folder)) == 12
