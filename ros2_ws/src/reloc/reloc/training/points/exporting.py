"""Export a trained network as a model: key points, descriptors and global descriptor of an image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import UInt8
from reloc.errors import ExportError
from reloc.features.rootsift import RootSift, RootSiftConfig, as_unit
from reloc.models.model import Model
from reloc.training.export import Description, export_model
from reloc.training.feature_outputs import PARITY_LIMITS, PLACE_LIMIT, differences, feature_outputs, image_input
from reloc.training.points import card
from reloc.training.points.batches import JUDGED_KINDS
from reloc.training.points.judging import COUNT, Extract, MatchJudgment, extractor, judge
from reloc.training.points.learner import net_of
from reloc.training.points.material import PointsMaterial
from reloc.training.points.outputs import PointsOutputs
from reloc.training.run import TrainingRun

KIND = "points"
BATCHES = 8  # images that parity is measured on, and int8 calibrated


def export(task: PointsMaterial, network: Any, run: TrainingRun, out: Path, int8: bool) -> Model:
    """Write the model folder of a learner.

    Raises:
        ExportError: the network matches nothing, or a graph's answers differ from the network's.
    """
    config, net = task.config, net_of(network).cpu().float().eval()
    judged = task.judgment(network)
    if not np.isfinite(judged.right) or judged.right <= 0:
        raise ExportError("The network matches nothing in the held-out pairs", "Train again with a lower --rate")
    return export_model(
        PointsOutputs(net, config.count).eval(), run, out,
        Description(
            name=out.name, kind=KIND, inputs=image_input(config.image_width, config.image_height),
            outputs=feature_outputs(config.count, config.network.descriptor, config.network.place),
            camera=None, world=None,
            metadata={
                "held_out": {
                    "right": round(judged.right, 1), "precision": round(judged.precision, 4),
                    "repeated": round(judged.repeated, 4),
                },
            },
            card=card.of(task, _compared(task, network)),
        ),
        _examples(task), differences,
        {**PARITY_LIMITS, "place": PLACE_LIMIT}, int8=int8,
    )  # fmt: skip


def _compared(task: PointsMaterial, network: Any) -> dict[str, tuple[MatchJudgment, MatchJudgment]]:
    """Return the network's and RootSIFT's judgments on held-out pairs of each kind."""
    found = {}
    for kind in JUDGED_KINDS:
        pairs = task.pairs.judged((kind,))
        if pairs:
            found[kind] = judge(extractor(network), pairs), judge(_sift(), pairs)
    return found


def _examples(task: PointsMaterial) -> list[Any]:
    """Return held-out images in the size of the exported network."""
    size = task.config.image_width, task.config.image_height
    images = [image for _, first, second in task.pairs.judged() for image in (first, second)]
    chosen = np.unique(np.linspace(0, len(images) - 1, BATCHES).round().astype(int))
    return [{"image": np.asarray(cv2.resize(images[i], size), np.uint8)[None]} for i in chosen]


def _sift() -> Extract:
    """Return RootSIFT, which is compared with the network on the same pairs."""
    sift = RootSift(RootSiftConfig(max_features=COUNT))

    def extract(gray: UInt8) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        found = sift.extract(gray)
        return found.uv, as_unit(found.descriptors)

    return extract
