"""These need torch."""

from support.needs_torch import pytest_pycollect_makemodule  # noqa: F401
