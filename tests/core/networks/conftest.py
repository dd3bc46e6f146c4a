"""These need torch."""

from support.needs_torch import pytest_pycollect_makemodule  # noqa: F401
from support.tensorrt_exports import exports_suit_tensorrt  # noqa: F401
