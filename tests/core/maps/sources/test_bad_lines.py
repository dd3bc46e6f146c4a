"""One bad line or file of a data set costs one frame; above a share the set is refused, with the counts."""

from __future__ import annotations

import numpy as np
import pytest
from support import folders

from reloc.errors import PoseError, RelocError, SourceError
from reloc.geometry import transforms
from reloc.maps.source import SourceOptions, open_source

COUNT, START = 12, 1305031102


def pose(i):
    return transforms.make(transforms.so3_exp([0.0, 0.03 * i, 0.0]), [0.1 * i, 0.02 * i, 1.0])


def numbers(i):
    return [*pose(i)[:3, 3], *transforms.to_quaternion(pose(i))]


def tum(root):
    for i in range(COUNT):
        folders.write_colour(root / f"rgb/{i}.png", i)
    (root / "rgb.txt").write_text("".join(f"{START + 0.1 * i:.6f} rgb/{i}.png\n" for i in range(COUNT)))
    lines = (f"{START + 0.1 * i:.6f} " + " ".join(f"{n:.9f}" for n in numbers(i)) for i in range(COUNT))
    (root / "groundtruth.txt").write_text("\n".join(lines) + "\n")
    return root / "groundtruth.txt"


def seven_scenes(root):
    (root / "TrainSplit.txt").write_text("sequence1\n")
    for i in range(COUNT):
        folders.write_colour(root / f"seq-01/frame-{i:06d}.color.png", i)
        np.savetxt(root / f"seq-01/frame-{i:06d}.pose.txt", pose(i))


def colmap(root):
    (root / "sparse/0").mkdir(parents=True)
    (root / "sparse/0/cameras.txt").write_text(
        f"1 PINHOLE {folders.WIDTH} {folders.HEIGHT} 60 60 30 20\n9 FOV 1920 1080 900 900 960 540 .9\n"
    )
    lines = []
    for i in range(COUNT):
        folders.write_colour(root / f"images/{i:02d}.png", i)
        inverse = transforms.inverse(pose(i))
        x, y, z, w = transforms.to_quaternion(inverse)
        lines += [f"{i + 1} {w} {x} {y} {z} {' '.join(str(n) for n in inverse[:3, 3])} 1 {i:02d}.png", "1.5 2.5 -1"]
    (root / "sparse/0/images.txt").write_text("# images\n" + "\n".join(lines) + "\n")
    return root / "sparse/0/images.txt"


def cambridge(root):
    lines = []
    for i in range(COUNT):
        folders.write_colour(root / f"seq1/{i}.png", i)
        x, y, z, w = transforms.to_quaternion(transforms.inverse(pose(i)))
        lines.append(f"seq1/{i}.png {' '.join(str(n) for n in pose(i)[:3, 3])} {w} {x} {y} {z}")
    (root / "dataset_train.txt").write_text("heading\n\n" + "\n".join(lines) + "\n")
    return root / "dataset_train.txt"


def read(kind, root, **options):
    camera = {} if kind == "colmap" else {"camera": "60"}
    source = open_source(kind, root, SourceOptions(**camera, **options))
    return source.frames("train"), " | ".join(source.notes)


def check_poses(found):
    for frame in found:
        index = int("".join(c for c in frame.name.rpartition("/")[2] if c.isdigit()))
        np.testing.assert_allclose(frame.world_from_cam, pose(index), atol=5e-3)


LISTS = {"tum": tum, "colmap": colmap, "cambridge": cambridge}


def changed(line, kind, how):
    """A line of a list, with one number another's."""
    words = line.split()
    at = {"tum": 4, "colmap": 2, "cambridge": 4}[kind]
    words[at] = how
    return " ".join(words)


def picture_lines(kind, lines):
    return [i for i, line in enumerate(lines) if len(line.split()) >= 8]


@pytest.mark.parametrize("how", ["nan", "-inf", "1.#QNAN", "-1.#IND00", "7", "x", "1,5", "0x1"])
@pytest.mark.parametrize("kind", LISTS)
def test_one_number(tmp_path, kind, how):
    file = LISTS[kind](tmp_path)
    lines = file.read_text().splitlines()
    at = picture_lines(kind, lines)[5]
    lines[at] = changed(lines[at], kind, how)
    file.write_text("\n".join(lines) + "\n")
    found, notes = read(kind, tmp_path)
    assert len(found) in (COUNT - 1, COUNT)  # TUM's is between two others
    check_poses(found)
    assert "1 of 12" in notes or "1 of 23" in notes or "1 of 24" in notes, notes


