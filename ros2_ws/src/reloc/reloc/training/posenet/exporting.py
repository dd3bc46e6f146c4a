"""Export a trained PoseNet as a model: outputs in the world's units, calibration, familiarity, card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from reloc.datatypes import Float64
from reloc.errors import ExportError
from reloc.geometry.rotations import angles_between_quaternions
from reloc.localizers.posenet.familiarity import FILE, KEY, Familiarity, pack
from reloc.models.model import Model
from reloc.models.tensor import TensorSpec
from reloc.training.calibration import quantile
from reloc.training.export import Description, export_model
from reloc.training.nearby_views import NearbyViews
from reloc.training.novel_views import ReferenceView
from reloc.training.posenet.calibration import calibrate, judged
from reloc.training.posenet.card import card_text
from reloc.training.posenet.material import PoseNetMaterial
from reloc.training.posenet.outputs import POSENET_OUTPUTS, PoseNetOutputs
from reloc.training.run import TrainingRun
from reloc.training.seeds import generator

BATCH = 16
VIEWS_EACH = 4  # views around every held-out reference; at least VIEWS in total
VIEWS = 200
_JUDGE = 4  # place of the generator that draws these views
PARITY = 0.1  # largest difference of a file's answers from the network's, as a share of the median error
MARGIN = 0.9  # factor on the lowest similarity seen, because the calibration saw only some hundred images
Outputs = Mapping[str, NDArray[np.float32]]


def export(task: PoseNetMaterial, network: Any, run: TrainingRun, out: Path, int8: bool) -> Model:
    """Write the model folder of a learner (:class:`reloc.training.posenet.loss.PoseNetLearner`).

    Raises:
        ExportError: the network gives no pose for a held-out reference, or the graph's answers differ from the
            network's.
    """
    config, references = task.config, task.references
    exported = PoseNetOutputs(network.posenet.cpu().float(), config.samples, config.seed).eval()
    kept = [references.views[i] for i in task.held_out]
    images, poses = around(task, kept)
    outputs = run_batches(exported, images)
    answers = judged(outputs, poses)
    if len(answers) < len(images):  # the rest of the export needs an answer for each image
        unanswered = len(images) - len(answers)
        raise ExportError(f"The network returned NaN for {unanswered} images", "Train again with a lower --rate")
    as_taken = answers.some(np.arange(len(kept)))
    learned = run_batches(exported, [references.views[i].image for i in task.learned])
    features = np.concatenate([batch["feature"] for batch in learned])
    known = Familiarity.of(features)
    likeness = [known.similarity(feature) for batch in outputs for feature in batch["feature"]]
    scales = calibrate(answers, np.array(likeness))
    least = MARGIN * float(-quantile(-np.array(likeness)[:, None], 0.99)[0])
    familiarity, content = pack(features, round(least, 3))
    metres, degrees = as_taken.medians()
    side = config.side
    places = references.world_from_cam[task.learned, :3, 3]
    model = export_model(
        exported,
        run,
        out,
        Description(
            name=out.name,
            kind="posenet",
            inputs=[TensorSpec("image", "uint8", (None, side, side, 3))],
            outputs=_specs(exported, config.samples),
            camera=references.camera.to_dict(),
            world={
                "frame": task.frame,
                "map": run.about["map"]["hash"],
                "references": len(references.views),
                "lower": places.min(axis=0).round(3).tolist(),
                "upper": places.max(axis=0).round(3).tolist(),
            },
            metadata={
                "uncertainty": scales.to_dict(),
                "held_out": {
                    "median_m": round(metres, 4),
                    "median_deg": round(degrees, 3),
                    "references": task.held_out.tolist(),
                },
                KEY: familiarity,
            },
            card=card_text(task, as_taken, answers, scales, round(least, 3)),
        ),
        [{"image": np.stack(images[i : i + BATCH])} for i in range(0, 4 * BATCH, BATCH)],
        differences,
        {"position_m": PARITY * metres, "rotation_deg": PARITY * degrees, "log_variance": 0.2, "feature": 0.01},
        int8=int8,
    )
    (out / FILE).write_bytes(content)
    return model


def around(task: PoseNetMaterial, kept: Sequence[ReferenceView]) -> tuple[list[NDArray[np.uint8]], Float64]:
    """Return the held-out images and views around them, and the poses (N, 4, 4) of all these images."""
    views = NearbyViews(kept, task.references.camera, task.spread)
    count = max(VIEWS, VIEWS_EACH * len(kept))
    samples = [views.draw(generator(task.seed, _JUDGE, i)) for i in range(count)]
    images = [view.image for view in kept] + [sample.image for sample in samples]
    return images, np.stack([view.world_from_cam for view in kept] + [sample.world_from_cam for sample in samples])


def run_batches(exported: nn.Module, images: Sequence[NDArray[np.uint8]]) -> list[dict[str, NDArray[np.float32]]]:
    """Return the outputs by name, in batches."""
    batches = []
    with torch.no_grad():
        for begin in range(0, len(images), BATCH):
            given = exported(torch.from_numpy(np.stack(images[begin : begin + BATCH])))
            batches.append({name: value.numpy() for name, value in zip(POSENET_OUTPUTS, given, strict=True)})
    return batches


def differences(wanted: Outputs, got: Outputs) -> dict[str, float]:
    """Return the largest differences between two runs: meters, degrees, logarithms, and 1 - cosine of features."""
    if not all(np.isfinite(value).all() for value in got.values()):
        return dict.fromkeys(("position_m", "rotation_deg", "log_variance", "feature"), float("nan"))
    metres = np.linalg.norm(wanted["position"] - got["position"], axis=-1).max()
    turned = angles_between_quaternions(got["rotation"], wanted["rotation"])
    lengths = np.linalg.norm(wanted["feature"], axis=1) * np.linalg.norm(got["feature"], axis=1)
    cosine = (wanted["feature"] * got["feature"]).sum(axis=1) / np.maximum(lengths, 1e-12)
    return {
        "position_m": float(metres),
        "rotation_deg": float(np.rad2deg(turned.max())),
        "log_variance": float(np.abs(wanted["log_variance"] - got["log_variance"]).max()),
        "feature": float(1.0 - cosine.min()),
    }


def _specs(exported: PoseNetOutputs, samples: int) -> list[TensorSpec]:
    width = exported.posenet.feature.out_features
    shapes = ((3,), (4,), (samples, 3), (samples, 4), (2,), (width,))
    return [TensorSpec(name, "float32", (None, *shape)) for name, shape in zip(POSENET_OUTPUTS, shapes, strict=True)]
