"""Skips the modules of a folder where torch is not installed: its ``conftest.py`` imports the hook."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

REASON = "torch is not installed: make train-setup"


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """The module as always, or one that says why it is skipped without being imported."""
    if importlib.util.find_spec("torch") is not None:
        return None
    skipped: pytest.Module = SkippedModule.from_parent(parent, path=module_path)
    return skipped


class SkippedModule(pytest.Module):
    """A module that is not imported."""

    def collect(self) -> list[pytest.Item]:
        """Skip."""
        pytest.skip(REASON, allow_module_level=True)
