"""XFeat (Potje et al., "XFeat: Accelerated Features for Lightweight Image Matching", CVPR 2024), sections 3.1 to 3.2.

Parameters have the names of the published weights, so that these can be loaded. The match refinement of section 3.3 is
left out. It is a separate network for pairs of descriptors.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

XFEAT_CELL = 8  # pixels across and down of a cell
XFEAT_DESCRIPTOR = 64
_LEAST = 1e-5  # variance that instance normalization adds, of gray levels from 0 to 1


class XFeatAnswer(NamedTuple):
    """Maps of a batch of images (B, H, W); h and w are H and W in cells of 8 x 8 pixels."""

    logits: Tensor  # (B, 65, h, w) logits of the key point's pixel in its cell, row by row; the last: no key point
    reliability: Tensor  # (B, 1, h, w), 0 to 1
    descriptors: Tensor  # (B, 64, h, w) of length 1


class BasicLayer(nn.Module):
    """Convolution, normalization without parameters, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.layer = nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, affine=False),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, H, W) to (B, outputs, H / stride, W / stride)."""
        y: Tensor = self.layer(x)
        return y


class XFeat(nn.Module):
    """Map a gray image to :class:`XFeatAnswer`."""

    def __init__(self) -> None:
        super().__init__()
        self.skip1 = nn.Sequential(nn.AvgPool2d(4, stride=4), nn.Conv2d(1, 24, 1))
        self.block1 = nn.Sequential(
            BasicLayer(1, 4), BasicLayer(4, 8, stride=2), BasicLayer(8, 8), BasicLayer(8, 24, stride=2)
        )
        self.block2 = nn.Sequential(BasicLayer(24, 24), BasicLayer(24, 24))
        self.block3 = nn.Sequential(BasicLayer(24, 64, stride=2), BasicLayer(64, 64), BasicLayer(64, 64, 1))
        self.block4 = nn.Sequential(BasicLayer(64, 64, stride=2), BasicLayer(64, 64), BasicLayer(64, 64))
        self.block5 = nn.Sequential(
            BasicLayer(64, 128, stride=2), BasicLayer(128, 128), BasicLayer(128, 128), BasicLayer(128, 64, 1)
        )
        self.block_fusion = nn.Sequential(BasicLayer(64, 64), BasicLayer(64, 64), nn.Conv2d(64, XFEAT_DESCRIPTOR, 1))
        self.heatmap_head = nn.Sequential(
            BasicLayer(64, 64, 1), BasicLayer(64, 64, 1), nn.Conv2d(64, 1, 1), nn.Sigmoid()
        )
        self.keypoint_head = nn.Sequential(
            BasicLayer(64, 64, 1), BasicLayer(64, 64, 1), BasicLayer(64, 64, 1), nn.Conv2d(64, XFEAT_CELL**2 + 1, 1)
        )

    def forward(self, image: Tensor) -> XFeatAnswer:
        """Compute the answer for images (B, H, W) uint8. H and W must be multiples of 32."""
        # Cast first, because TensorRT supports no other operation on uint8.
        x = image.to(self.skip1[1].weight.dtype)[:, None] / 255.0
        x = x - x.mean(dim=(2, 3), keepdim=True)
        x = x / ((x * x).mean(dim=(2, 3), keepdim=True) + _LEAST) ** 0.5
        x1 = self.block1(x)
        x3 = self.block3(self.block2(x1 + self.skip1(x)))
        x4 = self.block4(x3)
        x5 = self.block5(x4)
        x4 = functional.interpolate(x4, scale_factor=2.0, mode="bilinear", align_corners=False)
        x5 = functional.interpolate(x5, scale_factor=4.0, mode="bilinear", align_corners=False)
        features = self.block_fusion(x3 + x4 + x5)
        return XFeatAnswer(
            self.keypoint_head(functional.pixel_unshuffle(x, XFEAT_CELL)),
            self.heatmap_head(features),
            functional.normalize(features, dim=1),
        )
