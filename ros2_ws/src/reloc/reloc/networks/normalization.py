"""Mean and deviation for the normalization of the networks' images."""

from __future__ import annotations

# torchvision's ImageNet weights were trained with these.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
