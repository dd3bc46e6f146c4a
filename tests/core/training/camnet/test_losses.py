"""Losses, algorithm 1 and augmentation against what they must give."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from reloc.geometry.transforms import check_rigid, inverse
from reloc.training.camnet.augment import mirrored, vary
from reloc.training.camnet.losses import pose_loss, similarity_losses, triplet_loss
from reloc.training.camnet.places import EASY, HARD, MODERATE
from reloc.training.camnet.refinement import fine_references, homogeneous, quaternions, relative
from reloc.training.schedule import poly


def test_frustum_and_angle_are_means_over_what_is_known():
    said = torch.tensor([[0.1, 0.2, 0.3], [0.5, 0.5, 0.5], [1.0, 1.0, 0.0]])
    distance = torch.tensor([[0.0, 0.0], [torch.nan, 0.1], [1.0, 0.0]])
    angle = torch.tensor([0.1, 0.5, torch.nan])
    frustum, turned = similarity_losses(said, distance, angle)
    assert float(frustum) == pytest.approx((0.3 + 1.0) / 2)
    assert float(turned) == pytest.approx((0.2 + 0.0) / 2)


def test_the_hardest_pairs_of_the_batch_make_the_triplet_loss():
    anchor = torch.zeros(6, 1, requires_grad=True)
    target = torch.tensor([[0.1], [0.3], [0.25], [0.6], [0.65], [0.9]])
    kind = torch.tensor([EASY, EASY, MODERATE, MODERATE, HARD, HARD])
    loss = triplet_loss(anchor, target, kind, 0.1)
    assert float(loss.detach()) == pytest.approx((0.3 - 0.25 + 0.1) + (0.6 - 0.65 + 0.1), abs=1e-4)
    loss.backward()
    assert torch.nonzero(anchor.grad[:, 0]).flatten().tolist() == [1, 2, 3, 4]
    assert float(triplet_loss(anchor, anchor, kind, 0.1).detach()) == pytest.approx(0.2)  # all features are one
    assert float(triplet_loss(anchor[:2], target[:2], kind[:2], 0.1)) == 0.0  # nothing to compare with


def test_a_pose_is_right_by_either_sign_of_its_quaternion():
    truth = torch.tensor([[0.0, 0.0, 0.6, 0.8]])
    said = torch.tensor([[1.0, 2.0, 3.0, 0.0, 0.0, -1.2, -1.6]])
    found = pose_loss(said, torch.tensor([[1.0, 2.0, 2.5]]), truth, torch.tensor([True]))
    assert float(found["loss"]) == pytest.approx(0.5)
    assert float(found["m"]) == pytest.approx(0.5)
    assert float(found["deg"]) == pytest.approx(0.0, abs=0.05)
    assert float(pose_loss(said, said[:, :3] + 1, truth, torch.tensor([False]))["loss"]) == 0.0


def random_poses(count, seed=0):
    rng = np.random.default_rng(seed)
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, :3, :3] = Rotation.random(count, rng).as_matrix()
    poses[:, :3, 3] = rng.normal(size=(count, 3))
    return poses


def test_relative_poses_are_those_of_scipy_at_any_angle():
    poses = random_poses(200)
    poses[0, :3, :3], poses[100, :3, :3] = np.eye(3), np.diag([1.0, -1.0, -1.0])  # half a turn
    translation, rotation = relative(torch.from_numpy(poses), torch.arange(100), torch.arange(100, 200))
    wanted = inverse(poses[:100]) @ poses[100:]
    np.testing.assert_allclose(homogeneous(translation, rotation).numpy(), wanted, atol=1e-9)
    assert float(rotation[:, 3].min()) >= 0.0
    torch.testing.assert_close(quaternions(torch.eye(3)[None]), torch.tensor([[0.0, 0.0, 0.0, 1.0]]))


def test_algorithm_1_takes_the_nearest_view_of_the_place_but_the_anchor():
    poses = np.tile(np.eye(4), (5, 1, 1))
    poses[:, 0, 3] = [0.0, 1.0, 2.0, 3.0, 2.0]
    group = torch.tensor([0, 0, 0, 0, 1])
    tensors = torch.from_numpy(poses)
    said = torch.tensor([[0.9, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]]).double()  # from view 1 it seems to be at 1.9
    anchor, target, moved = torch.tensor([0]), torch.tensor([1]), tensors[3:4]
    chosen = {
        truth: fine_references(said, anchor, target, tensors, group, moved, torch.tensor([truth]))
        for truth in (False, True)
    }
    assert chosen[False][0].item() == 2  # and not 4, of another place
    assert chosen[True][0].item() == 3
    at_anchor = said - torch.tensor([[1.9, 0, 0, 0, 0, 0, 0]])  # at 0, where only the anchor itself is
    assert fine_references(at_anchor, anchor, target, tensors, group, moved, torch.tensor([False]))[0].item() == 1
    nan = fine_references(said * torch.nan, anchor, target, tensors, group, moved, torch.tensor([False]))
    assert not nan[1].item()
    alone = fine_references(said, torch.tensor([4]), torch.tensor([4]), tensors, group, moved, torch.tensor([False]))
    assert not alone[1].item()


def test_a_mirrored_place_is_what_a_camera_in_a_mirrored_world_sees():
    """A point left in the image is right in the mirrored one, at the place that the mirrored pose says."""
    poses = random_poses(3, seed=3)
    images = np.zeros((3, 8, 8, 3), np.uint8)
    images[:, 2, 1] = 200
    flipped, moved = mirrored(images, poses)
    assert flipped[:, 2, 6].min() == 200
    for pose, other in zip(poses, moved, strict=True):
        check_rigid(other, "mirrored")
        point = np.array([0.7, -0.4, 2.0, 1.0])
        in_mirror = other @ (point * [-1, 1, 1, 1])
        np.testing.assert_allclose(in_mirror, (pose @ point) * [-1, 1, 1, 1], atol=1e-12)


def test_colours_vary_and_the_picture_stays():
    image = np.random.default_rng(0).integers(60, 180, (32, 32, 3)).astype(np.uint8)
    varied = [vary(image, np.random.default_rng(seed), 0.4, 0.3) for seed in range(20)]
    greys = [v.mean() for v in varied]
    assert max(greys) - min(greys) > 20
    assert all(np.corrcoef(v.mean(axis=2).ravel(), image.mean(axis=2).ravel())[0, 1] > 0.3 for v in varied)
    np.testing.assert_allclose(vary(image, np.random.default_rng(0), 0.0, 0.0), image, atol=1)


def test_poly():
    assert poly(0, 10) == 1.0
    assert poly(5, 10) == pytest.approx(0.5**0.9)
    assert poly(10, 10) == 0.0
