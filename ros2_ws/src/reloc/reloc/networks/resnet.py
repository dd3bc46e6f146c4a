"""ResNet 18, 34 and 50 (He et al. 2016), up to any of their four stacks.

Parameters have the names of torchvision's ``resnet18``, ``resnet34`` and ``resnet50``, so that a user's files with
their ImageNet weights can be loaded. As in torchvision, a bottleneck's stride is in its 3 x 3 convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.widths import channels

BLOCKS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3), "resnet50": (3, 4, 6, 3)}  # blocks of each stack
STACKS = 4
_SHRINKING = {"kernel_size": 7, "stride": 2, "padding": 3}
_KEEPING = {"kernel_size": 3, "padding": 1}


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions with a shortcut."""

    expansion = 1

    def __init__(self, inputs: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = shortcut(inputs, planes, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, H, W) to (B, planes, H / stride, W / stride)."""
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 convolutions with a shortcut."""

    expansion = 4

    def __init__(self, inputs: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.downsample = shortcut(inputs, 4 * planes, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, H, W) to (B, 4 planes, H / stride, W / stride)."""
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        y = functional.relu(self.bn2(self.conv2(y)), inplace=True)
        y = self.bn3(self.conv3(y))
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


class ResNet(nn.Module):
    """The first ``stacks`` stacks of one of :data:`BLOCKS`, without a classifier.

    Args:
        kind: one of :data:`BLOCKS`.
        width: scales the number of channels; 1 as in the paper.
        stacks: number of stacks, 1 to 4.
        inputs: channels of the input; 3 for an image.
        shrink: whether the stem shrinks the image to a quarter, by a 7 x 7 convolution with a stride and pooling, as in
            He et al. Otherwise it is a 3 x 3 convolution, for small maps.
    """

    def __init__(
        self, kind: str, width: float = 1.0, stacks: int = STACKS, inputs: int = 3, shrink: bool = True
    ) -> None:
        super().__init__()
        block: Any = Bottleneck if kind == "resnet50" else BasicBlock
        count = channels(64, width)
        self.conv1 = nn.Conv2d(inputs, count, **(_SHRINKING if shrink else _KEEPING), bias=False)
        self.bn1 = nn.BatchNorm2d(count)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1) if shrink else nn.Identity()
        behind: list[int] = []
        for i, blocks in enumerate(BLOCKS[kind][:stacks]):
            planes = channels(64 * 2**i, width)
            stack = nn.Sequential()
            for j in range(blocks):
                stack.append(block(count, planes, 2 if i > 0 and j == 0 else 1))
                count = planes * block.expansion
            self.add_module(f"layer{i + 1}", stack)
            behind.append(count)
        self.channels = tuple(behind)  # after each stack: (256, 512, 1024, 2048) for a ResNet50
        start(self)

    @property
    def stacks(self) -> Sequence[nn.Module]:
        """The stacks, from ``layer1`` on."""
        return [self.get_submodule(f"layer{i + 1}") for i in range(len(self.channels))]

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map (B, inputs, H, W) to the outputs of each stack, at 1/4, 1/8, 1/16 and 1/32 (1, 1/2, ... without
        shrinking).
        """
        return self.behind_stem(self.conv1(x))

    def behind_stem(self, x: Tensor) -> list[Tensor]:
        """Return the outputs of each stack for the output of ``conv1``, (B, 64, H / 2, W / 2)."""
        return self.behind_norm(self.bn1(x))

    def behind_norm(self, x: Tensor) -> list[Tensor]:
        """Return the outputs of each stack for the output of ``bn1``."""
        x, behind = self.maxpool(functional.relu(x, inplace=True)), []
        for stack in self.stacks:
            x = stack(x)
            behind.append(x)
        return behind


def shortcut(inputs: int, outputs: int, stride: int) -> nn.Module | None:
    """Return a 1 x 1 convolution, or None if the shapes are equal."""
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


def start(network: nn.Module) -> None:
    """Set random weights of convolutions, as He et al. 2015 derive them for ReLU."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