@pytest.mark.parametrize("how", ["doubled", "cut off", "missing", "swapped", "with a byte order mark", "CRLF"])
@pytest.mark.parametrize("kind", LISTS)
def test_one_line(tmp_path, kind, how):
    file = LISTS[kind](tmp_path)
    lines = file.read_text().splitlines()
    at = picture_lines(kind, lines)
    if how == "doubled":
        lines.insert(at[5] + 1, lines[at[5]])
    elif how == "cut off":
        lines[at[5]] = lines[at[5]][:25]
    elif how == "missing":
        del lines[at[5]]
    elif how == "swapped":
        lines[at[5]], lines[at[6]] = lines[at[6]], lines[at[5]]
    mark, end = ("\ufeff" if "mark" in how else ""), ("\r\n" if how == "CRLF" else "\n")
    file.write_bytes((mark + end.join(lines) + end).encode())
    found, _ = read(kind, tmp_path)
    assert len(found) >= COUNT - 1
    check_poses(found)


@pytest.mark.parametrize("how", ["nan", "missing", "cut", "scaled", "another's"])
def test_one_pose_file_of_7_scenes(tmp_path, how):
    seven_scenes(tmp_path)
    file = tmp_path / "seq-01/frame-000005.pose.txt"
    text = {"nan": "nan " * 16, "cut": "1 0 0 0", "scaled": "2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1"}
    if how == "missing":
        file.unlink()
    elif how == "another's":
        file.write_text((tmp_path / "seq-01/frame-000001.pose.txt").read_text())
        with pytest.raises(PoseError, match=r"2 of 12 frames .*exactly the pose of seq-01/frame-000001.*--max-bad 16"):
            read("7scenes", tmp_path)
        found, _ = read("7scenes", tmp_path, max_bad=20.0)
        assert len(found) == COUNT - 2
        return check_poses(found)
    else:
        file.write_text(text[how])
    found, notes = read("7scenes", tmp_path)
    assert len(found) == COUNT - 1
    assert "1 of 12 frames" in notes
    return check_poses(found)


def test_a_share_is_refused_with_the_counts(tmp_path):
    file = tum(tmp_path)
    lines = file.read_text().splitlines()
    for at, how in ((3, "nan"), (5, "nan"), (7, "9")):
        lines[at] = changed(lines[at], "tum", how)
    file.write_text("\n".join(lines))
    with pytest.raises(RelocError, match=r"3 of 12 poses of .*groundtruth\.txt.*line 4.*At most 5 %.*--max-bad 25"):
        read("tum", tmp_path)
    assert len(read("tum", tmp_path, max_bad=25.0)[0]) == COUNT
    with pytest.raises(RelocError):
        read("tum", tmp_path, max_bad=0.0)


def test_one_wrong_stamp_and_one_jump_of_a_tum_path(tmp_path):
    file = tum(tmp_path)
    lines = file.read_text().splitlines()
    lines[4] = lines[4].replace(f"{START}", f"{START + 77}")
    file.write_text("\n".join(lines))
    check_poses(read("tum", tmp_path)[0])
    lines[4] = f"{START + 0.4:.6f} 9 9 9 0 0 0 1"
    file.write_text("\n".join(lines))
    found, notes = read("tum", tmp_path)
    check_poses(found)
    assert "1 that jump" in notes


def test_a_list_of_images_in_another_order_is_sorted(tmp_path):
    tum(tmp_path)
    file = tmp_path / "rgb.txt"
    file.write_text("\n".join(reversed(file.read_text().splitlines())))
    found, notes = read("tum", tmp_path)
    assert [f.name for f in found] == [f"rgb/{i}.png" for i in range(COUNT)]
    assert "sorted" in notes


def test_a_camera_of_colmap_that_an_image_uses(tmp_path):
    file = colmap(tmp_path)
    file.write_text(file.read_text().replace(" 1 03.png", " 9 03.png"))
    with pytest.raises(RelocError, match=r"Camera 9 of the model .*, which images use: COLMAP camera model 'FOV'"):
        read("colmap", tmp_path)
    file.write_text(file.read_text().replace(" 9 03.png", " 77 03.png"))
    assert len(read("colmap", tmp_path)[0]) == COUNT - 1
    assert read("colmap", tmp_path, camera="55")[0][0].camera.fx == 55.0


def test_a_name_of_two_poses_is_neither_ones(tmp_path):
    file = cambridge(tmp_path)
    lines = file.read_text().splitlines()
    lines.insert(9, lines[9].replace(lines[9].split()[1], "0.75"))
    file.write_text("\n".join(lines))
    with pytest.raises(PoseError, match=r"lists seq1/7\.png twice"):
        read("cambridge", tmp_path)
    found, _ = read("cambridge", tmp_path, max_bad=20.0)
    assert "seq1/7.png" not in [f.name for f in found]
    with pytest.raises(SourceError):
        read("cambridge", tmp_path / "nowhere")
