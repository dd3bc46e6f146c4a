"""CamNet's parts and what they are made of."""

from dataclasses import replace

import pytest
import torch

from reloc.errors import ConfigError
from reloc.networks.camnet import CamNetNetwork, pose_of
from reloc.networks.camnet_config import CamNetNetworkConfig
from reloc.networks.camnet_places import motion

SMALL = CamNetNetworkConfig(side=128, backbone="resnet18", width=0.125, hidden=32, places=16)
FEATURES = 16 * 8 * 8


def images(count, side=128):
    return torch.randint(0, 256, (count, side, side, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, places=0), replace(SMALL, side=224)])
def test_an_image_becomes_three_features(config):
    network = CamNetNetwork(config).eval()
    descriptor, coarse, fine = network(images(3, config.side))
    torch.testing.assert_close(descriptor.norm(dim=1), torch.ones(3))
    coarse_places, fine_places = 16 * (config.side // 16) ** 2, 64 * (config.side // 4) ** 2
    lengths = (coarse_places, coarse_places + fine_places) if config.places else (descriptor.shape[1],) * 2
    assert (
        (coarse.shape, fine.shape)
        == ((3, lengths[0]), (3, lengths[1]))
        == ((3, network.pfr.features), (3, network.prp.features))
    )
    assert not torch.equal(coarse, fine[:, : lengths[0]])
    assert network.fine_pose(fine, fine).shape == (3, 7)
    assert network.similarity(descriptor, descriptor).shape == (3, 3)
    assert network.coarse_pose(coarse, coarse).shape == (3, 7)


def test_the_papers_has_its_sizes():
    network = CamNetNetwork()
    assert (network.icr.features, network.pfr.features, network.prp.features) == (512, 512, 512)
    assert [len(layer) for layer in network.trunk.stacks] == [3, 4, 6]
    assert len(network.pfr.layer4) == 3
    assert network.fine_pose.fc1.weight.shape == (512, 1024)


def test_motion_is_where_each_place_went():
    """Features of a wider scene, seen by two cameras of which one looks two places more to the right and one down."""
    scene = torch.randn(1, 32, 11, 11, generator=torch.Generator().manual_seed(1))
    scene = 4.0 * scene / scene.norm(dim=1, keepdim=True)
    first, second = scene[:, :, :8, :8], scene[:, :, 1:9, 2:10]
    moved = motion(first, second)
    both = moved[0, :, 1:, 2:]  # what the second camera sees, too
    torch.testing.assert_close(both[0], torch.full((7, 6), -2 / 8), atol=0.01, rtol=0)
    torch.testing.assert_close(both[1], torch.full((7, 6), -1 / 8), atol=0.01, rtol=0)
    assert float(both[2].min()) > 0.9 > 0.8 > float(moved[0, 2, 0].median())
    torch.testing.assert_close(moved[:, 3:], moved[:, :2] * moved[:, 2:3])


def test_motion_lies_between_places():
    """A place that looks like two neighbours alike lies half way between them."""
    second = torch.eye(64).reshape(1, 64, 8, 8) * 8.0
    first = second.clone()
    first[0, :, 3, 3] = (second[0, :, 3, 3] + second[0, :, 3, 4]) / 2**0.5
    moved = motion(first, second)
    torch.testing.assert_close(moved[0, :2, 3, 3], torch.tensor([0.5 / 8, 0.0]), atol=1e-3, rtol=0)


def test_it_begins_at_one_place_and_quaternions_are_canonical():
    translation, rotation = pose_of(
        CamNetNetwork(SMALL).coarse_pose(torch.zeros(2, FEATURES), torch.zeros(2, FEATURES))
    )
    assert float(translation.detach().norm(dim=1).max()) < 0.1
    assert float(rotation.detach()[:, 3].min()) > 0.99
    _, turned = pose_of(torch.tensor([[0.0, 0.0, 0.0, 0.0, 2.0, 0.0, -2.0]]))
    torch.testing.assert_close(turned, torch.tensor([[0.0, -(0.5**0.5), 0.0, 0.5**0.5]]))


def test_sizes_that_cannot_be():
    with pytest.raises(ConfigError, match="not a multiple of 32"):
        CamNetNetworkConfig(side=100)
