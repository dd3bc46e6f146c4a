"""Skip a test where a module cannot be imported, whatever the reason, with pytest 7 as with pytest 8."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import pytest


def need(module: str, reason: str) -> ModuleType:
    """Import a module, or skip the test; at the top of a file, skip all tests of the file.

    ``pytest.importorskip`` does the same: from pytest 8.2 on it wants ``exc_type=ImportError`` where a module is there
    and cannot be loaded, and before it does not know that argument.
    """
    try:
        return import_module(module)
    except ImportError:
        pytest.skip(reason, allow_module_level=True)
