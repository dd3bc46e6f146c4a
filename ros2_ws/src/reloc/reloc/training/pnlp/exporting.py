"""Export a trained network as one model: descriptor, features, depth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import UInt8
from reloc.errors import ExportError
from reloc.models.model import Model
from reloc.training.export import Description, export_model
from reloc.training.pnlp import card, outputs, vlad
from reloc.training.pnlp.calibration import judge
from reloc.training.pnlp.learner import net_of
from reloc.training.pnlp.material import PnLPMaterial
from reloc.training.pnlp.outputs import PnLPOutputs
from reloc.training.rooms.rooms import HELD_OUT, LEARNED
from reloc.training.run import TrainingRun

KIND = "pnlp"
BATCH, BATCHES = 16, 4
VLAD_WORLDS, VLAD_VIEWS = 256, 8  # images for the clusters: number of worlds, views of each world
FEATURES_OFF = 0.02  # allowed error of a file's vectors, as a share of their length
DEPTH_OFF = 0.02  # allowed mean relative error of depth and spread
Arrays = Mapping[str, NDArray[np.float32]]


def export(task: PnLPMaterial, network: Any, run: TrainingRun, out: Path, int8: bool) -> Model:
    """Write the model folder of a learner.

    Raises:
        ExportError: the network returns NaN or too few poses, or a graph's answers differ from the network's.
    """
    config, net = task.config, net_of(network).cpu().float().eval()
    errors = task.errors(network)
    off, right = errors.medians()
    if not np.isfinite(off):
        raise ExportError("The network returned NaN for depth", "Train again with a lower --rate")
    whole = PnLPOutputs(net, vlad.learn(net, _images(task), config.clusters, config.pca)).eval()
    judged = judge(task, whole, errors)
    descriptor = whole.netvlad.length
    return export_model(
        whole, run, out,
        Description(
            name=out.name, kind=KIND, inputs=outputs.image_input(config.network),
            outputs=outputs.specs(config.network, descriptor), camera=config.camera.to_dict(), world=None,
            metadata={
                "variant": config.variant, "supervision": config.supervision,
                "uncertainty": judged.scales.to_dict(), "depth_sigma": round(judged.depth_sigma, 4),
                "held_out": {"depth_off": round(off, 4), "match_right": round(right, 4)},
            },
            card=card.of(task, errors, judged, descriptor),
        ),
        _examples(task), _differences,
        {"descriptor": FEATURES_OFF, "local": FEATURES_OFF, "depth": DEPTH_OFF, "spread": DEPTH_OFF}, int8=int8,
    )  # fmt: skip


def _images(task: PnLPMaterial) -> UInt8:
    """Return images of the training set, for NetVLAD's clusters."""
    mapped = [room.images[:: max(1, len(room.images) // VLAD_WORLDS)] for room in task.mapped]
    if task.mapped and task.config.map_share == 1.0:
        return np.concatenate(mapped)
    worlds = np.unique(np.linspace(0, task.config.worlds - 1, VLAD_WORLDS).round().astype(int))
    for number in worlds.tolist():
        images = task.rooms.room(LEARNED, number).images
        mapped.append(images[np.unique(np.linspace(0, len(images) - 1, VLAD_VIEWS).round().astype(int))])
    return np.concatenate(mapped)


def _examples(task: PnLPMaterial) -> list[Any]:
    rooms = [task.rooms.room(HELD_OUT, i) for i in range(min(task.config.held_out, BATCHES))]
    return [{"image": np.ascontiguousarray(r.images[np.resize(np.arange(len(r.images)), BATCH)])} for r in rooms]


def _differences(wanted: Arrays, got: Arrays) -> dict[str, float]:
    vectors = {
        name: float(np.linalg.norm(wanted[name] - got[name]) / max(float(np.linalg.norm(wanted[name])), 1e-12))
        for name in ("descriptor", "local")
    }
    shares = {name: float(np.mean(np.abs(got[name] / wanted[name] - 1.0))) for name in ("depth", "spread")}
    return {**vectors, **shares}
