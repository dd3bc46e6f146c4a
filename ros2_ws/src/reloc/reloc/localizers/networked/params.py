"""Parameters that every localizer with a network has."""

from __future__ import annotations

from typing import Any

from reloc.config import param


def model() -> Any:
    """Which network."""
    return param("", "Name or folder of the model; empty: the one in the map", read_only=True)


def backend() -> Any:
    """By what it is run."""
    return param("auto", "What runs the network: auto, openvino, onnxruntime or tensorrt", read_only=True)


def precision() -> Any:
    """In what arithmetic."""
    return param("auto", "auto, float32, float16, bf16 or int8, where the backend has it", read_only=True)


def max_sigma_m() -> Any:
    """How sure of the position an answer must be."""
    return param(
        0.0, "Lost when less sure of the position; 0: what the model's export found", unit="m", ge=0.0, le=1000.0
    )


def max_sigma_deg() -> Any:
    """How sure of the rotation."""
    return param(
        0.0, "Lost when less sure of the rotation; 0: what the model's export found", unit="deg", ge=0.0, le=180.0
    )


def min_coverage() -> Any:
    """How much of its view a network must be shown."""
    return param(0.5, "Share of what the network is used to see that the image must show", ge=0.0, le=1.0)
