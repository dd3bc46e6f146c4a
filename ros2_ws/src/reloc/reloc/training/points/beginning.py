"""Start from another run of this task."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from reloc.errors import TrainingDataError
from reloc.training import checkpoint
from reloc.training.run import TrainingRun


def begin_with(network: nn.Module, run: Path) -> None:
    """Load the weights of a run (averaged ones if it has them). Arrays that the network lacks are left out.

    Raises:
        TrainingDataError: the weights belong to another network.
        TrainingError, CheckpointError: there is no run in that folder, or no readable checkpoint.
    """
    stored, _ = checkpoint.load_latest(TrainingRun.open(run).checkpoints)
    try:
        weights = stored.get("average") or stored["network"]
        network.load_state_dict({name: weights[name] for name in network.state_dict() if name in weights})
    except RuntimeError as error:
        why = " ".join(str(error).split())[:300]
        raise TrainingDataError(
            f"The weights of {run} do not fit: {why}", "Give a run with the same --width"
        ) from error
