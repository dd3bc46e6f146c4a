"""A map with several kinds of local features: adding one changes nothing else, and each localizer gets its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.old_map import as_before, relist
from support.tiny_world import CAMERA, TinySource, build_tiny_map, query_poses

from reloc.cli.main import main
from reloc.datatypes import Localized, Query
from reloc.engine import Engine, open_localizer
from reloc.errors import MapError, MapFeatureError, MapHashError, MapIncompleteError, RelocError
from reloc.features.points import PointsConfig
from reloc.features.rootsift import RootSiftConfig
from reloc.geometry.transforms import distance_between
from reloc.maps import added_features, attachments, layout, map_features
from reloc.maps.add_features import add_features
from reloc.maps.manifest import Manifest
from reloc.maps.reference_map import ReferenceMap

FOLDER = layout.arrays_folder("features_points")
CONFIG = PointsConfig(max_features=400)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of RootSIFT with a calibration, as far as files go."""
    folder = build_tiny_map(tmp_path_factory.mktemp("before"))
    calibration = tmp_path_factory.mktemp("calibration")
    (calibration / "calibration.json").write_text("{}")
    attachments.place(folder, "calibration_features", calibration)
    return folder


@pytest.fixture(scope="module")
def both(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same map with `points` besides."""
    folder = tmp_path_factory.mktemp("both") / before.name
    shutil.copytree(before, folder)
    done = add_features(folder, "points", CONFIG)
    assert (done.changed, done.signed, done.notes) == (True, False, ())
    return folder


@pytest.fixture
def copied(both: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(both, tmp_path / both.name))


def test_nothing_else_in_the_map_changes(before: Path, both: Path) -> None:
    old, new = Manifest.load(before), Manifest.load(both)
    now = {entry.path: entry.sha256 for entry in new.files}
    assert {entry.path: now.get(entry.path) for entry in old.files} == {e.path: e.sha256 for e in old.files}
    assert all(path.startswith(f"{FOLDER}/") for path in set(now) - {entry.path for entry in old.files})
    assert attachments.bare_hash(new) == attachments.bare_hash(old)  # what calibrations and networks rest on
    assert attachments.calibrations(new) == ("calibration_features",)
    assert new.content_hash != old.content_hash
    assert (new.key_points, new.landmarks, new.build) == (old.key_points, old.landmarks, old.build)
    assert not list(both.parent.glob("*.partial"))
    ReferenceMap.open(both)  # all hashes are right


def test_the_map_says_which_kinds_it_has(both: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = ReferenceMap.open(both)
    assert added_features.kinds_in(opened.manifest) == ("rootsift", "points")
    assert main(["map", "info", str(both)]) == 0
    assert "points, with" in capsys.readouterr().out


def test_a_view_shows_one_kind(both: Path) -> None:
    opened = ReferenceMap.open(both)
    seen = opened.with_features("points")
    assert map_features.kind_of(seen.manifest.build) == "points"
    assert seen.features(3).descriptors.dtype == np.int8
    assert len(seen.features(3)) <= 400
    assert seen.landmark_descriptors.shape == (seen.manifest.landmarks, 64)
    assert seen.arrays("retrieval/vlad")["centres"].shape[1] == 64
    assert opened.features(3).descriptors.dtype == np.uint8  # the map itself stays
    assert opened.with_features("") is opened
    assert opened.with_features("rootsift") is opened
    assert seen.with_features("rootsift") is opened
    assert seen.content_hash == opened.content_hash
    assert attachments.bare_hash(seen.manifest) != attachments.bare_hash(opened.manifest)  # not its calibration


@pytest.mark.parametrize(("kind", "name"), [("points", "features"), ("", "features"), (None, "sift_5pt")])
def test_each_localizer_gets_its_kind(both: Path, kind: str | None, name: str) -> None:
    parameters = {"retrieval": "vlad"} | ({} if kind is None else {"kind": kind})
    localizer = open_localizer(ReferenceMap.open(both), name, parameters)
    frame, pose = TinySource().frames("test")[1], query_poses()[1]
    answer = localizer.localize(Query(frame.load_image(), CAMERA))
    assert isinstance(answer, Localized)
    assert distance_between(answer.world_from_cam, pose) < 0.05
    assert answer.features is None or answer.features.descriptors.shape[1] == (64 if kind else 128)


def test_verification_sees_the_same_kind(both: Path) -> None:
    from reloc.trust.verification import VerificationConfig

    parameters = {"retrieval": "vlad", "kind": "points"}
    engine = Engine.open(ReferenceMap.open(both), "features", parameters, VerificationConfig(when="always"))
    assert map_features.kind_of(engine.reference_map.manifest.build) == "points"
    assert engine.calibration is None  # that of RootSIFT does not hold
    answer = engine.answer(Query(TinySource().frames("test")[1].load_image(), CAMERA))
    assert isinstance(answer, Localized), answer
    assert answer.verified


def test_what_the_map_lacks_is_said_with_the_way_to_add_it(before: Path) -> None:
    with pytest.raises(MapFeatureError, match=r"needs points features.*has rootsift.*reloc map add-features .* points"):
        open_localizer(ReferenceMap.open(before), "features", {"kind": "points"})
    with pytest.raises(MapFeatureError, match="needs surf features"):
        open_localizer(ReferenceMap.open(before), "features", {"kind": "surf"})


def test_adding_again_changes_nothing_and_other_settings_replace(copied: Path) -> None:
    head = (copied / layout.MANIFEST).read_bytes()
    assert not add_features(copied, "points", CONFIG).changed
    assert (copied / layout.MANIFEST).read_bytes() == head
    assert add_features(copied, "points", PointsConfig(max_features=200)).changed
    seen = ReferenceMap.open(copied).with_features("points")
    assert max(len(seen.features(i)) for i in range(len(seen))) <= 200


def test_what_the_map_was_built_with_is_not_replaced(copied: Path) -> None:
    assert not add_features(copied, "rootsift").changed
    with pytest.raises(MapFeatureError, match="built with rootsift features of another"):
        add_features(copied, "rootsift", RootSiftConfig(max_features=333))


def test_an_interrupted_addition_leaves_the_map_and_continues(before: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(before, tmp_path / before.name))
    head, found = (folder / layout.MANIFEST).read_bytes(), []

    def stop(step: str, done: int, total: int) -> None:
        found.append(step)
        if step == "matches":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_features(folder, "points", CONFIG, stop)
    assert (folder / layout.MANIFEST).read_bytes() == head
    assert added_features.kinds_in(ReferenceMap.open(folder).manifest) == ("rootsift",)
    again: list[str] = []
    add_features(folder, "points", CONFIG, lambda step, done, total: again.append(step))
    assert "features" in found
    assert "features" not in again
    assert "points" in added_features.kinds_in(ReferenceMap.open(folder).manifest)


def test_a_map_of_before_and_a_signed_one_take_them(before: Path, tmp_path: Path) -> None:
    folder = as_before(before, tmp_path / "old.map")
    (folder / layout.SIGNATURE).write_text("{}")
    done = add_features(folder, "points", PointsConfig(max_features=100))
    assert done.signed
    assert not (folder / layout.SIGNATURE).exists()
    assert len(ReferenceMap.open(folder).with_features("points").features(0)) <= 100


def test_a_map_that_cannot_be_changed_or_read_is_named(before: Path, tmp_path: Path) -> None:
    with pytest.raises(MapError, match="No map at"):
        add_features(tmp_path / "nothing.map", "points")
    folder = Path(shutil.copytree(before, tmp_path / before.name))
    image = next((folder / layout.IMAGES).rglob("*.jpg"))
    image.write_bytes(b"\xff\xd8" + bytes(image.stat().st_size - 2))
    with pytest.raises(RelocError, match=image.name):
        add_features(folder, "points", CONFIG)
    assert added_features.kinds_in(Manifest.load(folder)) == ("rootsift",)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": "xfeat"}, MapHashError),
        ({"key_points": -3}, MapHashError),
        ({"landmarks": 10**9}, MapIncompleteError),
        ({"build": 5}, MapHashError),
        ({"build": {"local_features": 5}}, MapHashError),
        ({"shared": None}, MapHashError),
    ],
)
def test_what_is_said_of_a_kind_is_checked(copied: Path, change: dict[str, object], error: type[Exception]) -> None:
    file = copied / FOLDER / added_features.KIND_FILE
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    relist(copied)
    opened = ReferenceMap.open(copied)  # the others can be used
    assert isinstance(open_localizer(opened, "features"), object)
    with pytest.raises(error):
        opened.with_features("points")


@pytest.mark.parametrize(
    "part", ["features/descriptors", "features/offsets", "landmarks/ids", "retrieval/vlad/descriptors"]
)
def test_a_kind_that_is_listed_but_missing_is_named(copied: Path, part: str) -> None:
    file = copied / FOLDER / f"{part}.npy"
    file.unlink()
    with pytest.raises(MapIncompleteError, match="is missing"):
        ReferenceMap.open(copied)
    relist(copied)
    with pytest.raises((MapIncompleteError, MapFeatureError)):
        open_localizer(ReferenceMap.open(copied), "features", {"kind": "points"})


@pytest.mark.parametrize(
    "change", [lambda a: a[:, : a.shape[1] // 2], lambda a: a[:-1], lambda a: np.full(a.shape, np.nan, np.float32)]
)
def test_descriptors_of_a_kind_are_checked(copied: Path, change) -> None:
    file = copied / FOLDER / "features" / "descriptors.npy"
    np.save(file, change(np.load(file)))
    relist(copied)
    with pytest.raises(MapIncompleteError):
        ReferenceMap.open(copied).with_features("points")


def test_features_of_another_model_are_named_with_the_way_to_make_them_anew(copied: Path) -> None:
    file = copied / FOLDER / added_features.KIND_FILE
    said = json.loads(file.read_text())
    said["build"][map_features.KIND]["hash"] = "0" * 64
    file.write_text(json.dumps(said))
    relist(copied)
    with pytest.raises(MapFeatureError, match=r"points features of another model.*add-features"):
        open_localizer(ReferenceMap.open(copied), "features", {"kind": "points"})
    assert add_features(copied, "points", CONFIG).changed
    open_localizer(ReferenceMap.open(copied), "features", {"kind": "points"})


def test_the_command(before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(before, tmp_path / before.name))
    command = ["map", "add-features", str(folder), "points", "--feature-param", "max_features=100"]
    assert main(command) == 0
    assert "--param kind=points" in capsys.readouterr().out
    assert main(command) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert main(["map", "add-features", str(folder), "surf"]) == 2
    assert "rootsift" in capsys.readouterr().err
