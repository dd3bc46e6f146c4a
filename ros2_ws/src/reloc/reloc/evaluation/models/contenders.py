"""List every usable backend in every precision that it has for a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reloc import plugins
from reloc.backends.choice import BACKENDS, survey
from reloc.models.model import Model


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to run a model."""

    backend: str
    precision: str


def contenders(model: Model, backend: str = "auto", precision: str = "auto") -> Iterator[Contender]:
    """Return the existing ones; only the named backend or precision, unless it is auto."""
    for name, there in survey().items():
        if there.usable and backend in ("auto", name):
            for has in plugins.load(BACKENDS, name).precisions(model):
                if precision in ("auto", has):
                    yield Contender(name, has)


def absent() -> dict[str, str]:
    """Return the backends that cannot be used here, and why."""
    return {name: there.detail for name, there in survey().items() if not there.usable}
