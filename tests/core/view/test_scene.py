"""What the scene of a map holds, by the server's own account of its nodes."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import CAMERA, TinySource, query_poses, reference_poses, render

from reloc.datatypes import Lost, LostReason, Query
from reloc.evaluation.answering import Answered
from reloc.evaluation.coverage.survey import survey
from reloc.evaluation.self_check import leave_one_out
from reloc.maps.check import check
from reloc.maps.reference_map import ReferenceMap
from reloc.relocalizer import Relocalizer
from reloc.view.map_page import MapPage
from reloc.view.trajectory_file import DrawnPath


@pytest.fixture
def page(server, small: ReferenceMap) -> MapPage:
    return MapPage(server, small)


@pytest.fixture(scope="module")
def answered(small: ReferenceMap) -> Answered:
    query = Query(render(query_poses()[1])[0], CAMERA)
    return Answered(Relocalizer.open(small).engine.answer(query), 12.0, query)


def node(page: MapPage, name: str):
    return page.server.scene.get_handle_by_name(name)


def test_each_reference_is_a_frustum_at_its_pose_with_its_image(page: MapPage) -> None:
    for index, pose in enumerate(reference_poses()):
        frustum = node(page, f"/references/{index}")
        np.testing.assert_allclose(frustum.position, pose[:3, 3], atol=1e-5)
        assert frustum.image.shape[1] == 192
        assert frustum.aspect == pytest.approx(320 / 240)
        assert 2 * np.arctan(120 / 280) == pytest.approx(frustum.fov)


def test_landmarks_have_the_colors_of_the_walls(page: MapPage, small: ReferenceMap) -> None:
    points = node(page, "/landmarks/points").points
    colors = node(page, "/landmarks/points").colors
    pose = reference_poses()[5]
    in_cam = (points - pose[:3, 3]) @ pose[:3, :3]
    uv = np.rint(CAMERA.project(in_cam)).astype(int)
    seen = (in_cam[:, 2] > 0.1) & (uv >= 0).all(axis=1) & (uv < [320, 240]).all(axis=1)
    image = render(pose)[0].astype(int)
    off = np.abs(image[uv[seen, 1], uv[seen, 0]] - colors[seen].astype(int)).mean(axis=1)
    shuffled = np.abs(image[uv[seen, 1], uv[seen, 0]] - np.roll(colors[seen].astype(int), 7, axis=0)).mean(axis=1)
    assert seen.sum() > 100
    assert np.median(off) < 0.5 * np.median(shuffled)


def test_the_map_is_upright_and_fills_the_first_view(page: MapPage, small: ReferenceMap) -> None:
    camera = page.server.initial_camera
    np.testing.assert_allclose(camera.up, [0, 0, 1], atol=1e-6)  # as the tiny world has it
    ahead = camera.look_at - camera.position
    ahead /= np.linalg.norm(ahead)
    offset = small.landmarks - camera.position
    angle = np.arccos((offset @ ahead) / np.linalg.norm(offset, axis=1))
    assert np.quantile(angle, 0.9) < camera.fov  # in the window
    assert np.quantile(angle, 0.9) > camera.fov / 6  # and not a spot in its middle


def test_a_layer_is_switched_off_and_on(page: MapPage) -> None:
    box = page.layers._boxes["/landmarks"]
    assert node(page, "/landmarks").visible
    box.value = False
    assert not page.layers.is_shown("/landmarks")
    page.layers.show("/landmarks", True)
    assert node(page, "/landmarks").visible
    assert page.layers.titles() == ["References", "Landmarks", "Floor plan"]


def test_a_query_is_drawn_with_its_ellipsoid_and_its_matches(page: MapPage, answered: Answered) -> None:
    page.answers.add("photo.jpg", answered)
    frustum, ellipsoid = node(page, "/queries/0"), node(page, "/queries/ellipsoid_0")
    np.testing.assert_allclose(frustum.position, query_poses()[1][:3, 3], atol=0.03)
    np.testing.assert_allclose(ellipsoid.position, frustum.position)
    page.answers.choose(0)
    assert page.selection.title == "photo.jpg"
    assert page.selection._picture.visible
    assert "agree with the pose" in page.selection._text.content


def test_a_lost_query_is_listed_with_its_reason_and_not_drawn(page: MapPage, answered: Answered) -> None:
    page.answers.expect(3)
    page.answers.add("<b>dark</b>.jpg", Answered(Lost(LostReason.TOO_FEW_FEATURES, "3 key points & 40 needed")))
    page.answers.add("photo.jpg", answered)
    said = page.answers._summary.content
    assert "1 of 2 localized, 1 to come" in said
    assert "&lt;b&gt;dark&lt;/b&gt;.jpg: too_few_features. 3 key points &amp; 40 needed" in said
    assert node(page, "/queries/0") is None
    assert node(page, "/queries/1") is not None
    page.answers.choose(0)
    assert "too_few_features" in page.selection._text.content


def test_coverage_and_advice_are_layers(page: MapPage, small: ReferenceMap) -> None:
    page.add_coverage(survey(small, check(small), leave_one_out(small)))
    assert {"Coverage", "Missing views"} <= set(page.layers.titles())
    assert len(node(page, "/coverage/works").points) == len(small)


def test_a_map_without_coverage_says_how_to_get_it(page: MapPage, small: ReferenceMap) -> None:
    page.add_coverage(survey(small, check(small)))
    assert "Coverage" not in page.layers.titles()


def test_trajectories_are_lines_with_a_legend(page: MapPage) -> None:
    poses = np.array(reference_poses())
    page.add_trajectories([DrawnPath(f"{n}.tum", np.arange(n), poses[:n]) for n in (1, 12)])
    assert node(page, "/trajectories/0/line") is None  # one pose is no line
    assert node(page, "/trajectories/1/line").points.shape == (11, 2, 3)
    assert "12.tum: 12 poses" in page._about.content


def test_a_map_without_images_is_drawn_and_says_so(server, small: ReferenceMap, tmp_path: Path) -> None:
    shutil.copytree(small.path, tmp_path / "bare.map")
    opened = ReferenceMap.open(tmp_path / "bare.map", verify=False)
    shutil.rmtree(tmp_path / "bare.map" / "images")
    page = MapPage(server, opened)
    assert node(page, "/references/3").image is None
    assert "12 of 12 are missing" in page._about.content
    assert (node(page, "/landmarks/points").colors == 130).all()


def test_a_map_without_landmarks_is_drawn_and_says_so(server, tmp_path: Path) -> None:
    from reloc.features.rootsift import RootSiftConfig
    from reloc.maps.build_config import BuildConfig
    from reloc.maps.builder import build_map

    config = BuildConfig(landmarks="none", retrieval="vlad", features=RootSiftConfig(max_features=64))
    opened = build_map(TinySource(poses=reference_poses()[:2]), tmp_path / "plain.map", config)
    page = MapPage(server, opened)
    assert node(page, "/references/1") is not None
    assert node(page, "/landmarks/points") is None
    assert "none: built with --landmarks none" in page._about.content
    page.add_coverage(survey(opened, check(opened)))
