"""Indoor-6 folders, and splits in pickles, which are read without running them."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest
from support import standard_scenes as scenes

from reloc.errors import CameraError, PoseError, SourceError
from reloc.maps.source import SourceOptions, open_source
from reloc.maps.sources.shared.pickled_texts import texts_by_name
from reloc.parsing.blame import Blame

BLAME = Blame("the split", SourceError, "Fetch it again")


@pytest.fixture
def scene(tmp_path):
    return scenes.indoor6(tmp_path)


def frames(path, split="test", **options):
    return open_source("indoor6", path, SourceOptions(**options)).frames(split)


def test_splits_and_images(scene):
    assert [len(frames(scene, split, allow_duplicates=True)) for split in ("train", "test", "all")] == [12, 3, 16]
    assert frames(scene)[0].load_image().shape == (240, 320, 3)
    assert frames(scene, camera="300")[0].camera.fx == 300


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_of_pickle_is_read(protocol):
    lists = {"train": ["a", "b"], "test": ("c",), "idx": np.arange(3), "none": [], "mixed": ["a", 1], "n": {"x": ["y"]}}
    found = texts_by_name(pickle.dumps(lists, protocol=protocol), BLAME)
    assert found == {"train": ["a", "b"], "test": ["c"], "none": []}


def test_texts_that_occur_twice_are_kept():
    name = "a" * 20
    assert texts_by_name(pickle.dumps({"train": [name, name], "test": [name]}), BLAME)["train"] == [name, name]


class _Runs:
    def __reduce__(self):
        return os.system, ("touch ran",)


def test_nothing_in_it_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert texts_by_name(pickle.dumps({"test": ["a"], "evil": _Runs()}), BLAME) == {"test": ["a"]}
    with pytest.raises(SourceError, match="no pickle of a dictionary"):
        texts_by_name(pickle.dumps(_Runs()), BLAME)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"no pickle", b".", b"}", b"\x80\x04]\x94.", b"u.", b"(u.", b"}(K\x01u.", b"h\x05.", b"0.", b"\x8c\xff.",
     b"r\xff\xff\xff\xff.", pickle.dumps({"a": ["b"]})[:-3]],
)  # fmt: skip
def test_broken_pickles_are_refused(content):
    with pytest.raises(SourceError, match="the split"):
        texts_by_name(content, BLAME)


def test_what_is_wrong_is_named(scene):
    image = next((scene / "images").glob("*test0.intrinsics.txt"))
    image.write_text("640 480\n")
    with pytest.raises(CameraError, match="width height f cx cy"):
        frames(scene)
    scenes.indoor6(scene)
    next((scene / "images").glob("*test0.pose.txt")).write_text("1 2 3\n")
    with pytest.raises(PoseError, match="3 x 4 numbers"):
        frames(scene, max_bad=0.0)
    scenes.indoor6(scene)
    (scene / "train_test_val.pkl").write_bytes(pickle.dumps({"train": ["a.color.jpg"]}))
    with pytest.raises(SourceError, match="no list test; it has 'train'"):
        frames(scene)
    (scene / "train_test_val.pkl").write_bytes(pickle.dumps({"test": ["../../a.color.jpg"]}))
    with pytest.raises(SourceError, match="the name of an image"):
        frames(scene)
    (scene / "train_test_val.pkl").unlink()
    with pytest.raises(SourceError, match="train_test_val"):
        frames(scene)
