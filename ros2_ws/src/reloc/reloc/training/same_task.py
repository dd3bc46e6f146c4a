"""Whether a checkpoint's task is the one that goes on: it is if it has the same parameters."""

from __future__ import annotations

from typing import Any

from reloc.config import to_mapping
from reloc.errors import CheckpointError


class SameParameters:
    """Of tasks whose parameters, ``config``, are all that a checkpoint has to keep of them."""

    config: Any

    def state(self) -> dict[str, Any]:
        """The parameters: another configuration is another task."""
        return to_mapping(self.config)

    def load_state(self, state: dict[str, Any]) -> None:
        """Compare.

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
