"""Run plain torch beside the backends, if it is installed and knows the kind of network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from reloc.models.model import Model
from reloc.threads import usable_cores


@dataclass(frozen=True, slots=True)
class PlainTorch:
    """One run of the network, or why there is none."""

    about: str
    run: Callable[[], Any] | None = None


def plain_torch(model: Model) -> PlainTorch:
    """Return the network of the model's kind in torch: float32, on the processor, on all cores. Never raises."""
    if find_spec("torch") is None:
        return PlainTorch("not installed (make train-setup), so there is nothing to compare with")
    try:
        timing = import_module("reloc.networks.timing")
    except ImportError as error:
        return PlainTorch(f"cannot be used: {error}")
    if model.kind not in timing.KINDS:
        return PlainTorch(f"it has no network of the kind {model.kind}")
    run = timing.runner(model.kind, model.inputs[0].at(1), usable_cores())
    return PlainTorch(f"{timing.KINDS[model.kind]}, float32, on the processor", run)
