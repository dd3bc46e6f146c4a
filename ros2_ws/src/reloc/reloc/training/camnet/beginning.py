"""Begin with what another run learned: one of this task, or of ExReNet, whose features already find places again."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from reloc.errors import TrainingDataError
from reloc.training import checkpoint
from reloc.training.run import TrainingRun

OWN = "camnet."
# What of an ExReNet is what here: its backbone; its coarse features' projection, for both branches; all the rest of it,
# which is the fine branch and its regressor.
OF_EXRENET = {
    "exrenet.encoder.resnet.": ("camnet.trunk.",),
    "exrenet.encoder.project.": ("camnet.pfr.project.", "camnet.prp.project."),
    "exrenet.encoder.up": ("camnet.prp.up",),
    "exrenet.encoder.log_factor": ("camnet.prp.log_factor",),
    "exrenet.head.": ("camnet.fine_pose.head.",),
}


def begin_with(network: nn.Module, run: Path) -> int:
    """Load the weights of a run, averaged where it averaged them. Returns how many arrays were loaded.

    Raises:
        TrainingDataError: they are of another network.
        TrainingError, CheckpointError: there is no run in that folder, or no checkpoint that can be read.
    """
    stored, _ = checkpoint.load_latest(TrainingRun.open(run).checkpoints)
    weights = _renamed(stored.get("average") or stored["network"])
    own = network.state_dict()
    fitting = {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}
    if absent := [name for name in own if name.startswith(f"{OWN}trunk.") and name not in fitting]:
        raise TrainingDataError(
            f"The run {run} lacks {len(absent)} arrays of this trunk's shape, {absent[0]} first",
            "Begin with a run of camnet of the same --variant and --width, or of exrenet's light variant",
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
