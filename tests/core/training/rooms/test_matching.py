import numpy as np
import pytest
import torch

from reloc.errors import TrainingDataError
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.training.rooms.matching import match_pixels

SIDE, FOCAL = 32, 30.0
INTRINSICS = (FOCAL, FOCAL, (SIDE - 1) / 2, (SIDE - 1) / 2)
BOX_Z, WALL_Z, BOX = 1.0, 2.0, 0.25  # a square of half a metre in front of a wall


def cast(world_from_cam):
    """Depth (SIDE, SIDE) and what each pixel sees in the world (SIDE, SIDE, 3)."""
    v, u = np.mgrid[:SIDE, :SIDE]
    fx, fy, cx, cy = INTRINSICS
    rays = np.stack([(u - cx) / fx, (v - cy) / fy, np.ones_like(u, float)], -1) @ world_from_cam[:3, :3].T
    centre = world_from_cam[:3, 3]
    to_box = (BOX_Z - centre[2]) / rays[..., 2]
    on_box = centre + to_box[..., None] * rays
    hit = (np.abs(on_box[..., :2]) <= BOX).all(-1)
    depth = np.where(hit, to_box, (WALL_Z - centre[2]) / rays[..., 2])
    return depth, centre + depth[..., None] * rays


def matched(first_pose, second_pose, first_depth=None, **options):
    depth = cast(first_pose)[0] if first_depth is None else first_depth
    arguments = (depth, cast(second_pose)[0], inverse(second_pose) @ first_pose, np.array(INTRINSICS))
    return match_pixels(*(torch.from_numpy(np.asarray(a, np.float32))[None] for a in arguments), **options)[0].numpy()


def test_an_image_matches_itself():
    np.testing.assert_array_equal(matched(np.eye(4), np.eye(4)).ravel(), np.arange(SIDE * SIDE))


def test_matches_show_the_same_and_what_has_none_is_hidden_or_outside():
    first = np.eye(4)
    second = make(so3_exp([0.05, -0.1, 0.2]), [0.2, 0.1, -0.15])
    match = matched(first, second)
    seen, other = cast(first)[1], cast(second)[1].reshape(-1, 3)
    has = match >= 0
    assert has.mean() > 0.5
    gap = np.linalg.norm(other[match[has]] - seen[has], axis=-1)
    assert gap.max() < 0.75 * WALL_Z / FOCAL + 0.05  # half a pixel across and down
    # By hand, for all others: projected, each is outside, or something stands in front of it.
    depth = cast(second)[0]
    for xyz in seen[~has]:
        x, y, z = (xyz - second[:3, 3]) @ second[:3, :3]
        u, v = np.floor([x / z * FOCAL + INTRINSICS[2] + 0.5, y / z * FOCAL + INTRINSICS[3] + 0.5]).astype(int)
        assert not (0 <= u < SIDE and 0 <= v < SIDE) or abs(depth[v, u] - z) > 0.05 * z - 1e-5


def test_a_wall_is_shifted_by_its_disparity():
    second = make(np.eye(3), [4 * WALL_Z / FOCAL, 0.0, 0.0])  # four pixels to the right
    match = matched(np.eye(4), second)
    top = match[0]  # no box there
    np.testing.assert_array_equal(top[4:], np.arange(SIDE - 4))
    assert (top[:4] == -1).all()


@pytest.mark.parametrize("unknown", [0.0, np.nan, np.inf])
def test_unknown_depth_matches_nothing(unknown):
    depth = cast(np.eye(4))[0]
    depth[3, 5] = unknown
    match = matched(np.eye(4), np.eye(4), depth)
    assert match[3, 5] == -1
    assert (match >= 0).sum() == SIDE * SIDE - 1
    pose = np.float32(np.eye(4))[None]
    one = torch.from_numpy(np.float32(cast(np.eye(4))[0]))[None]
    other = torch.from_numpy(np.float32(depth))[None]
    back = match_pixels(one, other, torch.from_numpy(pose), torch.tensor([INTRINSICS]))[0]
    assert back[3, 5] == -1


def test_what_is_behind_matches_nothing():
    turned = make(so3_exp([0.0, np.pi, 0.0]), [0.0, 0.0, 0.0])
    assert (matched(np.eye(4), turned, np.full((SIDE, SIDE), 2.0)) == -1).all()


def test_pairs_of_a_batch_do_not_mix():
    poses = [np.eye(4), make(so3_exp([0.0, 0.1, 0.0]), [0.1, 0.0, 0.0])]
    first = np.stack([cast(poses[0])[0]] * 2)
    second = np.stack([cast(pose)[0] for pose in poses])
    moves = np.stack([inverse(pose) for pose in poses])
    both = match_pixels(*(torch.from_numpy(np.float32(a)) for a in (first, second, moves, [INTRINSICS] * 2)))
    for i, pose in enumerate(poses):
        np.testing.assert_array_equal(both[i], matched(poses[0], pose))


def test_images_of_two_sizes_are_an_error():
    with pytest.raises(TrainingDataError, match=r"\(1, 8, 8\) and \(1, 16, 16\)"):
        match_pixels(torch.ones(1, 8, 8), torch.ones(1, 16, 16), torch.eye(4)[None], torch.ones(1, 4))
