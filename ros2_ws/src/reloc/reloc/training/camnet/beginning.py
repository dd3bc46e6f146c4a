"""Start from another run of this task, or of ExReNet, whose features can already retrieve places."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from reloc.errors import TrainingDataError
from reloc.training import checkpoint
from reloc.training.run import TrainingRun

OWN = "camnet."
# Mapping of ExReNet's parts: its backbone; its coarse features' projection, for both branches; the rest is the fine
# branch and its regressor.
OF_EXRENET = {
    "exrenet.encoder.resnet.": ("camnet.trunk.",),
    "exrenet.encoder.project.": ("camnet.pfr.project.", "camnet.prp.project."),
    "exrenet.encoder.up": ("camnet.prp.up",),
    "exrenet.encoder.log_factor": ("camnet.prp.log_factor",),
    "exrenet.head.": ("camnet.fine_pose.head.",),
}


def begin_with(network: nn.Module, run: Path) -> int:
    """Load the weights of a run (averaged ones if it has them). Return how many arrays were loaded.

    Raises:
        TrainingDataError: the weights belong to another network.
        TrainingError, CheckpointError: there is no run in that folder, or no readable checkpoint.
    """
    stored, _ = checkpoint.load_latest(TrainingRun.open(run).checkpoints)
    weights = _renamed(stored.get("average") or stored["network"])
    own = network.state_dict()
    fitting = {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}
    if absent := [name for name in own if name.startswith(f"{OWN}trunk.") and name not in fitting]:
        raise TrainingDataError(
            f"The run {run} lacks {len(absent)} arrays of this trunk's shape, {absent[0]} first",
            "Give a run of camnet with the same --variant and --width, or of exrenet's light variant",
        )
    network.load_state_dict(fitting, strict=False)
    return len(fitting)


def _renamed(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    named = {name: value for name, value in weights.items() if name.startswith(OWN)}
    for theirs, ours in OF_EXRENET.items():
        for name, value in weights.items():
            if name.startswith(theirs):
                named.update({part + name.removeprefix(theirs): value for part in ours})
    return named
