"""``reloc map encode``, as a person types it, on a map of the tiny world."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the test's networks are made with it")

from support import recall_pair
from support.tiny_models import TRAINED, recalled_pair
from support.tiny_world import CAMERA, TinySource, build_tiny_map, reference_poses, render

from reloc.cli.main import main
from reloc.errors import ModelFormatError
from reloc.localizers.exrenet.models import PairModels
from reloc.localizers.networked.reference_encodings import stored
from reloc.maps.attachments import bare_hash, kinds
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.reference_map import ReferenceMap


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A map of the tiny world without networks."""
    return build_tiny_map(tmp_path, "none", "densevlad")


def encode(folder: Path, *more: str, model: str = "") -> int:
    return main(["map", "encode", str(folder), "--model", model or recalled_pair(), *more])


def test_encodings_come_into_the_map_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = ReferenceMap.open(folder).manifest
    assert encode(folder) == 0
    assert "12 references encoded, 0 were known" in capsys.readouterr().out
    made = ReferenceMap.open(folder)  # with hashes: the manifest lists all that came
    assert kinds(made.manifest) == ("exrenet_encoder", "exrenet_head")
    assert made.content_hash != before.content_hash
    assert bare_hash(made.manifest) == before.content_hash
    arrays = made.arrays("exrenet_encoder")
    assert (arrays["coarse"].shape, arrays["coarse"].dtype) == ((12, 3, 8, 8), np.float16)
    assert arrays["fine"].shape == (12, 3, 32, 32)
    assert not arrays["fine"].flags.writeable
    assert encode(folder) == 0
    assert f"all 12 references of {folder} were encoded before" in capsys.readouterr().out
    assert ReferenceMap.open(folder).content_hash == made.content_hash


def test_only_new_references_are_encoded(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    encode(folder)
    config = BuildConfig(landmarks="none", retrieval="densevlad")
    poses = [*reference_poses(), *reference_poses(5)[1:3]]
    grown = build_map(TinySource(poses=poses), tmp_path / "grown.map", config).path
    capsys.readouterr()
    assert encode(grown, "--earlier", str(folder)) == 0
    assert "2 references encoded, 12 were known" in capsys.readouterr().out
    encoder = PairModels.of_map(ReferenceMap.open(grown)).encoder
    old, new = (stored(ReferenceMap.open(one), encoder) for one in (folder, grown))
    assert old is not None
    assert new is not None
    np.testing.assert_array_equal(new.arrays["fine"][:12], old.arrays["fine"])
    assert new.arrays["fine"][12:].any()


def test_another_head_is_changed_without_encoding(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encode(folder)
    capsys.readouterr()
    other = recall_pair.write(tmp_path, "surer", uncertainty={"max_sigma_m": 0.1})
    assert encode(folder, model=other) == 0
    assert "0 references encoded, 12 were known" in capsys.readouterr().out
    head = PairModels.of_map(ReferenceMap.open(folder)).head
    assert head.metadata["uncertainty"]["regressed"]["max_sigma_m"] == 0.1


def test_what_cannot_be_done_is_told(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert encode(folder, model="nowhere") == 2
    assert "'nowhere-encoder'" in capsys.readouterr().err
    assert encode(tmp_path / "nothing") == 2
    assert "No map at" in capsys.readouterr().err
    assert encode(folder, model=str(TRAINED)) == 2
    assert "is a posenet model, which does not encode references. Kinds that do: " in capsys.readouterr().err
    damaged = Path(shutil.copytree(folder, tmp_path / "damaged.map"))
    image = ReferenceMap.open(damaged).image_path(3)
    image.write_bytes(bytes(image.stat().st_size))  # of the right size, so that only decoding it can tell
    assert encode(damaged) == 2
    assert image.name in capsys.readouterr().err
    assert kinds(ReferenceMap.open(damaged, verify=False).manifest) == ()


def test_encodings_that_contradict_themselves(folder: Path) -> None:
    encode(folder)
    place = folder / "compiled" / "exrenet_encoder" / "encodings.json"
    opened = ReferenceMap.open(folder)
    encoder = PairModels.of_map(opened).encoder
    keys = json.loads(place.read_text())["keys"]
    for text in ("{", json.dumps({"keys": keys[:-1]})):
        place.write_text(text)
        with pytest.raises(ModelFormatError, match="reloc map encode"):
            stored(opened, encoder)


def test_a_build_that_encodes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import cv2

    (tmp_path / "scene" / "seq-01").mkdir(parents=True)
    (tmp_path / "scene" / "TrainSplit.txt").write_text("sequence1\n")
    for index, pose in enumerate(reference_poses(3)):
        stem = tmp_path / "scene" / "seq-01" / f"frame-{index:06d}"
        cv2.imwrite(f"{stem}.color.png", render(pose)[0][..., ::-1])
        np.savetxt(f"{stem}.pose.txt", pose)
    words = ["map", "build", str(tmp_path / "scene"), "--source", "7scenes", "--camera", str(CAMERA.fx)]
    words += ["--landmarks", "none", "--retrieval", "densevlad", "--out", str(tmp_path / "m.map"), "--encode"]
    assert main([*words, "nowhere"]) == 2
    assert not (tmp_path / "m.map").exists()  # told before the long build
    assert main([*words, recalled_pair()]) == 0
    assert "networks     exrenet_encoder, exrenet_head" in capsys.readouterr().out
