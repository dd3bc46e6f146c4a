"""Which ways to run a network are worth measuring against each other, and what their times depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reloc import plugins
from reloc.backends.backend import AUTO, Availability, Backend
from reloc.backends.hardware.processor import model_name
from reloc.backends.measured.times_file import TimedOn
from reloc.models.model import FLOAT32, Model
from reloc.threads import usable_cores

PROCESSOR = "CPU"


@dataclass(frozen=True, slots=True)
class Way:
    """A backend in a precision."""

    plugin: type[Backend]
    precision: str

    @property
    def key(self) -> str:
        """Return its name in the file of times."""
        return f"{self.plugin.name}:{self.precision}"

    def __str__(self) -> str:
        return f"{self.plugin.name} in {self.precision}"


def ways(package: str, there: Mapping[str, Availability], model: Model, backend: str, precision: str) -> list[Way]:
    """Return those on this processor, in the order in which they are expected to be fast.

    None where there is nothing to choose: a GPU is here, which is always faster, or all is requested. A backend's
    precisions after float32 are those that it expects to be slower.

    Args:
        package: of the backends.
        there: every backend with its availability, in the order of choice.
        backend, precision: the requested ones, or auto.
    """
    usable = {name: a for name, a in there.items() if a.usable and backend in (AUTO, name)}
    if any(a.device != PROCESSOR for a in usable.values()) or AUTO not in (backend, precision):
        return []
    found = []
    for name in usable:
        plugin: type[Backend] = plugins.load(package, name)
        listed = list(plugin.precisions(model))
        fast = listed[: listed.index(FLOAT32) + 1] if FLOAT32 in listed else listed[:1]
        found += [Way(plugin, p) for p in (fast if precision == AUTO else listed) if precision in (AUTO, p)]
    return found if len(found) > 1 else []


def timed_on(
    model: Model, there: Mapping[str, Availability], batch_sizes: Sequence[int], settings: Mapping[str, Any]
) -> TimedOn:
    """Return what a model's times depend on here."""
    digest = hashlib.sha256("".join(model.files[name].sha256 for name in sorted(model.files)).encode())
    libraries = "; ".join(sorted(a.detail for a in there.values() if a.usable))
    return TimedOn(
        digest.hexdigest(), f"{model_name()}, {usable_cores()} cores", libraries, tuple(batch_sizes),
        ", ".join(f"{name}={settings[name]}" for name in sorted(settings)),
    )  # fmt: skip
