"""Export a trained network as a model: key points, descriptors and global descriptor of an image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from reloc.datatypes import UInt8
from reloc.errors import ExportError
from reloc.features.rootsift import RootSift, RootSiftConfig, as_unit
from reloc.models.model import Model
from reloc.training.export import Description, export_model
from reloc.training.points import card, outputs
from reloc.training.points.batches import JUDGED_KINDS
from reloc.training.points.judging import COUNT, Extract, MatchJudgment, extractor, judge
from reloc.training.points.learner import net_of
from reloc.training.points.material import PointsMaterial
from reloc.training.points.outputs import PointsOutputs
from reloc.training.run import TrainingRun

KIND = "points"
BATCHES = 8  # images that measure parity and calibrate int8
NEAR_PX = 0.5
MISSING = 0.08  # share of the network's points that a file may miss; rounding decides between the weakest points
DESCRIPTOR_OFF = 0.05  # allowed mean error of the found descriptors, as a share of their length
Arrays = Mapping[str, NDArray[Any]]


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
            name=out.name, kind=KIND, inputs=outputs.image_input(config.image_width, config.image_height),
            outputs=outputs.specs(config.network, config.count), camera=None, world=None,
            metadata={
                "held_out": {
                    "right": round(judged.right, 1), "precision": round(judged.precision, 4),
                    "repeated": round(judged.repeated, 4),
                },
            },
            card=card.of(task, _compared(task, network)),
        ),
        _examples(task), differences,
        {"missing": MISSING, "descriptor": DESCRIPTOR_OFF, "place": DESCRIPTOR_OFF}, int8=int8,
    )  # fmt: skip


def differences(wanted: Arrays, got: Arrays) -> dict[str, float]:
    """Return the differences of two answers: the share of missing points, and the vectors' errors relative to their
    length.
    """
    missing, off = [], []
    for i in range(len(wanted["score"])):
        (there, vectors), (seen, others) = (_points_of(answer, i) for answer in (wanted, got))
        if not len(there) or not len(seen):
            missing.append(float(len(there) != len(seen)))
            continue
        distance, nearest = cKDTree(seen).query(there)
        found = distance < NEAR_PX
        missing.append(float(1.0 - found.mean()))
        off.append(
            float(np.linalg.norm(vectors[found] - others[nearest[found]], axis=1).mean()) if found.any() else np.nan
        )
    place = float(np.linalg.norm(wanted["place"] - got["place"], axis=1).max())
    return {"missing": max(missing), "descriptor": max(off, default=np.nan), "place": place}


def _points_of(answer: Arrays, image: int) -> tuple[NDArray[Any], NDArray[Any]]:
    found = answer["score"][image] > 0
    return (answer["pixel"][image] + answer["shift"][image])[found], answer["descriptor"][image][found]


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
