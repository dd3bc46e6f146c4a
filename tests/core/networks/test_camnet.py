"""CamNet's parts and what they are made of."""

from dataclasses import replace

import pytest
import torch

from reloc.errors import ConfigError
from reloc.networks.camnet import CamNet, pose_of
from reloc.networks.camnet_config import VARIANTS, CamNetConfig

SMALL = CamNetConfig(side=128, backbone="resnet18", width=0.125, feature=64, hidden=32, layout=True)


def images(count, side=128):
    return torch.randint(0, 256, (count, side, side, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, layout=False), replace(SMALL, side=224)])
def test_an_image_becomes_three_features(config):
    network = CamNet(config).eval()
    descriptor, coarse, fine = network(images(3, config.side))
    torch.testing.assert_close(descriptor.norm(dim=1), torch.ones(3))
    length = 64 if config.layout else descriptor.shape[1]
    assert coarse.shape == fine.shape == (3, length)
    assert not torch.allclose(coarse, fine)
    assert network.similarity(descriptor, descriptor).shape == (3, 3)
    assert network.coarse_pose(coarse, coarse).shape == (3, 7)


def test_the_papers_has_its_sizes():
    network = CamNet()
    assert (network.icr.features, network.pfr.features, network.prp.features) == (512, 512, 512)
    assert [len(layer) for layer in network.trunk.stacks] == [3, 4, 6]
    assert len(network.pfr.layer4) == 3
    assert network.fine_pose.fc1.weight.shape == (512, 1024)


def test_layout_tells_left_from_right_where_a_mean_cannot():
    """A picture and its mirror image have nearly the same mean; with layout the features differ much more."""
    torch.manual_seed(0)
    network = CamNet(SMALL).eval()
    image = images(1)
    image[:, :, :64] = 255
    with torch.no_grad():
        descriptor, coarse, _ = network(image)
        mirrored, coarse_mirrored, _ = network(image.flip(2))
    plain = float((descriptor - mirrored).norm())
    assert float((coarse - coarse_mirrored).norm() / coarse.norm()) > 2 * plain


def test_it_begins_at_one_place_and_quaternions_are_canonical():
    translation, rotation = pose_of(CamNet(SMALL).coarse_pose(torch.zeros(2, 64), torch.zeros(2, 64)))
    assert float(translation.norm(dim=1).max()) < 0.1
    assert float(rotation[:, 3].min()) > 0.99
    _, turned = pose_of(torch.tensor([[0.0, 0.0, 0.0, 0.0, 2.0, 0.0, -2.0]]))
    torch.testing.assert_close(turned, torch.tensor([[0.0, -(0.5**0.5), 0.0, 0.5**0.5]]))


def test_sizes_that_cannot_be():
    with pytest.raises(ConfigError, match="no multiple of 32"):
        CamNetConfig(side=100)
    with pytest.raises(ConfigError, match="no layout"):
        replace(VARIANTS["light"], side=96)
