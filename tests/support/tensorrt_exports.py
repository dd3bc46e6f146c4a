"""A fixture for folders of tests that export networks: whatever torch exports keeps to TensorRT's operators."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import onnx
import pytest

from support.tensorrt_operators import problems


@pytest.fixture(autouse=True, scope="session")
def exports_suit_tensorrt() -> Iterator[None]:
    """Look at every graph, also those of tests that check something else, and of fixtures that they share."""
    torch = pytest.importorskip("torch")
    export = torch.onnx.export

    @functools.wraps(export)
    def checked(network: Any, example: Any, stream: Any, **options: Any) -> None:
        export(network, example, stream, **options)
        found = problems(onnx.load_from_string(stream.getvalue()))
        assert not found, f"TensorRT does not document: {', '.join(found)}"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.onnx, "export", checked)
        yield
