"""Check for torch, which only training and export need: `make setup` leaves it out."""

from __future__ import annotations

import importlib.util

from reloc.errors import DependencyError


def check_torch(doing: str = "Training") -> None:
    """Return if torch is installed.

    Args:
        doing: what needs it, the first word of the message.

    Raises:
        DependencyError: it is not; the message says how to install it.
    """
    if importlib.util.find_spec("torch") is None:
        raise DependencyError(
            f"{doing} needs PyTorch, which is not installed",
            "In reloc's repository: make train-setup. Elsewhere: pip install torch; without an NVIDIA GPU add "
            "--index-url https://download.pytorch.org/whl/cpu",
        )
