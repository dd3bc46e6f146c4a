"""PoseNet: its shapes, its names, and what may shape what."""

from __future__ import annotations

import pytest
import torch

from reloc.networks.googlenet import GoogLeNet
from reloc.networks.posenet import FEATURE, PoseNetNetwork
from reloc.networks.widths import channels


def images(count: int, side: int = 96) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8, generator=generator)


@pytest.fixture(scope="module")
def small() -> PoseNetNetwork:
    torch.manual_seed(0)
    return PoseNetNetwork(width=0.25)


def test_it_has_the_sizes_of_the_paper() -> None:
    network = GoogLeNet()
    assert network.channels == (512, 528, 1024)
    assert PoseNetNetwork().feature.out_features == FEATURE == 2048
    # GoogLeNet without classifiers, with 3 x 3 instead of 5 x 5 as torchvision has it: 5,599,904 parameters.
    assert sum(p.numel() for p in network.parameters()) == 5_599_904


def test_names_are_torchvisions() -> None:
    names = set(GoogLeNet().state_dict())
    assert {
        "conv1.conv.weight",
        "conv3.bn.running_mean",
        "inception3a.branch1.conv.weight",
        "inception4e.branch2.1.bn.weight",
        "inception5b.branch4.1.conv.weight",
    } <= names
    assert {"aux1.conv.conv.weight", "aux1.conv.bn.weight", "aux1.fc1.weight", "aux2.fc1.bias"} <= set(
        PoseNetNetwork(0.25).state_dict()
    )


def test_three_poses_a_variance_and_a_feature_for_each_image(small: PoseNetNetwork) -> None:
    poses, log_variance, feature = small.train()(images(2))
    assert len(poses) == 3
    assert all(p.position.shape == (2, 3) and p.rotation.shape == (2, 4) for p in poses)
    assert log_variance.shape == (2, 2)
    assert feature.shape == (2, channels(FEATURE, 0.25))
    assert (feature >= 0).all()


def test_the_mean_image_is_subtracted_at_any_size(small: PoseNetNetwork) -> None:
    network = PoseNetNetwork(0.25)
    network.mean_image.fill_(100.0)
    grey = torch.full((1, 112, 112, 3), 100, dtype=torch.uint8)
    assert network.normalised(grey).abs().max() < 1e-3
    assert network.normalised(grey + 64).mean() == pytest.approx(1.0, abs=1e-3)
    assert network.normalised(grey).shape == (1, 3, 112, 112)


def test_the_variance_does_not_shape_the_feature(small: PoseNetNetwork) -> None:
    small.zero_grad()
    small.train()(images(2))[1].sum().backward()
    assert small.log_variance.bias.grad is not None
    assert small.feature.weight.grad is None


def test_the_same_image_alone_or_in_a_batch(small: PoseNetNetwork) -> None:
    small.eval()
    with torch.inference_mode():
        together = small(images(3))[0][0].position
        alone = small(images(3)[1:2])[0][0].position
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-5)
