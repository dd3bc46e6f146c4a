"""Find blobs and corners: the determinant of the Hessian of the smoothed image, computed by one convolution.

SIFT and SURF find key points at such places. They are more exact than places that a small network learns, and nothing
needs to be learned for them. The convolution runs over blocks of 8 x 8 pixels as channels, which suits accelerators,
and gives the layout that the selection needs. All of its weights are integers of at most 8 bits times a power of two.
So they and gray levels are exact in bfloat16 and float16 too, and no kernel answers to constant light.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.points_config import POINTS_CELL

BOXES = (3, 5, 5, 5)  # widths of the boxes that are folded to smooth the image: a deviation of 2.6 pixels
RADIUS = (sum(BOXES) - len(BOXES)) // 2 + 1  # pixels that a derivative reaches to each side
_LARGEST = 256  # largest weight, before the common factor
_MIDDLE = 128  # gray level that padding stands for


class BlobDetector(nn.Module):
    """Map images to the square root of the determinant of their Hessian, 0 where it is negative: at edges."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernel", torch.from_numpy(_over_blocks(derivatives())), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """Map (B, H, W) uint8 to the response (B, 64, h, w) of each cell's pixels, row by row, in gray levels.

        A blob of the size of the smoothing has about a third of its contrast.
        """
        # Cast first, because TensorRT supports no other operation on uint8.
        x = functional.pixel_unshuffle(image.to(torch.float32)[:, None] - _MIDDLE, POINTS_CELL)
        kernel = self.kernel
        assert isinstance(kernel, Tensor)
        right, down, both = functional.conv2d(x, kernel, padding=1).chunk(3, dim=1)
        return torch.sqrt(functional.relu(right * down - both * both))


def derivatives() -> NDArray[np.float32]:
    """Return kernels (3, 17, 17): second derivatives to the right, down, and mixed, of the smoothed image, times the
    smoothing's variance.
    """
    smooth = np.ones(1)
    for width in BOXES:
        smooth = np.convolve(smooth, np.ones(width))
    variance = sum(width * width - 1 for width in BOXES) / 12.0
    smooth = smooth / smooth.sum()
    wide = np.pad(smooth, 1)
    second = np.convolve(smooth, (1.0, -2.0, 1.0))
    first = np.convolve(smooth, (0.5, 0.0, -0.5))
    exact = variance * np.stack([np.outer(wide, second), np.outer(second, wide), np.outer(first, first)])
    factor = 2.0 ** np.floor(np.log2(_LARGEST / np.abs(exact).max()))
    whole = np.rint(exact * factor)
    # Rounding has left small sums along each derivative. They go into the middle, so that neither constant light nor a
    # straight edge has a response. The mixed derivative is odd, and has none.
    whole[0, :, RADIUS] -= whole[0].sum(axis=1)
    whole[1, RADIUS, :] -= whole[1].sum(axis=0)
    return np.asarray(whole / factor, np.float32)


def _over_blocks(kernels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the kernels (n, 17, 17) over images as a convolution (64 n, 64, 3, 3) over blocks of 8 x 8 pixels."""
    side = POINTS_CELL
    found = np.zeros((len(kernels), side, side, side, side, 3, 3), np.float32)
    reach = range(-RADIUS, RADIUS + 1)
    for v in range(side):
        for u in range(side):
            for down in reach:
                for right in reach:
                    row, column = v + down, u + right
                    at = (row % side, column % side, row // side + 1, column // side + 1)
                    found[:, v, u, at[0], at[1], at[2], at[3]] = kernels[:, RADIUS + down, RADIUS + right]
    return found.reshape(len(kernels) * side * side, side * side, 3, 3)
