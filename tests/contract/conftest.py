"""Each backend that can be used here, and a network for it to run."""

from __future__ import annotations

from typing import Any

import pytest
from support.backends import NAMES
from support.onnx_models import small_model

from reloc import plugins
from reloc.backends.choice import BACKENDS
from reloc.models.model import Model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return small_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(params=NAMES)
def backend(request: pytest.FixtureRequest) -> Any:
    """Each backend that can be used here."""
    plugin = plugins.load(BACKENDS, request.param)
    there = plugin.availability()
    if not there.usable:
        pytest.skip(f"{request.param}: {there.detail}")
    return plugin
