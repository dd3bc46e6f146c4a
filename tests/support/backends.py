"""Backends of reloc, as their contract asks them."""

from __future__ import annotations

from typing import Any

from reloc import plugins
from reloc.backends.choice import BACKENDS
from reloc.models.model import Model

NAMES = plugins.names(BACKENDS)


def opened(backend: Any, model: Model, batch_sizes: tuple[int, ...] = (1,), **options: Any) -> Any:
    return backend.open(model, backend.Config(), batch_sizes=batch_sizes, log=lambda text: None, **options)
