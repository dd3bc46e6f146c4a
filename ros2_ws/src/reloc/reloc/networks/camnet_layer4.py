"""The fourth layer of a ResNet. CamNet has three of them (paper, 4.2)."""

from __future__ import annotations

from torch import nn

from reloc.networks.camnet_config import CamNetNetworkConfig
from reloc.networks.resnet import BLOCKS, BasicBlock
from reloc.networks.widths import channels

SHARED = 3  # layers of the ResNet that all branches share
LAYER4 = 512  # channels of the fourth layer, at a width of 1


def channels_behind(config: CamNetNetworkConfig) -> int:
    """Return the number of channels of the fourth layer."""
    return channels(LAYER4, config.width * config.branch_width)


def fourth_layer(config: CamNetNetworkConfig, inputs: int) -> nn.Sequential:
    """Return a layer from ``inputs`` channels to :func:`channels_behind`, at half the resolution."""
    planes = channels_behind(config)
    layer4 = nn.Sequential()
    for i in range(BLOCKS[config.backbone][SHARED]):
        layer4.append(BasicBlock(inputs if i == 0 else planes, planes, 2 if i == 0 else 1))
    return layer4
