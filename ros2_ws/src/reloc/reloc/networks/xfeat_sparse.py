"""XFeat's sparse key points and descriptors of an image, in one graph, as its authors' code samples them.

A key point is the strongest pixel among 5 x 5 whose probability exceeds a threshold. Its score is that probability
times the reliability there (bilinear), its descriptor is sampled by cubic interpolation. The published code puts
pixel x of W at x * w / (W - 1) - 0.5 of w cells, and everything outside is 0. So the last row and the last column have
no key points. All of that is kept: other positions or weights would be other answers than the published ones.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.xfeat import XFEAT_CELL, XFeat

THRESHOLD = 0.05  # probability
WINDOW = 5  # pixels across


class XFeatSparse(nn.Module):
    """Images of one size to their strongest key points."""

    def __init__(self, net: XFeat, width: int, height: int, count: int) -> None:
        """
        Args:
            net: with its weights.
            width, height: of the images, multiples of 32.
            count: key points of each image; a score of 0 is none.
        """
        super().__init__()
        self.net, self.width, self.height, self.count = net, width, height, count
        self.register_buffer("last", torch.tensor([width - 1, height - 1]))
        self.register_buffer("across", bilinear(width // XFEAT_CELL, width))
        self.register_buffer("down", bilinear(height // XFEAT_CELL, height).T.contiguous())

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(B, H, W) uint8 to pixels (B, K, 2) int32, shifts (B, K, 2), scores (B, K), descriptors (B, K, 64).

        A shift is from a pixel's center to the key point: always 0 here.
        """
        answer = self.net(image)
        score = self._scores(answer.logits, answer.reliability)
        # reshape(-1, ...), not flatten: an exported graph is to take any number of images.
        score, index = score.reshape(-1, self.width * self.height).topk(self.count, dim=1)
        pixel = torch.stack([index % self.width, index // self.width], dim=2)
        last = self.get_buffer("last")
        # Whole numbers first: float16, in which a graph may be run, has no fractions of a large number.
        grid = (2 * pixel - last).to(answer.descriptors.dtype) / last.to(answer.descriptors.dtype)
        sampled = functional.grid_sample(
            answer.descriptors, grid[:, None], mode="bicubic", padding_mode="zeros", align_corners=False
        )
        descriptor = functional.normalize(sampled[:, :, 0].transpose(1, 2), dim=2)
        return pixel.to(torch.int32), torch.zeros_like(grid), score, descriptor

    def _scores(self, logits: Tensor, reliability: Tensor) -> Tensor:
        """(B, 1, H, W), 0 where no key point is."""
        heat = functional.pixel_shuffle(functional.softmax(logits, dim=1)[:, : XFEAT_CELL**2], XFEAT_CELL)
        strongest = functional.max_pool2d(heat, WINDOW, stride=1, padding=WINDOW // 2)
        across, down = self.get_buffer("across"), self.get_buffer("down")
        product = heat * (down @ (reliability @ across))
        # Not ==, which ONNX lacks for some types of numbers.
        return torch.where((heat >= strongest) & (heat > THRESHOLD), product, torch.zeros_like(product))


def bilinear(cells: int, pixels: int) -> Tensor:
    """(cells, pixels): the weight of each cell at each pixel, as the published sampling has it; 0 at the last pixel."""
    place = torch.arange(pixels, dtype=torch.float64) * (cells / (pixels - 1)) - 0.5
    weight = (1.0 - (place - torch.arange(cells, dtype=torch.float64)[:, None]).abs()).clamp(min=0.0)
    weight[:, -1] = 0.0
    return weight.to(torch.float32)
