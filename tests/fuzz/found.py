"""Finds targets: each file in ``targets/`` that sets ``TARGET``, as far as what it needs is installed."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil

from fuzz import targets
from fuzz.target import Target


def all_targets() -> tuple[dict[str, Target], dict[str, str]]:
    """Targets by name, and by name why one is left out."""
    there: dict[str, Target] = {}
    left_out: dict[str, str] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(targets.__path__) if not m.name.startswith("_")):
        try:
            target: Target = importlib.import_module(f"{targets.__name__}.{module}").TARGET
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] in ("fuzz", "reloc", "support"):
                raise
            left_out[module] = f"{error.name} is not installed"
            continue
        if target.needs and importlib.util.find_spec(target.needs) is None:
            left_out[target.name] = f"{target.needs} is not installed"
            continue
        there[target.name] = target
    return there, left_out
