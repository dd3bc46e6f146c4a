"""ResNet: its sizes, its names, and what its blocks compute."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from reloc.networks.resnet import BLOCKS, BasicBlock, Bottleneck, ResNet


def count(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    # torchvision's counts less those of the classifier, 1000 * (features + 1).
    ("kind", "parameters"),
    [
        ("resnet18", 11_689_512 - 513_000),
        ("resnet34", 21_797_672 - 513_000),
        ("resnet50", 25_557_032 - 2_049_000),
    ],
)
def test_it_has_the_sizes_of_torchvisions(kind: str, parameters: int) -> None:
    assert count(ResNet(kind)) == parameters


def test_three_stacks_of_a_resnet50_give_the_papers_map() -> None:
    network = ResNet("resnet50", stacks=3).eval()
    assert network.channels == (256, 512, 1024)
    with torch.inference_mode():
        maps = network(torch.zeros(1, 3, 128, 128))
    assert [tuple(m.shape) for m in maps] == [(1, 256, 32, 32), (1, 512, 16, 16), (1, 1024, 8, 8)]


def test_names_are_torchvisions() -> None:
    names = set(ResNet("resnet50").state_dict())
    assert {
        "conv1.weight",
        "bn1.running_mean",
        "layer1.0.conv3.weight",
        "layer1.0.downsample.0.weight",
        "layer1.0.downsample.1.running_var",
        "layer2.3.bn3.bias",
        "layer3.5.conv2.weight",
        "layer4.2.bn1.num_batches_tracked",
    } <= names
    assert "layer1.0.downsample.0.weight" not in ResNet("resnet18").state_dict()
    assert not any(name.startswith("layer4") for name in ResNet("resnet50", stacks=3).state_dict())


@pytest.mark.parametrize("kind", BLOCKS)
def test_width_and_inputs(kind: str) -> None:
    network = ResNet(kind, width=0.125, stacks=2, inputs=5)
    expansion = 4 if kind == "resnet50" else 1
    assert network.channels == (8 * expansion, 16 * expansion)
    assert [tuple(m.shape[1:]) for m in network(torch.zeros(2, 5, 32, 32))] == [
        (8 * expansion, 8, 8),
        (16 * expansion, 4, 4),
    ]


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_a_block_adds_to_its_shortcut(block: type[BasicBlock] | type[Bottleneck]) -> None:
    torch.manual_seed(0)
    inputs = 8 * block.expansion
    x = torch.randn(2, inputs, 6, 6)
    same = block(inputs, 8, 1).eval()
    last = same.bn2 if isinstance(same, BasicBlock) else same.bn3
    torch.nn.init.zeros_(last.weight)
    torch.testing.assert_close(same(x), functional.relu(x))  # nothing is added

    half = block(inputs, 16, 2).eval()
    last = half.bn2 if isinstance(half, BasicBlock) else half.bn3
    torch.nn.init.zeros_(last.weight)
    torch.testing.assert_close(half(x), functional.relu(half.downsample(x)))
    assert half(x).shape == (2, 16 * block.expansion, 3, 3)


def test_random_weights_keep_the_size_of_what_passes() -> None:
    torch.manual_seed(0)
    network = ResNet("resnet18", width=0.5).train()
    maps = network(torch.randn(4, 3, 64, 64))
    assert all(0.3 < m.std() < 3.0 for m in maps)
