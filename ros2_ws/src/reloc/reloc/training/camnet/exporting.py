"""Export a trained CamNet as three models that belong together: ``NAME-encoder``, ``NAME-coarse`` and ``NAME-fine``."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reloc.errors import ExportError
from reloc.geometry.rotations import angles_between_quaternions
from reloc.models.model import Model
from reloc.training.camnet import card, outputs
from reloc.training.camnet.calibration import judge
from reloc.training.camnet.judging import medians
from reloc.training.camnet.material import CamNetMaterial
from reloc.training.camnet.outputs import CamNetEncoderOutputs, RegressorOutputs
from reloc.training.export import Description, export_model, weights_hash
from reloc.training.run import TrainingRun

BATCH, BATCHES = 16, 4
FEATURES_OFF = 0.02  # allowed error of a file's features, as a share of their length
PARITY = 0.2  # allowed difference of a file's poses to the network's, as a share of the median error
LEAST = {"m": 0.005, "deg": 0.2}  # rounding alone, if the median error is tiny
Arrays = Mapping[str, NDArray[np.float32]]


def export(task: CamNetMaterial, network: Any, run: TrainingRun, out: Path, int8: bool) -> Model:
    """Write the three model folders of a learner; return the encoder's.

    Args:
        out: ``folder/NAME``; the models are ``folder/NAME-encoder`` and so on.
        int8: also write the encoder in int8.

    Raises:
        ExportError: the network gives no poses, or a graph's answers differ from the network's.
    """
    config, camnet = task.config, network.camnet.cpu().float().eval()
    asked = task.ask(network)
    figures = medians(asked)
    if not np.isfinite(figures["fine_m"]) or not np.isfinite(figures["coarse_m"]):
        raise ExportError("The network returned NaN", "Train again with a lower --rate")
    judged = judge(asked)
    encoder = CamNetEncoderOutputs(camnet, config.retrieves).eval()
    images, features = _examples(task, encoder)
    family = {"family": weights_hash(camnet), "variant": config.variant}
    held_out = {name: round(value, 3) for name, value in figures.items()}
    common: dict[str, Any] = {"camera": config.camera.to_dict(), "world": None}
    made = export_model(
        encoder, run, out.with_name(f"{out.name}-encoder"),
        Description(
            name=f"{out.name}-encoder", kind="camnet_encoder", inputs=outputs.encoder_inputs(camnet),
            outputs=outputs.encoder_outputs(camnet, config.retrieves),
            metadata={**family, "uncertainty": judged.to_dict(), "held_out": held_out},
            card=card.of_encoder(task, figures, judged), **common,
        ),
        images, _features_off, dict.fromkeys(outputs.FEATURES, FEATURES_OFF), int8=int8,
    )  # fmt: skip
    for which, branch, regressor in (
        ("coarse", camnet.pfr, camnet.coarse_pose), ("fine", camnet.prp, camnet.fine_pose)
    ):  # fmt: skip
        limits = {unit: max(least, PARITY * figures[f"{which}_{unit}"]) for unit, least in LEAST.items()}
        export_model(
            RegressorOutputs(regressor), run, out.with_name(f"{out.name}-{which}"),
            Description(
                name=f"{out.name}-{which}", kind=f"camnet_{which}", inputs=outputs.regressor_inputs(branch),
                outputs=outputs.regressor_outputs(), metadata=family,
                card=card.of_regressor(which, task, figures, judged), **common,
            ),
            [{"reference": f[which][0], "query": f[which][1]} for f in features], _poses_off, limits,
        )  # fmt: skip
    return made


def _examples(task: CamNetMaterial, encoder: CamNetEncoderOutputs) -> tuple[list[Any], list[Any]]:
    """Yield held-out images in batches, and of each batch the features of images and of their neighbors."""
    images, features = [], []
    for exam in itertools.islice(task.data.exams(), BATCHES):
        chosen = np.ascontiguousarray(exam.place.images[np.resize(exam.queries, BATCH)])
        images.append({"image": chosen})
        with torch.no_grad():
            found = dict(zip(outputs.FEATURES, (f.numpy() for f in encoder(torch.from_numpy(chosen))), strict=True))
        features.append({which: (np.roll(found[which], 1, axis=0), found[which]) for which in ("coarse", "fine")})
    return images, features


def _features_off(wanted: Arrays, got: Arrays) -> dict[str, float]:
    return {
        name: float(np.linalg.norm(wanted[name] - got[name]) / max(float(np.linalg.norm(wanted[name])), 1e-12))
        for name in wanted
    }


def _poses_off(wanted: Arrays, got: Arrays) -> dict[str, float]:
    one, other = wanted["pose"], got["pose"]
    if not np.isfinite(other).all():
        return dict.fromkeys(LEAST, float("nan"))
    turned = angles_between_quaternions(other[:, 3:], one[:, 3:])
    return {
        "m": float(np.linalg.norm(one[:, :3] - other[:, :3], axis=1).max()),
        "deg": float(np.rad2deg(turned).max()),
    }
