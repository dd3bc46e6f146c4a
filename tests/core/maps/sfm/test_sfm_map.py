"""A video without poses becomes a map that says that its scale is unknown; what cannot be joined is named."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from support.tiny_world import CAMERA, query_poses, reference_poses, render

from reloc.cli.main import main
from reloc.errors import SfmError
from reloc.geometry import transforms
from reloc.maps.exports.export import export_map
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.sfm.config import SfmConfig
from reloc.maps.sfm.piece import SfmPiece
from reloc.maps.sfm.similarity import of_poses
from reloc.maps.sfm.solving import _spread, largest
from reloc.maps.sfm.source import SfmSource
from reloc.maps.source import open_source

COUNT = 10


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    root = tmp_path_factory.mktemp("filmed")
    video = cv2.VideoWriter(str(root / "phone.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10.0, (320, 240))
    video.set(cv2.VIDEOWRITER_PROP_QUALITY, 97)
    for pose in reference_poses(COUNT):
        video.write(render(pose)[0][..., ::-1])
    video.release()
    cv2.imwrite(str(root / "query.png"), render(query_poses()[1])[0][..., ::-1])
    return root


@pytest.fixture(scope="module")
def built(filmed, tmp_path_factory):
    out = tmp_path_factory.mktemp("sfm") / "phone.map"
    camera = f"{CAMERA.fx},{CAMERA.fx},{CAMERA.cx},{CAMERA.cy}"
    arguments = ["map", "build", str(filmed / "phone.avi"), "--sfm", "--camera", camera, "--retrieval", "vlad"]
    assert main([*arguments, "--max-features", "500", "--out", str(out)]) == 0
    return ReferenceMap.open(out)


def test_the_poses_are_those_of_the_video_up_to_a_similarity(built):
    assert len(built) == COUNT
    known = np.stack(reference_poses(COUNT))
    change = of_poses(np.array(built.world_from_cam), known)
    for pose, true in zip(change.poses(np.array(built.world_from_cam)), known, strict=True):
        assert transforms.distance_between(pose, true) < 0.02
        assert np.degrees(transforms.rotation_angle_between(pose, true)) < 0.5


def test_everything_says_that_the_scale_is_unknown(built, filmed, tmp_path, capsys):
    main(["map", "info", str(built.path)])
    assert "scale        unknown: positions and sigmas are in map units" in capsys.readouterr().out
    assert "the scale is unknown" in " ".join(built.manifest.report["notes"])
    main(["localize", str(built.path), str(filmed / "query.png")])
    assert " map units " in capsys.readouterr().out
    main(["localize", str(built.path), str(filmed / "query.png"), "--json"])
    assert '"unit": "map units"' in capsys.readouterr().out
    main(["localize", str(built.path), str(filmed / "query.png"), "--out", str(tmp_path / "q.tum")])
    assert "positions in map units" in capsys.readouterr().out
    assert "positions in map units" in (tmp_path / "q.tum").read_text()
    main(["eval", str(built.path), str(filmed), "--source", "images"])
    assert "the map's scale is unknown" in capsys.readouterr().err
    assert "its scale is unknown" in (export_map(built, "kapture", tmp_path / "k") / "README.txt").read_text()


def test_pictures_of_nothing_are_no_map(tmp_path, capsys):
    for i in range(4):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.full((120, 160, 3), 40 * i, np.uint8))
    assert main(["map", "build", str(tmp_path), "--sfm", "--out", str(tmp_path / "x.map")]) == 2
    assert "could be joined" in capsys.readouterr().err
    assert not (tmp_path / "x.map").exists()


def test_too_few_images(tmp_path):
    cv2.imwrite(str(tmp_path / "0.png"), np.zeros((120, 160, 3), np.uint8))
    with pytest.raises(SfmError, match="There are 1 images"):
        SfmSource(open_source("images", tmp_path), SfmConfig()).frames("all")


def pieces_of(*sizes):
    return [
        SfmPiece(tuple(range(n)), np.tile(np.eye(4), (n, 1, 1)), (CAMERA,) * n, np.zeros((0, 3)), 2.0, np.nan, 0.4)
        for n in sizes
    ]


def test_pieces_are_named_and_the_largest_is_kept():
    notes = []
    assert len(largest(pieces_of(80, 12, 5), 100, notes).images) == 80
    share = "80 of 100 images (80%) have a pose, mean error 0.40 px"
    fell = "structure from motion fell into 3 pieces of 80, 12, 5 images"
    assert notes == [f"{fell}; the largest is kept: {share}"]
    with pytest.raises(SfmError, match=r"could not join the images: .*9 of 100 images \(9%\)"):
        largest(pieces_of(9, 8), 100, notes)


def test_a_bag_or_images_need_no_source(tmp_path, capsys):
    assert main(["map", "build", str(tmp_path), "--out", str(tmp_path / "x.map")]) == 2
    assert "Give --source NAME, or --sfm" in capsys.readouterr().err


def test_frames_are_spread_evenly(filmed):
    frames = open_source("video", filmed / "phone.avi").frames("all")
    assert [f.name for f in _spread(frames, 4)] == [f"phone/{i:06d}" for i in (0, 2, 5, 7)]
    assert len(_spread(frames, 0)) == COUNT
