"""Mean and deviation by which the networks' images are normalized."""

from __future__ import annotations

# What torchvision's ImageNet weights were trained with.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
