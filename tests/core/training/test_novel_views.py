"""Views that nobody took look like those that a camera would have taken."""

from __future__ import annotations

import numpy as np
import pytest
from support.tiny_world import CAMERA, build_tiny_map, render

from reloc.errors import TrainingDataError
from reloc.geometry.transforms import make, so3_exp
from reloc.maps.reference_map import ReferenceMap
from reloc.training.novel_views import DEPTH_CELL, ReferenceView, dense_depth, load_view, warp


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ReferenceMap:
    return ReferenceMap.open(build_tiny_map(tmp_path_factory.mktemp("views"), "triangulate", "vlad"))


def view_of(tiny: ReferenceMap) -> ReferenceView:
    view = load_view(tiny, 0, CAMERA.pinhole)
    assert view is not None
    return view


def test_depth_of_a_slanted_plane_is_that_plane() -> None:
    camera = CAMERA.pinhole
    uv = np.random.default_rng(0).uniform([0, 0], [camera.width, camera.height], (800, 2))
    rays = np.column_stack([camera.normalize(uv), np.ones(len(uv))])
    plane = np.array([0.2, -0.1, 0.5])  # plane . xyz = 1
    depth = dense_depth(camera, rays / (rays @ plane)[:, None])
    inner = depth[4:-4, 4:-4]
    v, u = (np.mgrid[: depth.shape[0], : depth.shape[1]] * DEPTH_CELL + (DEPTH_CELL - 1) / 2)[:, 4:-4, 4:-4]
    wanted = 1 / (np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones_like(u)], -1) @ plane)
    np.testing.assert_allclose(inner, wanted, rtol=0.02)


def test_from_where_it_was_taken_it_is_the_image_itself(tiny: ReferenceMap) -> None:
    view = view_of(tiny)
    image, mask = warp(view, CAMERA.pinhole, view.world_from_cam)
    assert (mask > 0).mean() > 0.95
    assert np.abs(image.astype(int) - view.image)[mask > 0].mean() < 2.0


def test_from_elsewhere_it_is_what_is_seen_there(tiny: ReferenceMap) -> None:
    view = view_of(tiny)
    new_from_old = make(so3_exp([0.02, 0.12, 0.03]), [0.12, -0.03, 0.10])
    world_from_new = view.world_from_cam @ new_from_old
    wanted = render(world_from_new)[0].astype(int)
    image, mask = warp(view, CAMERA.pinhole, world_from_new)
    seen = mask > 0
    assert seen.mean() > 0.5
    after = np.abs(image.astype(int) - wanted)[seen].mean()
    before = np.abs(view.image.astype(int) - wanted)[seen].mean()
    assert after < 0.5 * before, (after, before)


def test_behind_its_back_nothing_is_known(tiny: ReferenceMap) -> None:
    view = view_of(tiny)
    turned = view.world_from_cam @ make(so3_exp([0.0, np.pi, 0.0]), [0.0, 0.0, 0.0])
    assert not warp(view, CAMERA.pinhole, turned)[1].any()


def test_a_map_without_landmarks_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    bare = ReferenceMap.open(build_tiny_map(tmp_path_factory.mktemp("bare"), "none", "vlad"))
    with pytest.raises(TrainingDataError, match="landmarks"):
        load_view(bare, 0, CAMERA.pinhole)
