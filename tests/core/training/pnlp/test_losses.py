"""Cells, depth and views: losses are least where depth is true."""

import numpy as np
import pytest
import torch
from support.tiny_world import CAMERA, reference_poses, render

from reloc.training.pnlp.cells import cell_depth, cell_intrinsics
from reloc.training.pnlp.depth_loss import depth_loss, spread_loss
from reloc.training.pnlp.matching_loss import cell_matches, matching_loss
from reloc.training.pnlp.view_loss import other_says, view_loss

SIDE = 128
SQUARE = CAMERA.scaled(SIDE, SIDE)
INTRINSICS = torch.tensor([[SQUARE.fx, SQUARE.fy, SQUARE.cx, SQUARE.cy]])


@pytest.fixture(scope="module")
def pair():
    """Two views of the tiny world: images, depths, and how they lie to each other."""
    poses = reference_poses()[4:6]
    images, depths = zip(*(render(pose, SQUARE) for pose in poses), strict=True)
    second_from_first = torch.from_numpy(np.linalg.inv(poses[1]) @ poses[0]).float()[None]
    return [torch.from_numpy(i)[None] for i in images], [torch.from_numpy(d)[None] for d in depths], second_from_first


def test_a_cells_depth_is_the_mean_of_what_is_known():
    depth = torch.full((1, 8, 8), 2.0)
    depth[0, :4, :4] = 0.0
    depth[0, 0, 0] = 3.0  # the one pixel that is known
    depth[0, 4, 4] = float("nan")
    depth[0, 4, 3] = 5.0  # an edge
    np.testing.assert_allclose(cell_depth(depth, 4), [[[3.0, 2.0], [0.0, 2.0]]])
    assert cell_depth(depth, 4, torch.inf)[0, 1, 0] == pytest.approx(2.0 + 3.0 / 16)


def test_a_cells_ray_is_that_of_its_middle():
    fx, fy, cx, cy = cell_intrinsics(INTRINSICS, 4.0)[0].tolist()
    column, row = 7, 3
    assert (column - cx) / fx == pytest.approx((4 * column + 1.5 - SQUARE.cx) / SQUARE.fx)
    assert (row - cy) / fy == pytest.approx((4 * row + 1.5 - SQUARE.cy) / SQUARE.fy)


def test_true_depth_costs_nothing_and_what_is_unknown_counts_not():
    truth = torch.full((2, 16, 16), 2.0)
    truth[0, :8] = 0.0
    said = [torch.full((2, 16 // c, 16 // c), 2.0) for c in (4, 8, 16)]
    assert depth_loss(said, truth)["depth"] == 0.0
    said[0][0, 0, 0] = 90.0  # where nothing is known
    assert depth_loss(said, truth)["depth"] == 0.0
    said[0][0, 3, 0] = 3.0
    assert depth_loss(said, truth)["depth"] > 0.0


def test_the_spread_that_costs_least_is_the_mean_error():
    said, wanted = torch.tensor([[[1.1, 0.7, 5.0]]]), torch.tensor([[[1.0, 1.0, 0.0]]])  # off by 0.1 and 0.3
    costs = [float(spread_loss(torch.full_like(said, s), said, wanted)) for s in (0.1, 0.2, 0.4)]
    assert costs[1] == min(costs)


def test_depth_of_a_true_scale_makes_one_view_of_the_other(pair):
    images, depths, pose = pair

    def cost(scale):
        said = [cell_depth(scale * depths[0], 4, torch.inf)]
        other = cell_depth(scale * depths[1], 4, torch.inf)
        return float(view_loss(said, other, *images, pose, INTRINSICS, 0.0)["photometric"])

    right = cost(1.0)
    assert right < 0.75 * cost(0.8)
    assert right < 0.75 * cost(1.25)


def test_another_exposure_changes_little(pair):
    images, depths, pose = pair
    said, other = [cell_depth(depths[0], 4, torch.inf)], cell_depth(depths[1], 4, torch.inf)
    darker = (images[1].float() * 0.7).to(torch.uint8)
    plain = view_loss(said, other, *images, pose, INTRINSICS, 0.0)["photometric"]
    assert view_loss(said, other, images[0], darker, pose, INTRINSICS, 0.0)["photometric"] < 1.3 * plain


def test_views_teach_depth(pair):
    """From wrong depth alone, by gradients of the photometric loss, to nearly the true one."""
    images, depths, pose = pair
    truth, other = cell_depth(depths[0], 8, torch.inf), cell_depth(depths[1], 8, torch.inf)
    log_depth = torch.log(1.15 * truth).requires_grad_()
    optimizer = torch.optim.Adam([log_depth], 0.01)
    for _ in range(60):
        optimizer.zero_grad()
        view_loss([log_depth.exp()], other, *images, pose, INTRINSICS, 0.01)["depth"].backward()
        optimizer.step()
    error = (log_depth.exp().detach() / truth - 1.0).abs().median()
    assert error < 0.07


def test_the_other_view_says_how_far_a_point_is(pair):
    _, depths, pose = pair
    cells = [cell_depth(depth, 4, torch.inf) for depth in depths]
    said = other_says(cells[0], cells[1], pose, cell_intrinsics(INTRINSICS, 4))
    seen = said > 0
    assert seen.float().mean() > 0.5
    assert ((said / cells[0])[seen] - 1.0).abs().median() < 0.01


def test_matching_wants_the_right_feature(pair):
    _, depths, pose = pair
    cells = [cell_depth(depth, 4) for depth in depths]
    match = cell_matches(*cells, pose, cell_intrinsics(INTRINSICS, 4))
    assert (match >= 0).float().mean() > 0.3
    size = match.shape[-1]
    own = torch.nn.functional.normalize(torch.randn(1, 64, size * size, generator=torch.manual_seed(0)), dim=1)
    there = torch.randn(1, 64, size * size, generator=torch.manual_seed(1))
    there = torch.nn.functional.normalize(there, dim=1)
    known = match.flatten(1)[0] >= 0
    there[:, :, match.flatten(1)[0][known]] = own[:, :, known]
    views = own.unflatten(2, (size, size)), there.unflatten(2, (size, size))
    good = matching_loss(*views, match, torch.tensor(3.0))
    bad = matching_loss(views[0], views[1].flip(2), match, torch.tensor(3.0))
    assert good["match_right"] > 0.95
    assert bad["match_right"] < 0.1
    assert good["matching"] < bad["matching"]


def test_no_match_is_no_loss():
    features = torch.nn.functional.normalize(torch.randn(1, 8, 4, 4), dim=1).requires_grad_()
    found = matching_loss(features, features, torch.full((1, 4, 4), -1), torch.tensor(1.0))
    assert found["matching"] == 0.0
    found["matching"].backward()
