"""Unsupervised depth: an image that is warped by its depth into another pose must look like the image there.

This is Zhou et al. 2017 (the paper's [54]) with SSIM (its [22]) and the true relative pose, which makes depth metric
(4.1, "unsupervised depth from monocular at scale"). The paper cites [52], which is LIFT, but must mean [54]. Two
additions to the paper: The other image's brightness and contrast are first adjusted to this image's, because exposures
differ. And pixels do not count if the other image does not show them, or if its own depth says that they are hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from reloc.training.pnlp.cells import cell_intrinsics

SSIM_SHARE = 0.85  # share of SSIM in the photometric error; the rest is L1
SHRUNK = 2  # images are shrunk by this factor before they are compared
HIDDEN = 0.2  # a point counts as hidden if the other depth is nearer by more than this share
_C1, _C2 = 0.01**2, 0.03**2


def view_loss(
    depths: Sequence[Tensor], other_depth: Tensor, image: Tensor, other: Tensor, other_from_this: Tensor,
    intrinsics: Tensor, smoothness: float,
) -> dict[str, Tensor]:  # fmt: skip
    """Return the photometric error, averaged over the scales.

    Args:
        depths: (P, h, w) depth of this image in meters at each scale, the finest first.
        other_depth: (P, h, w) depth of the other image in meters, the finest scale only.
        image, other: (P, H, W, 3) uint8, this image and the other one.
        other_from_this: (P, 4, 4) true relative pose.
        intrinsics: (P, 4) of both images.
        smoothness: weight of depth differences between neighbors with similar colors.
    """
    this, that = (functional.avg_pool2d(x.float().permute(0, 3, 1, 2) / 255.0, SHRUNK) for x in (image, other))
    size = this.shape[-2:]
    small = cell_intrinsics(intrinsics, SHRUNK)
    behind = _enlarged(other_depth.detach(), size)
    photometric, rough, seen = [], [], []
    for depth in depths:
        full = _enlarged(depth, size)
        grid, far, inside = projected(full, other_from_this, small)
        hides = functional.grid_sample(behind[:, None], grid, align_corners=False, padding_mode="border")[:, 0]
        inside = inside & (hides > (1.0 - HIDDEN) * far.detach())
        warped = functional.grid_sample(that, grid, align_corners=False, padding_mode="border")
        error = _error(this, _levelled(warped, this, inside), inside)
        photometric.append((error * inside).sum() / inside.sum().clamp(min=1))
        rough.append(_roughness(full, this))
        seen.append(inside.float().mean())
    return {
        "depth": torch.stack(photometric).mean() + smoothness * torch.stack(rough).mean(),
        "photometric": torch.stack(photometric).mean(),
        "seen": torch.stack(seen).mean(),
    }


def projected(depth: Tensor, other_from_this: Tensor, intrinsics: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Project each pixel's point into the other image.

    Returns:
        (P, h, w, 2) coordinates for ``grid_sample`` without aligned corners; (P, h, w) depth in the other camera;
        (P, h, w) bool, whether the point lies inside the image.
    """
    height, width = depth.shape[-2:]
    fx, fy, cx, cy = (value[:, None, None] for value in intrinsics.unbind(1))
    y = torch.arange(height, device=depth.device, dtype=depth.dtype)[:, None]
    x = torch.arange(width, device=depth.device, dtype=depth.dtype)
    points = torch.stack([(x - cx) / fx * depth, (y - cy) / fy * depth, depth], dim=-1)
    moved = torch.einsum("bij,bhwj->bhwi", other_from_this[:, :3, :3], points) + other_from_this[:, None, None, :3, 3]
    far = moved[..., 2]
    safe = far.clamp(min=0.05)
    u = ((moved[..., 0] / safe * fx + cx) + 0.5) / width * 2.0 - 1.0
    v = ((moved[..., 1] / safe * fy + cy) + 0.5) / height * 2.0 - 1.0
    inside = (far > 0.05) & (u.abs() <= 1.0) & (v.abs() <= 1.0)
    return torch.stack([u, v], dim=-1).clamp(-2.0, 2.0), far, inside


def other_says(depth: Tensor, other_depth: Tensor, other_from_this: Tensor, intrinsics: Tensor) -> Tensor:
    """Return this image's depth (P, h, w) according to the other's depth (P, h, w); 0 where the other shows nothing.

    If the other image has a point at another depth than predicted, this image's depth is wrong by about the same ratio.
    """
    grid, far, inside = projected(depth, other_from_this, intrinsics)
    there = functional.grid_sample(other_depth[:, None], grid, align_corners=False, padding_mode="border")[:, 0]
    return torch.where(inside, depth * there / far.clamp(min=0.05), 0.0)


def _enlarged(depth: Tensor, size: Sequence[int]) -> Tensor:
    return functional.interpolate(depth[:, None], size=tuple(size), mode="bilinear", align_corners=False)[:, 0]


def _levelled(warped: Tensor, this: Tensor, inside: Tensor) -> Tensor:
    """Return ``warped`` with each channel's mean and deviation adjusted to ``this``, where both images are known."""
    mask = inside[:, None].to(this.dtype)
    count = mask.sum((2, 3), keepdim=True).clamp(min=1)

    def moments(x: Tensor) -> tuple[Tensor, Tensor]:
        mean = (x * mask).sum((2, 3), keepdim=True) / count
        return mean, (((x - mean).square() * mask).sum((2, 3), keepdim=True) / count + 1e-4).sqrt()

    with torch.no_grad():
        (mean, deviation), (wanted, spread) = moments(warped), moments(this)
        gain = (spread / deviation).clamp(0.5, 2.0)
    return (warped - mean) * gain + wanted


def _error(one: Tensor, other: Tensor, inside: Tensor) -> Tensor:
    """Return the photometric error (P, h, w) of images (P, 3, h, w): SSIM over 3 x 3 pixels, and L1."""
    mixed = torch.where(inside[:, None], other, one)  # unknown pixels have no error, and do not change their neighbors'
    pad = functional.pad(torch.cat([one, mixed], 1), (1, 1, 1, 1), mode="reflect")
    a, b = pad.chunk(2, 1)
    mean_a, mean_b = functional.avg_pool2d(a, 3, 1), functional.avg_pool2d(b, 3, 1)
    var_a = functional.avg_pool2d(a * a, 3, 1) - mean_a**2
    var_b = functional.avg_pool2d(b * b, 3, 1) - mean_b**2
    both = functional.avg_pool2d(a * b, 3, 1) - mean_a * mean_b
    ssim = (2 * mean_a * mean_b + _C1) * (2 * both + _C2)
    ssim = ssim / ((mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2))
    unlike = ((1.0 - ssim) / 2.0).clamp(0.0, 1.0).mean(1)
    return SSIM_SHARE * unlike + (1.0 - SSIM_SHARE) * (one - mixed).abs().mean(1)


def _roughness(depth: Tensor, image: Tensor) -> Tensor:
    """Return differences of inverse depth (P, h, w), relative to its mean; they weigh less at the image's edges."""
    near = 1.0 / depth[:, None]
    near = near / near.mean((2, 3), keepdim=True)
    across = near.diff(dim=3).abs() * torch.exp(-10.0 * image.diff(dim=3).abs().mean(1, keepdim=True))
    down = near.diff(dim=2).abs() * torch.exp(-10.0 * image.diff(dim=2).abs().mean(1, keepdim=True))
    return across.mean() + down.mean()
