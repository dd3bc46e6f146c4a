"""Draw pictures for the report: held-out views with true and predicted depth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from reloc.datatypes import Float32, UInt8
from reloc.training.pnlp.batches import batch
from reloc.training.pnlp.learner import net_of
from reloc.training.pnlp.material import PnLPMaterial
from reloc.training.report.tiles import tiles
from reloc.training.rooms.rooms import HELD_OUT

_DRAW = 5  # place of the generator that draws the examples
EXAMPLES, COLUMNS = 12, 3
FAR_M = 8.0  # depth that is drawn white


def draw_all(task: PnLPMaterial, network: Any, folder: Path) -> Sequence[tuple[str, Path]]:
    """Write the pictures into ``folder``; return captions and files."""
    folder.mkdir(parents=True, exist_ok=True)
    device = next(network.parameters()).device
    said = []
    for number in range(min(EXAMPLES, task.config.held_out)):
        room = task.rooms.room(HELD_OUT, number)
        with torch.no_grad():
            depth = net_of(network)(torch.from_numpy(room.images[:1].copy()).to(device)).depths[0][0]
        said.append(np.hstack([room.images[0], _grey(room.depth[0]), _grey(depth.cpu().numpy(), len(room.depth[0]))]))
    learned = batch(task.rooms, task.mapped, (task.seed, _DRAW), range(4))
    pairs = [
        np.hstack([learned["image"][learned[name][i]] for name in ("first", "second")])
        for i in range(0, len(learned["first"]), 2)
    ]
    return [
        (f"Held-out views, true depth, and predicted depth; white is {FAR_M:g} m",
         tiles(folder / "depth.jpg", said, COLUMNS)),
        ("Some of the training pairs", tiles(folder / "learned_from.jpg", pairs[:EXAMPLES], COLUMNS)),
    ]  # fmt: skip


def _grey(depth: Float32, side: int = 0) -> UInt8:
    grey = np.clip(255.0 * np.nan_to_num(depth) / FAR_M, 0, 255).astype(np.uint8)
    if side:
        grey = np.asarray(cv2.resize(grey, (side, side), interpolation=cv2.INTER_NEAREST), np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
