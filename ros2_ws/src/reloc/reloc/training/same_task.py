"""Check that a checkpoint belongs to the task that continues: both must have the same parameters."""

from __future__ import annotations

from typing import Any

from reloc.config import to_mapping
from reloc.errors import CheckpointError


class SameParameters:
    """Base class of tasks whose whole state is their parameters, ``config``."""

    config: Any

    def state(self) -> dict[str, Any]:
        """Return the parameters: a task with another configuration is another task."""
        return to_mapping(self.config)

    def load_state(self, state: dict[str, Any]) -> None:
        """Compare the checkpoint's parameters with this task's.

        Raises:
            CheckpointError: it was trained with other parameters.
        """
        parameters = self.state()
        if _differs(state, parameters):
            changed = sorted(name for name, value in parameters.items() if _differs(state.get(name), value))
            raise CheckpointError(
                f"The checkpoint was trained with another {', '.join(changed)}", "Begin a new run with --out"
            )


def _differs(stored: Any, value: Any) -> bool:
    try:
        return bool(stored != value)
    except (RuntimeError, ValueError):  # an array in place of a value has no single truth
        return True
