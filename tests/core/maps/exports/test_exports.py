"""A map as other tools read it: each format leads a landmark back to the pixels that see it."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pycolmap
import pytest
from support.tiny_world import build_tiny_map, look_at, render, small_map

from reloc.cli.main import main
from reloc.errors import MapError, PluginError, StorageError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.colmap_convention import camera_from_colmap
from reloc.maps.exports.export import export_map
from reloc.maps.exports.nerfstudio import camera_fields
from reloc.maps.exports.pairs import LEAST_SHARED
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import open_source


@pytest.fixture(scope="module")
def opened():
    return ReferenceMap.open(small_map())


def check_reprojection(opened, index, camera, world_from_cam):
    """The landmarks that a reference sees fall onto its key points."""
    ids = opened.landmark_ids(index)
    seen = ids >= 0
    points = transforms.transform(transforms.inverse(world_from_cam), opened.landmarks[ids[seen]])
    error = np.linalg.norm(camera.project(points) - opened.features(index).uv[seen], axis=1)
    assert seen.sum() > 20
    assert np.median(error) < 0.5
    return seen


def test_colmap_has_colored_points_and_is_read_back(opened, tmp_path):
    folder = export_map(opened, "colmap", tmp_path / "out")
    model = pycolmap.Reconstruction(folder / "sparse" / "0")
    assert model.num_images() == len(opened)
    assert model.num_points3D() == opened.manifest.landmarks
    # The mean of the colors: what the world shows where the landmark is, within interpolation.
    apart = []
    for point in list(model.points3D.values())[::25]:
        image = model.images[point.track.elements[0].image_id]
        pose = transforms.inverse(np.vstack([image.cam_from_world().matrix(), [0, 0, 0, 1]]))
        u, v = image.points2D[point.track.elements[0].point2D_idx].xy - 0.5
        rendered = render(pose)[0]
        apart.append(np.abs(rendered[round(v), round(u)].astype(int) - point.color).max())
    assert np.median(apart) < 25
    frames = open_source("colmap", folder).frames("all")
    assert [f.name for f in frames] == [f"{name}.jpg" for name in opened.names]
    for index, frame in enumerate(frames):
        check_reprojection(opened, index, frame.camera, frame.world_from_cam)
        np.testing.assert_array_equal(frame.load_image(), opened.image(index))


def test_a_built_map_has_colors_in_its_own_model(opened):
    model = pycolmap.Reconstruction(opened.path / "sparse")
    colors = np.array([point.color for point in model.points3D.values()])
    assert colors.std(axis=0).min() > 20


def test_kapture_is_read_by_its_own_rules(opened, tmp_path):
    sensors = export_map(opened, "kapture", tmp_path / "out") / "sensors"

    def table(name):
        text = (sensors / name).read_text().splitlines()
        assert text[0] == "# kapture format: 1.1"
        return [line.split(", ") for line in text if not line.startswith("#")]

    cameras = {
        row[0]: camera_from_colmap(row[3], int(row[4]), int(row[5]), [float(n) for n in row[6:]])
        for row in table("sensors.txt")
        if row[2] == "camera"
    }
    records = {(row[0], row[1]): row[2] for row in table("records_camera.txt")}
    poses = table("trajectories.txt")
    assert len(poses) == len(records) == len(opened)
    for index, (stamp, device, *numbers) in enumerate(poses):
        qw, qx, qy, qz, *translation = (float(n) for n in numbers)
        world_from_cam = transforms.inverse(transforms.from_quaternion([qx, qy, qz, qw], translation))
        check_reprojection(opened, index, cameras[device], world_from_cam)
        file = sensors / "records_data" / records[stamp, device]
        np.testing.assert_array_equal(cv2.imread(str(file))[..., ::-1], opened.image(index))


def test_nerfstudio_is_read_back_with_the_axes_of_opengl(opened, tmp_path):
    folder = export_map(opened, "nerfstudio", tmp_path / "out")
    told = json.loads((folder / "transforms.json").read_text())
    # By hand: OpenGL's camera looks along -z, and up in the image is +y.
    matrix = np.array(told["frames"][0]["transform_matrix"])
    np.testing.assert_allclose(-matrix[:3, 2], opened.world_from_cam[0][:3, 2], atol=1e-12)
    np.testing.assert_allclose(matrix[:3, 1], -opened.world_from_cam[0][:3, 1], atol=1e-12)
    assert told["frames"][0]["cx"] == 160.0  # the middle of 320 pixels, from their corner
    for index, frame in enumerate(open_source("nerfstudio", folder).frames("all")):
        check_reprojection(opened, index, frame.camera, frame.world_from_cam)
    head, _, body = (folder / "sparse_pc.ply").read_bytes().partition(b"end_header\n")
    assert f"element vertex {opened.manifest.landmarks}\n".encode() in head
    assert len(body) == 15 * opened.manifest.landmarks


def test_pairs_share_landmarks(opened, tmp_path):
    folder = export_map(opened, "pairs", tmp_path / "out")
    seen = {
        path.image.removeprefix("images/"): set(opened.landmark_ids(i)[opened.landmark_ids(i) >= 0].tolist())
        for i, path in enumerate(opened.references)
    }
    pairs = [tuple(line.split()) for line in (folder / "pairs.txt").read_text().splitlines()]
    assert len(pairs) > len(opened)
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    for a, b in pairs:
        assert len(seen[a] & seen[b]) >= LEAST_SHARED
        assert (folder / "images" / a).is_file()


@pytest.mark.parametrize("name", ["colmap", "kapture", "nerfstudio", "pairs"])
def test_a_map_without_landmarks(tmp_path, name):
    bare = ReferenceMap.open(build_tiny_map(tmp_path, landmarks="none"))
    if name == "pairs":
        with pytest.raises(MapError, match="no landmarks"):
            export_map(bare, name, tmp_path / "out")
        assert not (tmp_path / "out").exists()
    else:
        assert "meters" in (export_map(bare, name, tmp_path / "out") / "README.txt").read_text()


def test_an_existing_folder_is_not_touched(opened, tmp_path):
    with pytest.raises(StorageError, match="exists"):
        export_map(opened, "kapture", tmp_path)
    with pytest.raises(PluginError):
        export_map(opened, "shared", tmp_path / "new")


def test_the_command_says_what_it_wrote(tmp_path, capsys):
    assert main(["map", "export", str(small_map()), "--to", "kapture", "--out", str(tmp_path / "k")]) == 0
    assert "12 images and" in capsys.readouterr().out


def test_cameras_that_nerfstudio_has_not():
    pose = look_at(np.array([1.0, 1.0, 1.0]), np.array([2.0, 3.0, 1.0]))
    assert pose.shape == (4, 4)
    rational = Camera(64, 48, 50, 50, 31, 23, DistortionModel.RATIONAL, (0.1, 0.2, 0, 0, 0.1, 0.3, 0.1, 0.1))
    with pytest.raises(Exception, match="rational distortion"):
        camera_fields(rational)
    fisheye = Camera(64, 48, 50, 50, 31, 23, DistortionModel.EQUIDISTANT, (0.1, 0.2, 0.0, 0.3))
    fields = camera_fields(fisheye)
    assert (fields["camera_model"], fields["k4"], fields["k2"]) == ("OPENCV_FISHEYE", 0.3, 0.2)
