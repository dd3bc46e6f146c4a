"""Maps with local features of another kind than RootSIFT, from the build to a pose, and what does not fit them."""

import json
import shutil

import numpy as np
import pytest
from support import tiny_points
from support.tiny_world import TinySource, build_tiny_map, query_poses, render

from reloc.cli.main import main
from reloc.engine import open_localizer
from reloc.errors import MapFeatureError, MapIncompleteError, ModelNotFoundError, PluginError
from reloc.estimators.observation import extractor_of
from reloc.features.points import Points, PointsConfig
from reloc.maps import array_form, layout, map_features
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.held_array import HeldArray
from reloc.maps.reference_map import ReferenceMap


@pytest.fixture(scope="module")
def points_map(tmp_path_factory):
    config = BuildConfig(
        landmarks="depth", retrieval="vlad", local_features="points",
        features=PointsConfig(model=str(tiny_points.tiny_points())),
    )  # fmt: skip
    return build_map(TinySource(), tmp_path_factory.mktemp("maps") / "points.map", config)


def test_a_map_says_which_features_it_has(points_map, tmp_path):
    assert map_features.kind_of(points_map.manifest.build) == "points"
    told = points_map.manifest.build[map_features.KIND]
    assert (told["width"], told["dtype"]) == (tiny_points.LENGTH, "int8")
    rootsift = ReferenceMap.open(build_tiny_map(tmp_path, "none"))
    assert rootsift.manifest.build[map_features.KIND]["name"] == "rootsift"


def test_a_map_of_before_has_rootsift(tmp_path):
    folder = build_tiny_map(tmp_path, "none")
    head = json.loads((folder / layout.MANIFEST).read_text())
    del head["build"][map_features.KIND]
    (folder / layout.MANIFEST).write_text(json.dumps(head))
    opened = ReferenceMap.open(folder)
    assert map_features.kind_of(opened.manifest.build) == "rootsift"
    assert extractor_of(opened).name == "rootsift"


def test_its_references_hold_what_the_network_finds(points_map):
    found = extractor_of(points_map).extract(render(TinySource().poses[0])[0][..., 1])
    stored = points_map.features(0)
    assert stored.descriptors.dtype == np.int8
    assert stored.descriptors.shape == (len(stored), tiny_points.LENGTH)
    assert abs(len(stored) - len(found)) < 0.3 * len(found)


def test_what_needs_sift_refuses_them(points_map):
    with pytest.raises(MapFeatureError, match=r"sift_5pt needs rootsift features.*has points"):
        open_localizer(points_map, "sift_5pt", {"retrieval": "vlad"})


def test_features_of_another_model_are_refused(points_map, tmp_path):
    """The robot has a model of that name, but of another training."""
    copy = tmp_path / "copy.map"
    shutil.copytree(points_map.path, copy)
    tiny_points.make(tmp_path / "other", seed=2)
    head = json.loads((copy / layout.MANIFEST).read_text())
    head["build"][map_features.SETTINGS]["model"] = str(tmp_path / "other")
    (copy / layout.MANIFEST).write_text(json.dumps(head))
    with pytest.raises(MapFeatureError, match="points features of another model"):
        open_localizer(ReferenceMap.open(copy), "features", {"retrieval": "vlad"})


def test_the_same_model_may_lie_elsewhere(points_map, tmp_path):
    copy = tmp_path / "copy.map"
    shutil.copytree(points_map.path, copy)
    shutil.copytree(tiny_points.tiny_points(), tmp_path / "moved")
    head = json.loads((copy / layout.MANIFEST).read_text())
    head["build"][map_features.SETTINGS]["model"] = str(tmp_path / "moved")
    (copy / layout.MANIFEST).write_text(json.dumps(head))
    assert isinstance(extractor_of(ReferenceMap.open(copy)), Points)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"settings": {"model": "points", "blur": 3}}, MapFeatureError),
        ({"settings": {"model": "no_such_model"}}, ModelNotFoundError),
        ({"kind": {"name": "surf"}}, PluginError),
        ({"kind": {"name": "json.tool"}}, PluginError),  # a map does not decide what is imported
    ],
)
def test_what_cannot_be_opened_is_named(points_map, tmp_path, change, error):
    copy = tmp_path / "copy.map"
    shutil.copytree(points_map.path, copy)
    head = json.loads((copy / layout.MANIFEST).read_text())
    head["build"][map_features.SETTINGS] = change.get("settings", head["build"][map_features.SETTINGS])
    head["build"][map_features.KIND] = change.get("kind", head["build"][map_features.KIND])
    (copy / layout.MANIFEST).write_text(json.dumps(head))
    with pytest.raises(error):
        extractor_of(ReferenceMap.open(copy))


@pytest.mark.parametrize(
    "descriptors",
    [
        np.zeros((10, 32), np.uint8), np.full((10, 64), np.nan, np.float32), np.zeros((9, 64), np.int8),
        np.zeros((10, 200), np.int16), np.zeros(10, np.int8), np.zeros((10, 0), np.int8), np.zeros((10, 5000), np.int8),
    ],
)  # fmt: skip
def test_descriptors_of_another_form_are_refused(tmp_path, descriptors):
    for good in (np.zeros((10, n), t) for n, t in ((64, np.int8), (16, np.int16), (128, np.uint8), (64, np.uint8))):
        array_form.check_descriptors(tmp_path, {"descriptors": HeldArray.of(good)}, "descriptors", 10)
    with pytest.raises(MapIncompleteError, match="descriptors"):
        array_form.check_descriptors(tmp_path, {"descriptors": HeldArray.of(descriptors)}, "descriptors", 10)
    with pytest.raises(MapIncompleteError, match="lacks"):
        array_form.check_descriptors(tmp_path, {}, "descriptors", 10)


def test_the_command_builds_with_them(tmp_path, capsys):
    """From pictures on disk, as a person does it."""
    source = tmp_path / "scene"
    write_seven_scenes(source)
    build = ["map", "build", str(source), "--source", "7scenes", "--split", "all", "--camera", "280,159.5,119.5"]
    build += ["--landmarks", "none", "--retrieval", "vlad", "--calibrate", "none"]
    more = ["--features", "points", "--feature-param", f"model={tiny_points.tiny_points()}", "--max-features", "333"]
    assert main([*build, *more, "--out", str(tmp_path / "made.map")]) == 0
    made = ReferenceMap.open(tmp_path / "made.map")
    assert made.manifest.build[map_features.SETTINGS]["max_features"] == 333
    assert max(len(made.features(i)) for i in range(len(made))) <= 333
    capsys.readouterr()
    assert main([*build, "--features", "surf", "--out", str(tmp_path / "other.map")]) == 2
    assert "rootsift" in capsys.readouterr().err
    more = ["--features", "points", "--contrast-threshold", "0.1"]
    assert main([*build, *more, "--out", str(tmp_path / "other.map")]) == 2
    assert "contrast_threshold" in capsys.readouterr().err


def write_seven_scenes(folder):
    import cv2

    sequence = folder / "seq-01"
    sequence.mkdir(parents=True)
    for name in ("TrainSplit.txt", "TestSplit.txt"):
        (folder / name).write_text("sequence1\n")
    for i, pose in enumerate([*TinySource().poses[:3], *query_poses()[:1]]):
        cv2.imwrite(str(sequence / f"frame-{i:06d}.color.png"), render(pose)[0][..., ::-1])
        np.savetxt(sequence / f"frame-{i:06d}.pose.txt", pose)
