"""Ellipsoids, matches, boxes, plans and trajectories, without a server."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import reference_poses

from reloc.errors import RelocError, SourceError
from reloc.geometry import transforms
from reloc.maps.query_frames import query_input
from reloc.view import ellipsoid, plan, words
from reloc.view.map_box import MapBox
from reloc.view.query_files import sort_given
from reloc.view.trajectory_file import read_trajectory

LINE = "1.5 1 2 3 0 0 0 1\n"


def test_the_ellipsoid_holds_95_percent() -> None:
    random = np.random.default_rng(1)
    root = random.normal(size=(3, 3))
    covariance = np.zeros((6, 6))
    covariance[:3, :3] = root @ root.T
    vectors, lengths = ellipsoid.semi_axes(covariance)
    drawn = random.multivariate_normal(np.zeros(3), covariance[:3, :3], 20000)
    assert ((drawn @ vectors / lengths) ** 2).sum(axis=1).__le__(1.0).mean() == pytest.approx(0.95, abs=0.01)
    vertices, faces = ellipsoid.mesh(covariance)
    np.testing.assert_allclose(((vertices @ vectors / lengths) ** 2).sum(axis=1), 1.0, atol=1e-4)
    assert faces.max() < len(vertices)


@pytest.mark.parametrize("variance", [0.0, 1e-20, 1e12])
def test_an_odd_covariance_is_drawn_in_bounds(variance: float) -> None:
    vertices, _ = ellipsoid.mesh(np.eye(6) * variance)
    assert 0.5e-3 < np.abs(vertices).max() <= 1001.0


def test_a_leaning_map_gets_its_own_up() -> None:
    tilt = transforms.make(transforms.so3_exp([0.9, 0.4, 0.2]), [5.0, 6.0, 7.0])
    box = MapBox.of(tilt @ np.array(reference_poses()), np.zeros((0, 3)))
    assert box.up @ tilt[:3, 2] > 0.95
    np.testing.assert_allclose(box.axes @ box.axes.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(box.axes) == pytest.approx(1.0)


def test_one_reference_has_a_box() -> None:
    box = MapBox.of(np.array(reference_poses()[:1]), np.zeros((0, 3)))
    assert box.size >= 1.0
    assert np.isfinite(np.concatenate(box.viewpoint())).all()


def test_the_plan_shows_walls_where_they_stand() -> None:
    random = np.random.default_rng(0)
    wall = np.column_stack([np.full(3000, 2.0), random.uniform(0, 4, 3000), random.uniform(0.5, 2.5, 3000)])
    floor = np.column_stack([random.uniform(0, 4, (3000, 2)), np.zeros(3000)])
    box = MapBox(np.eye(3), np.zeros(3), np.array([4.0, 4.0, 2.6]))
    drawn = plan.draw(np.vstack([wall, floor]), box)
    assert drawn is not None
    in_world = drawn[0] @ np.eye(3) + box.world_from_floor()[:3, 3]
    assert np.abs(in_world[:, 0] - 2.0).max() < 0.1
    assert plan.draw(np.zeros((0, 3)), box) is None


def test_a_trajectory_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.tum"
    file.write_text("# stamp tx ty tz qx qy qz qw\n" + LINE + "2.5 4 5 6 0 0 0.7071068 0.7071068\n")
    found = read_trajectory(file)
    assert found.stamps_ns.tolist() == [1_500_000_000, 2_500_000_000]
    np.testing.assert_allclose(found.world_from_body[1] @ [1, 0, 0, 1], [4, 6, 6, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no pose"),
        ("# nothing\n", "holds no pose"),
        (LINE + "1 2 3\n", "1 of 2 lines .*line 2 has 3 columns"),
        (LINE + "2 1 2 3 0 0 0 x\n", "'x'"),
        ("2 1 2 3 0 0 0 0\n", "quaternion"),
        ("2 nan 2 3 0 0 0 1\n", "not finite"),
        ("\0", "NUL"),
    ],
)
def test_a_bad_trajectory_is_refused(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "bad.tum"
    file.write_text(text)
    with pytest.raises(RelocError, match=says):
        read_trajectory(file)


def test_a_bad_line_is_left_out_and_said(tmp_path: Path) -> None:
    """As the importers read such files: one parser serves them all."""
    file = tmp_path / "a.tum"
    file.write_text("".join(f"{i} 1 2 3 0 0 0 1\n" for i in range(9)) + "9 1 2 nan 0 0 0 1\n")
    given = sort_given([file], query_input)
    assert given.trajectories[0].stamps_ns.tolist() == [i * 1_000_000_000 for i in range(9)]
    assert "1 of 10 lines" in given.notes[0]
    assert "line 10" in given.notes[0]


def test_stamps_in_nanoseconds_are_read(tmp_path: Path) -> None:
    file = tmp_path / "orb.txt"
    file.write_text("1403636579763555584.000000 1 2 3 0 0 0 1\n")
    assert read_trajectory(file).stamps_ns.tolist() == [1_403_636_579_763_555_584]


def test_of_a_video_some_frames_are_taken_evenly(tmp_path: Path) -> None:
    import cv2

    writer = cv2.VideoWriter(str(tmp_path / "v.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 30.0, (64, 48))
    for i in range(150):
        writer.write(np.full((48, 64, 3), i, np.uint8))
    writer.release()
    given = sort_given([tmp_path / "v.mp4"], query_input)
    assert len(given.frames) == 100
    assert (given.frames[0].name, given.frames[-1].name) == ("v/000000", "v/000149")
    assert "100 of 150 images" in given.notes[0]
    assert len(sort_given([tmp_path / "v.mp4"], query_input, every=1).frames) == 150


def test_given_files_are_sorted(tmp_path: Path) -> None:
    import cv2

    (tmp_path / "shots").mkdir()
    for name in ("shots/a.png", "shots/b.png", "c.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "drive.tum").write_text(LINE)
    given = sort_given([tmp_path / "shots", tmp_path / "c.png", tmp_path / "drive.tum"], query_input)
    assert [frame.name for frame in given.frames] == ["shots/a.png", "shots/b.png", "c.png"]
    assert [one.name for one in given.trajectories] == ["drive.tum"]


@pytest.mark.parametrize("name", ["none.png", "none.tum", "n" * 300])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError):
        sort_given([tmp_path / name], query_input)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RelocError, match="image"):
        sort_given([tmp_path], query_input)


def test_every_text_in_the_panel_is_escaped() -> None:
    bad = "<script>x</script>"
    made = words.box(words.line(bad), words.dot("#fff", bad), words.table([(bad, bad)]))
    assert "<script" not in made
