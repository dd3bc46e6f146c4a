import numpy as np
import pytest
from support.tiny_world import CAMERA, build_tiny_map

from reloc.errors import TrainingDataError
from reloc.maps.progress import silent
from reloc.maps.reference_map import ReferenceMap
from reloc.training.novel_views import DEPTH_CELL
from reloc.training.posenet import references
from reloc.training.posenet.references import FILE, load, target_camera


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return ReferenceMap.open(build_tiny_map(tmp_path_factory.mktemp("references"), "depth", "vlad"))


def test_the_target_sees_the_whole_image(tiny):
    camera = target_camera(tiny, 64)
    corners = np.array([[-0.5, -0.5], [63.5, 63.5]])
    np.testing.assert_allclose(
        camera.normalize(corners), CAMERA.pinhole.normalize([[-0.5, -0.5], [319.5, 239.5]]), atol=1e-9
    )


def test_decoded_once(tiny, tmp_path, monkeypatch):
    first = load(tiny, 64, tmp_path, silent)
    assert (tmp_path / FILE).exists()
    monkeypatch.setattr(references, "load_view", None)  # whoever decodes again fails
    second = load(tiny, 64, tmp_path, silent)
    assert first.has_depth
    for one, two in zip(first.views, second.views, strict=True):
        np.testing.assert_array_equal(one.image, two.image)
        np.testing.assert_array_equal(one.depth, two.depth)
    np.testing.assert_array_equal(second.world_from_cam, tiny.world_from_cam)


def test_depth_is_that_of_the_walls(tiny, tmp_path):
    views = load(tiny, 64, tmp_path, silent).views
    assert views[0].depth.shape == (64 // DEPTH_CELL, 64 // DEPTH_CELL)
    assert all(np.isfinite(view.depth).all() for view in views)
    assert 1.0 < np.median([view.depth for view in views]) < 4.0


def test_without_landmarks_views_can_only_be_turned(tmp_path):
    flat = ReferenceMap.open(build_tiny_map(tmp_path, "none", "vlad"))
    loaded = load(flat, 64, tmp_path / "work", silent)
    assert not loaded.has_depth
    assert all(np.isfinite(view.depth).all() for view in loaded.views)


def test_hardly_any_landmarks_are_refused_with_their_number(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(references, "load_view", lambda *_: None)
    with pytest.raises(TrainingDataError, match=r"12 of 12 references .* too few landmarks"):
        load(tiny, 64, tmp_path, silent)
