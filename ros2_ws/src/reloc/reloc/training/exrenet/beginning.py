"""Start from another run: its encoder, and the matching parts of its pair head."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from reloc.errors import TrainingDataError
from reloc.training import checkpoint
from reloc.training.run import TrainingRun

ENCODER = "exrenet.encoder."


def begin_with(network: nn.Module, run: Path) -> int:
    """Load the weights of a run of this task (averaged ones if it has them). Return how many arrays were loaded.

    If the head of another variant differs in some shapes, those arrays keep their random values.

    Raises:
        TrainingDataError: the run has another encoder.
        TrainingError, CheckpointError: there is no run in that folder, or no readable checkpoint.
    """
    stored, _ = checkpoint.load_latest(TrainingRun.open(run).checkpoints)
    own = network.state_dict()
    weights = stored.get("average") or stored["network"]
    fitting = {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}
    absent = [name for name in own if name.startswith(ENCODER) and name not in fitting]
    if absent:
        raise TrainingDataError(
            f"The encoder of {run} lacks {len(absent)} arrays of this one's shape, {absent[0]} first",
            "Give a run with the same --variant, --width and --side",
        )
    network.load_state_dict(fitting, strict=False)
    return len(fitting)
