"""Tests that need an NVIDIA GPU: `make test ARGS="-m gpu"` on a machine that has one."""

from __future__ import annotations

import pytest

from reloc.backends.tensorrt import PLUGIN


@pytest.fixture(scope="session")
def tensorrt():
    """The backend, where it can run."""
    found = PLUGIN.availability()
    if not found.usable:
        pytest.skip(f"TensorRT cannot run here: {found.detail}")
    return PLUGIN
