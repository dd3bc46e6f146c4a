"""Parameters that several localizers with a network have.

Each localizer takes the parameters that it has with :func:`reloc.config.same`, so that text and range exist once.
"""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param


@dataclass(frozen=True, slots=True)
class NetworkParameters:
    """Parameters of a localizer with a network."""

    model: str = param(
        "",
        "This names a model, or its folder. Empty uses the model in the map, or the one shipped for the method.",
        read_only=True,
    )
    backend: str = param(
        "auto",
        "This library runs the network: auto, openvino, onnxruntime or tensorrt. `auto` prefers a GPU; on a "
        "processor it takes what it measures to be the fastest at first use.",
        read_only=True,
    )
    precision: str = param(
        "auto",
        "The network computes in this arithmetic: auto, float32, float16, bf16 or int8. `auto` takes the "
        "fastest on this machine; on a processor it is measured at first use.",
        read_only=True,
    )
    max_sigma_m: float = param(
        0.0,
        "An answer is refused as uncertain if its position sigma exceeds this. Raising it accepts less "
        "precise answers; 0 uses the limit stored in the model.",
        unit="m",
        ge=0.0,
        le=1000.0,
        expert=True,
    )
    max_sigma_deg: float = param(
        0.0,
        "An answer is refused as uncertain if its rotation sigma exceeds this. Raising it accepts less "
        "precise answers; 0 uses the limit stored in the model.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    min_coverage: float = param(
        0.5,
        "The image must show at least this share of the view that the network was trained on. Raising it "
        "refuses more narrow or cropped images.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
