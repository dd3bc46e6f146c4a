"""All parts together: what is learned from pairs of views of a painted wall."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, map_coordinates

from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.networks.exrenet import ExReNetNetwork
from reloc.networks.exrenet_config import variant
from reloc.training.exrenet.matching_loss import matching_loss
from reloc.training.exrenet.pose_loss import RelativeTruth, pose_loss
from reloc.training.rooms.matching import match_pixels
from reloc.training.rooms.pair_rules import PairRules, pairs_of

SIDE, STEPS = 64, 25
CAMERA = Camera(SIDE, SIDE, 60.0, 60.0, 31.5, 31.5)
CONFIG = variant("light", side=SIDE, width=0.125, coarse=32, fine=16, regressor_width=0.125)


def view(world_from_cam, painting):
    """Image (SIDE, SIDE, 3) and depth of a wall at z = 2, painted with 32 texels a metre."""
    v, u = np.mgrid[:SIDE, :SIDE]
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones((SIDE, SIDE))], -1)
    rays = rays @ world_from_cam[:3, :3].T
    depth = (2.0 - world_from_cam[2, 3]) / rays[..., 2]
    at = world_from_cam[:3, 3] + depth[..., None] * rays
    texel = 32 * at[..., [1, 0]].reshape(-1, 2).T + 64
    image = np.stack([map_coordinates(c, texel, order=1, mode="wrap") for c in painting], -1)
    return image.reshape(SIDE, SIDE, 3).astype(np.uint8), depth.astype(np.float32)


@pytest.fixture(scope="module")
def batch():
    random = np.random.default_rng(3)
    noise = gaussian_filter(random.normal(size=(3, 128, 128)), (0, 1.5, 1.5), mode="wrap")
    painting = np.clip(127 + 60 * noise / noise.std(), 0, 255)
    poses = np.stack([make(so3_exp(random.normal(0, 0.1, 3)), random.uniform(-0.5, 0.5, 3)) for _ in range(12)])
    images, depth = (np.stack(a) for a in zip(*(view(p, painting) for p in poses), strict=True))
    pairs = pairs_of(depth, poses, CAMERA, PairRules(min_overlap=0.5, max_distance_m=1.0))
    ref, query = pairs.draw(random, 8)
    truth = RelativeTruth.of(inverse(poses[ref]) @ poses[query])
    return {
        "reference": torch.from_numpy(images[ref]),
        "query": torch.from_numpy(images[query]),
        "match": match_pixels(
            torch.from_numpy(depth[ref]),
            torch.from_numpy(depth[query]),
            torch.from_numpy((inverse(poses[query]) @ poses[ref]).astype(np.float32)),
            torch.tensor([[CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy]]).expand(8, 4),
        ),
        "truth": [torch.from_numpy(a.copy()) for a in (truth.direction, truth.rotation, truth.scale)],
    }


def test_matched_pixels_have_one_colour(batch):
    match = batch["match"]
    has = match >= 0
    assert has.float().mean() > 0.4
    query = batch["query"].flatten(1, 2).float()
    seen = query.gather(1, match.clamp(min=0).flatten(1)[..., None].expand(-1, -1, 3)).view(8, SIDE, SIDE, 3)
    off = (seen - batch["reference"].float()).abs().mean(-1)[has]
    other = (query.flip(1).view(8, SIDE, SIDE, 3) - batch["reference"].float()).abs().mean(-1)[has]
    assert off.median() < 0.2 * other.median()


def test_matches_and_poses_are_learned(batch):
    torch.manual_seed(0)
    network = ExReNetNetwork(CONFIG).train()
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    history = []
    for _ in range(STEPS):
        answer, matches = network(batch["reference"], batch["query"])
        given = {
            **pose_loss(answer, *batch["truth"], mu=1.0, beta=1.0),
            **matching_loss(matches, batch["match"], CONFIG.border),
        }
        optimizer.zero_grad()
        (given["pose"] + given["matching"]).backward()
        optimizer.step()
        history.append({name: float(value.detach()) for name, value in given.items()})
    first, last = history[0], history[-1]
    assert last["matching"] < 0.5 * first["matching"]
    assert last["pose"] < 0.6 * first["pose"]
    assert last["coarse_right"] > max(0.8, first["coarse_right"])
    assert last["fine_right"] > first["fine_right"]
