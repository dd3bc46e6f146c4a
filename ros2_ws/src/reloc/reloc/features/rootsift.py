"""RootSIFT key points (Lowe 2004; Arandjelovic and Zisserman 2012), by OpenCV.

Descriptors are L1-normalized and square-rooted, so that the Euclidean distance compares them by the Hellinger kernel.
They are stored with one byte per number: their length is ``DESCRIPTOR_SCALE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import cv2
import numpy as np

from reloc.config import param, validate
from reloc.datatypes import Float32, LocalFeatures, UInt8
from reloc.errors import DependencyError
from reloc.features.descriptors import ROOTSIFT_SCALE as DESCRIPTOR_SCALE
from reloc.features.descriptors import as_unit
from reloc.features.dual_softmax import DualSoftmax

__all__ = ["DESCRIPTOR_SCALE", "PLUGIN", "RootSift", "RootSiftConfig", "as_unit", "root"]


@dataclass(frozen=True, slots=True)
class RootSiftConfig:
    """Parameters of key point detection. A map and its queries use the same."""

    max_features: int = param(
        2048,
        "At most this many key points are kept in an image, strongest first. Raising it adds matches and costs time.",
        ge=64,
        le=20000,
    )
    contrast_threshold: float = param(
        0.02,
        "A key point with lower contrast than this is dropped (OpenCV's default is 0.04). Raising it "
        "keeps fewer key points.",
        ge=0.0,
        le=0.2,
        expert=True,
    )
    edge_threshold: float = param(
        10.0,
        "A key point that is more edge-like than this is dropped. Raising it keeps more key points.",
        ge=1.0,
        le=100.0,
        expert=True,
    )
    max_side: int = param(
        1280,
        "A larger image is shrunk for detection until its longer side has this length. Raising it costs time.",
        unit="px",
        ge=64,
        le=8192,
    )

    def __post_init__(self) -> None:
        validate(self)


class RootSift:
    """Find key points in gray images. Do not share it between threads (OpenCV's detector is not safe)."""

    name: ClassVar[str] = "rootsift"
    Config: ClassVar[type[RootSiftConfig]] = RootSiftConfig
    width: int = 128
    dtype: str = "uint8"
    content: str = ""
    softmax: ClassVar[DualSoftmax | None] = None
    shared: ClassVar[bool] = False

    def __init__(self, config: RootSiftConfig | None = None) -> None:
        """Create the detector.

        Raises:
            DependencyError: this OpenCV is too old.
        """
        self.config = config or RootSiftConfig()
        self.max_side = self.config.max_side
        try:
            self._detector = cv2.SIFT.create(
                nfeatures=self.config.max_features,
                contrastThreshold=self.config.contrast_threshold,
                edgeThreshold=self.config.edge_threshold,
                # Without it, every key point is shifted by a quarter of a pixel to the lower right.
                enable_precise_upscale=True,
            )
        except TypeError as error:
            raise DependencyError(
                f"OpenCV {cv2.__version__} has no SIFT with precise upscaling", "Install opencv-python-headless >= 4.8"
            ) from error

    @classmethod
    def open(cls, config: RootSiftConfig) -> Self:
        """See :class:`reloc.features.extractor.Extractor`."""
        return cls(config)

    def extract(self, gray: UInt8) -> LocalFeatures:
        """Return key points of an image (H, W), in its own pixels, strongest first; possibly none."""
        height, width = gray.shape
        shrink = self.config.max_side / max(height, width)
        if shrink < 1.0:
            size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
            small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
        else:
            small = gray
        found, raw = self._detector.detectAndCompute(small, None)
        if not found:
            nothing = np.zeros(0, np.float32)
            return LocalFeatures(np.zeros((0, 2), np.float32), nothing, nothing.copy(), np.zeros((0, 128), np.uint8))
        order = np.argsort([-k.response for k in found], kind="stable")[: self.config.max_features]
        uv = np.asarray(cv2.KeyPoint.convert(found), dtype=np.float32)[order]
        scale = np.array([width / small.shape[1], height / small.shape[0]], np.float32)
        uv = (uv + 0.5) * scale - 0.5
        diameter = np.array([found[i].size for i in order], np.float32) * scale[0]
        angle = np.deg2rad(np.array([found[i].angle for i in order], np.float32))
        return LocalFeatures(uv.astype(np.float32), diameter, angle, root(np.asarray(raw, dtype=np.float32)[order]))


def root(sift: Float32) -> UInt8:
    """Return RootSIFT bytes (N, 128) of raw SIFT descriptors (N, 128)."""
    total = np.maximum(sift.sum(axis=1, keepdims=True), 1e-6)
    return np.asarray(np.minimum(np.rint(np.sqrt(sift / total) * DESCRIPTOR_SCALE), 255), dtype=np.uint8)


PLUGIN = RootSift
