"""Drawn views show what a camera at the drawn pose would see."""

import numpy as np
import pytest
from support.tiny_world import CAMERA, reference_poses, render

from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.training import nearby_views
from reloc.training.nearby_views import NearbyViews, shrunk
from reloc.training.novel_views import DEPTH_CELL, ReferenceView
from reloc.training.view_spread import Spread

TARGET = CAMERA.scaled(96, 96)


@pytest.fixture(scope="module")
def views():
    def view(pose):
        image, _ = render(pose, TARGET)
        _, depth = render(pose, TARGET.scaled(96 // DEPTH_CELL, 96 // DEPTH_CELL))
        return ReferenceView(image, depth, pose)

    return [view(pose) for pose in reference_poses(24)]


@pytest.fixture(scope="module")
def nearby(views):
    return NearbyViews(views, TARGET, Spread.of(np.stack([v.world_from_cam for v in views]), 0.3, 20.0))


def test_a_sample_depends_on_its_generator_alone(nearby):
    one = nearby.draw(np.random.default_rng(5))
    nearby.draw(np.random.default_rng(6))
    two = nearby.draw(np.random.default_rng(5))
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.world_from_cam, two.world_from_cam)


def test_samples_look_like_the_world_from_their_pose(nearby, monkeypatch):
    """Rendered at the drawn pose, most pixels are those of the sample; rendered a decimetre off, fewer are."""
    monkeypatch.setattr(nearby_views, "vary", lambda image, random: image)
    monkeypatch.setattr(nearby_views, "COVERED", 0.0)
    differences, others = [], []
    for seed in range(30):
        sample = nearby.draw(np.random.default_rng(seed))
        aside = sample.world_from_cam.copy()
        aside[:3, 3] += [0.15, 0.0, 0.15]
        for pose, into in ((sample.world_from_cam, differences), (aside, others)):
            into.append(np.median(np.abs(render(pose, TARGET)[0].astype(int) - sample.image)))
    assert np.median(differences) < 10
    assert np.median(others) > 2 * np.median(differences)


def test_samples_go_where_no_reference_is(nearby, views):
    poses = [nearby.draw(np.random.default_rng(seed)).world_from_cam for seed in range(60)]
    nearest = [min(distance_between(pose, view.world_from_cam) for view in views) for pose in poses]
    turned = [min(rotation_angle_between(pose, view.world_from_cam) for view in views) for pose in poses]
    assert max(nearest) > 0.15
    assert max(turned) > np.deg2rad(8)
    assert min(nearest) < 1e-9  # some are as taken


def test_nothing_is_left_black_where_no_reference_looks(nearby):
    for seed in range(30):
        image = nearby.draw(np.random.default_rng(seed)).image
        black = (image == 0).all(axis=2).mean()
        assert black < 0.5, seed


def test_the_references_are_never_changed(views, nearby):
    before = [view.image.copy() for view in views]
    for seed in range(40):
        nearby.draw(np.random.default_rng(seed))
    for view, image in zip(views, before, strict=True):
        np.testing.assert_array_equal(view.image, image)


def test_shrunk_views_keep_their_poses_and_depths(views):
    small = shrunk(views, 48)
    assert small[3].image.shape == (48, 48, 3)
    assert small[3].depth.shape == (12, 12)
    assert np.median(small[3].depth) == pytest.approx(np.median(views[3].depth), rel=0.05)
    np.testing.assert_array_equal(small[3].world_from_cam, views[3].world_from_cam)
