"""Begin with what another run of this task learned."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from reloc.errors import TrainingDataError
from reloc.training import checkpoint
from reloc.training.run import TrainingRun


def begin_with(network: nn.Module, run: Path) -> None:
    """Load the weights of a run, averaged where it averaged them.

    Raises:
        TrainingDataError: it is of another network.
        TrainingError, CheckpointError: there is no run in that folder, or no checkpoint that can be read.
    """
    stored, _ = checkpoint.load_latest(TrainingRun.open(run).checkpoints)
    try:
        network.load_state_dict(stored.get("average") or stored["network"])
    except RuntimeError as error:
        why = " ".join(str(error).split())[:300]
        raise TrainingDataError(
            f"The weights of {run} do not fit: {why}", "Begin with a run of that --width"
        ) from error
