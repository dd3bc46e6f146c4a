"""Whether a checkpoint's task is the one that goes on."""

from __future__ import annotations

from typing import Any

from reloc.errors import CheckpointError


def check_same(parameters: dict[str, Any], of_checkpoint: dict[str, Any]) -> None:
    """
    Raises:
        CheckpointError: it was trained with other parameters.
    """
    if of_checkpoint != parameters:
        changed = sorted(name for name, value in parameters.items() if of_checkpoint.get(name) != value)
        raise CheckpointError(
            f"The checkpoint was trained with another {', '.join(changed)}", "Begin a new run with --out"
        )
