"""Torch is needed to train and to export, and for nothing else: `make setup` leaves it out."""

from __future__ import annotations

import importlib.util

from reloc.errors import DependencyError


def check_torch() -> None:
    """Pass if torch is installed.

    Raises:
        DependencyError: it is not; the message says how to get it.
    """
    if importlib.util.find_spec("torch") is None:
        raise DependencyError(
            "Training needs PyTorch, which is not installed",
            "In reloc's repository: make train-setup. Elsewhere: pip install torch, on a machine without an NVIDIA GPU "
            "with --index-url https://download.pytorch.org/whl/cpu",
        )
