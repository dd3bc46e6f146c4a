"""CamNet (Ding, Wang, Sun, Shi, Luo, "CamNet: Coarse-to-Fine Retrieval for Camera Re-Localization", ICCV 2019).

One trunk, a ResNet up to its third layer, and the fourth layer three times: for image-based coarse retrieval (ICR),
pose-based fine retrieval (PFR) and precise relative pose regression (PRP). Each branch sees one image alone, so that a
map's references are encoded once; two fully connected layers then compare the features of two images (4.2).

Against the paper: the descriptor has unit length, so that its distances have one scale, to which the margin of 0.1
belongs, and cosine and distance rank alike. A relative translation is in the reference's camera frame, ref_from_query,
where the paper has t2 - t1 in the world's: that a network cannot know in a place it has never seen.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.camnet_config import CELL, GRID, CamNetConfig
from reloc.networks.exrenet_encoder import DEVIATION, MEAN
from reloc.networks.googlenet import channels
from reloc.networks.resnet import BLOCKS, BasicBlock, ResNet, start

SHARED = 3  # layers of the ResNet that all branches share
LAYER4 = 512  # channels of the fourth, at a width of 1
POSE = 7  # translation (3), quaternion xyzw (4)
RETRIEVAL = 3  # frustum distances both ways, angle


class Branch(nn.Module):
    """A fourth layer of its own, and the feature it ends in. Its parameters are named as torchvision's ``layer4``."""

    def __init__(self, config: CamNetConfig, inputs: int, layout: bool) -> None:
        super().__init__()
        planes = channels(LAYER4, config.width)
        self.layer4 = nn.Sequential()
        for i in range(BLOCKS[config.backbone][SHARED]):
            self.layer4.append(BasicBlock(inputs if i == 0 else planes, planes, 2 if i == 0 else 1))
        self.project = nn.Conv2d(planes, config.feature // GRID**2, 1) if layout else None
        self.pool = config.side // CELL - GRID + 1  # pixels of a window, of which there are GRID across
        self.features = config.feature if layout else planes
        start(self)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 256, side / 16, side / 16) to (B, features)."""
        x = self.layer4(x)
        if self.project is None:
            return x.mean((2, 3))
        return functional.avg_pool2d(self.project(x), self.pool, stride=1).flatten(1)


class Regressor(nn.Module):
    """Two features, reference first, to some numbers (4.2)."""

    def __init__(self, features: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(2 * features, hidden)
        self.fc2 = nn.Linear(hidden, outputs)

    def forward(self, reference: Tensor, query: Tensor) -> Tensor:
        """(P, features) each to (P, outputs)."""
        answer: Tensor = self.fc2(functional.relu(self.fc1(torch.cat([reference, query], dim=1))))
        return answer


class CamNet(nn.Module):
    """The three modules over one encoder."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: CamNetConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or CamNetConfig()
        self.trunk = ResNet(config.backbone, config.width, stacks=SHARED)
        inputs = self.trunk.channels[-1]
        self.icr = Branch(config, inputs, layout=False)
        self.pfr, self.prp = (Branch(config, inputs, config.layout) for _ in range(2))
        self.similarity = Regressor(self.icr.features, config.hidden, RETRIEVAL)
        self.coarse_pose, self.fine_pose = (Regressor(b.features, config.hidden, POSE) for b in (self.pfr, self.prp))
        for regressor in (self.coarse_pose, self.fine_pose):  # begins at "both stand at one place"
            nn.init.normal_(regressor.fc2.weight, std=1e-3)
            regressor.fc2.bias.data = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
        self.register_buffer("mean", 255.0 * torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", 255.0 * torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, side, side, 3) uint8 RGB to descriptor, coarse and fine feature: f_r (B, 512) unit, f_c, f_f (B, 512)."""
        # Cast, then transpose: TensorRT can do nothing else with uint8.
        x = image.to(self.mean.dtype).permute(0, 3, 1, 2)
        shared = self.trunk((x - self.mean) / self.deviation)[-1]
        return functional.normalize(self.icr(shared), dim=1, eps=1e-6), self.pfr(shared), self.prp(shared)


def pose_of(answer: Tensor) -> tuple[Tensor, Tensor]:
    """What a pose regressor says, (P, 7), as translation (P, 3) and unit quaternion xyzw (P, 4) with w >= 0."""
    rotation = functional.normalize(answer[:, 3:], dim=1, eps=1e-6)
    return answer[:, :3], torch.where(rotation[:, 3:] < 0, -rotation, rotation)
