"""``reloc map``, as a person types it, on a folder like 7-Scenes that the test writes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.tiny_world import CAMERA, reference_poses, render

from reloc.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("scene")
    (root / "seq-01").mkdir()
    (root / "TrainSplit.txt").write_text("sequence1\n")
    for index, pose in enumerate(reference_poses(6)):
        stem = root / "seq-01" / f"frame-{index:06d}"
        cv2.imwrite(f"{stem}.color.png", render(pose)[0][..., ::-1])
        np.savetxt(f"{stem}.pose.txt", pose)
    return root


@pytest.fixture(scope="module")
def built(folder: Path) -> Path:
    out = folder.parent / "cli.map"
    camera = f"{CAMERA.fx},{CAMERA.cx},{CAMERA.cy}"
    words = ["map", "build", str(folder), "--source", "7scenes", "--camera", camera, "--camera-origin", "centre"]
    assert main([*words, "--retrieval", "vlad", "--out", str(out)]) == 0
    return out


def test_info(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "info", str(built)]) == 0
    text = capsys.readouterr().out
    assert "references   6" in text
    assert "networks     none" in text
    assert "320 x 240, f 280 280, c 159.5 119.5" in text
    assert main(["map", "info", str(built), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["references"] == 6
    assert values["build"]["retrievers"]["vlad"]


def test_check_finds_nothing_wrong(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "check", str(built)]) == 0
    text = capsys.readouterr().out
    assert "6 of 6 references are localized correctly" in text
    assert "no problem found" in text


def test_existing_map_is_not_replaced(built: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["map", "build", str(folder), "--source", "7scenes", "--camera", "280", "--out", str(built)]
    assert main(words) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_every_chooses_frames(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["map", "build", str(folder), "--source", "7scenes", "--camera", "280", "--every", "3"]
    assert main([*words, "--landmarks", "none", "--retrieval", "", "--out", str(tmp_path / "m")]) == 0
    assert "references   2" in capsys.readouterr().out


def test_no_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "info", str(tmp_path / "nowhere")]) == 2
    assert "No map at" in capsys.readouterr().err


def flip_a_bit(folder: Path) -> None:
    file = folder / "compiled" / "poses.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"\x7f")


def set_in_manifest(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "map.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return change


BAD_MAPS = {
    "has no reference": set_in_manifest(references=0),
    "has format 99; this reloc reads formats up to 2. Update reloc": set_in_manifest(format_version=99),
    "has the content hash ": set_in_manifest(content_hash="0" * 64),
    "poses.npy is not the file that the map was built with": flip_a_bit,
    "features/uv.npy is missing": lambda folder: (folder / "compiled" / "features" / "uv.npy").unlink(),
    "is not a manifest": lambda folder: (folder / "map.json").write_text('{"format_ver'),
    "has no map.json": lambda folder: shutil.rmtree(folder) or folder.mkdir(),
}


@pytest.mark.parametrize("says", BAD_MAPS)
def test_a_bad_map_is_one_line_for_every_command(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], says: str
) -> None:
    bad = Path(shutil.copytree(built, tmp_path / "bad map"))
    BAD_MAPS[says](bad)
    for words in (["map", "check"], ["localize"], ["eval"]):
        more = {"localize": ["a.png"], "eval": [str(tmp_path), "--source", "images"]}.get(words[0], [])
        assert main([*words, str(bad), *more]) == 2
        out, err = capsys.readouterr()
        assert says in err
        assert (out, err.count("\n")) == ("", 1)


@pytest.mark.parametrize("command", ["build", "info", "check"])
def test_help_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["map", command, "--help"])
    assert f"reloc map {command} " in capsys.readouterr().out.split("examples:")[1]
