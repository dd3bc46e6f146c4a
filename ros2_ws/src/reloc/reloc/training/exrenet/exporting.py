"""Export a trained ExReNet as two models that belong together: ``NAME-encoder`` and ``NAME-head``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reloc.errors import ExportError
from reloc.geometry.rotations import angles_between_quaternions
from reloc.models.model import Model
from reloc.networks.exrenet import ExReNetNetwork
from reloc.training.export import Description, export_model, weights_hash
from reloc.training.exrenet import card, outputs
from reloc.training.exrenet.calibration import judge_all
from reloc.training.exrenet.material import ExReNetMaterial
from reloc.training.exrenet.outputs import ExReNetEncoderOutputs, PairOutputs
from reloc.training.rooms.rooms import HELD_OUT
from reloc.training.run import TrainingRun

BATCH = 16
BATCHES = 4
FEATURES_OFF = 0.02  # allowed error of a file's features, as a share of their length
PARITY = 0.2  # allowed difference of 95 % of a file's answers, as a share of the median error
MOST = 0.95
MATCHES_OFF = 0.05  # share of places whose match may differ, because rounding decides between equal matches
Arrays = Mapping[str, NDArray[np.float32]]


def export(task: ExReNetMaterial, network: Any, run: TrainingRun, out: Path, int8: bool) -> Model:
    """Write the two model folders of a learner; return the head's.

    Args:
        out: ``folder/NAME``; the models are ``folder/NAME-encoder`` and ``folder/NAME-head``.
        int8: also write the encoder in int8.

    Raises:
        ExportError: the network gives no poses, or a graph's answers differ from the network's.
    """
    config, exrenet = task.config, network.exrenet.cpu().float().eval()
    errors = task.errors(network)
    if not np.isfinite(errors.rotation_deg).all():
        raise ExportError("The network returned NaN for pairs", "Train again with a lower --rate")
    encoder, head = ExReNetEncoderOutputs(exrenet).eval(), PairOutputs(exrenet, config.samples, config.seed).eval()
    judged = judge_all(task, encoder, head)
    pair = {"pair": weights_hash(exrenet), "variant": config.variant}
    camera = config.camera.to_dict()
    images, pairs = _examples(task, encoder, exrenet)
    common = {"camera": camera, "world": None}
    export_model(
        encoder, run, out.with_name(f"{out.name}-encoder"),
        Description(
            name=f"{out.name}-encoder", kind="exrenet_encoder", inputs=outputs.image_input(config.network),
            outputs=outputs.features_of(exrenet), metadata=pair, card=card.of_encoder(task, errors, judged), **common,
        ),
        images, _features_off, dict.fromkeys(outputs.FEATURES[: len(exrenet.encoder.channels)], FEATURES_OFF),
        int8=int8,
    )  # fmt: skip
    direction, rotation, scale = errors.medians()
    limits = {"direction_deg": PARITY * direction, "rotation_deg": PARITY * rotation, "scale_m": PARITY * scale}
    if config.network.fine:
        limits[outputs.MATCHES_OUTPUT] = MATCHES_OFF
    return export_model(
        head, run, out.with_name(f"{out.name}-head"),
        Description(
            name=f"{out.name}-head", kind="exrenet_head", inputs=outputs.pair_inputs(exrenet),
            outputs=outputs.pair_outputs(exrenet, config.samples),
            metadata={
                **pair, "uncertainty": {how: one.scales.to_dict() for how, one in judged.items()},
                "held_out": {"direction_deg": round(direction, 2), "rotation_deg": round(rotation, 2),
                             "scale_m": round(scale, 3)},
            },
            card=card.of_head(task, errors, judged), **common,
        ),
        pairs, _answers_off, limits,
    )  # fmt: skip


def _examples(
    task: ExReNetMaterial, encoder: ExReNetEncoderOutputs, exrenet: ExReNetNetwork
) -> tuple[list[Any], list[Any]]:
    """Return images of held-out worlds in batches, and features of pairs of these images."""
    count = task.config.held_out
    rooms = [task.rooms.room(HELD_OUT, i) for i in range(min(count, BATCHES))]
    images, pairs = [], []
    names = [spec.name for spec in outputs.pair_inputs(exrenet)]
    for room in rooms:
        chosen = np.resize(np.arange(len(room.pairs)), BATCH)
        images.append({"image": np.ascontiguousarray(room.images[np.resize(np.arange(len(room.images)), BATCH)])})
        both = [torch.from_numpy(room.images[side[chosen]]) for side in (room.pairs.first, room.pairs.second)]
        with torch.no_grad():
            features = [value.numpy() for part in both for value in encoder(part)]
        pairs.append(dict(zip(names, features, strict=True)))
    return images, pairs


def _features_off(wanted: Arrays, got: Arrays) -> dict[str, float]:
    return {
        name: float(np.linalg.norm(wanted[name] - got[name]) / max(float(np.linalg.norm(wanted[name])), 1e-12))
        for name in wanted
    }


def _answers_off(wanted: Arrays, got: Arrays) -> dict[str, float]:
    """Return the 95 % quantile of the differences.

    The largest ones are excluded: rounding decides between equal matches.
    """
    if not all(np.isfinite(value).all() for value in got.values()):
        return dict.fromkeys(("direction_deg", "rotation_deg", "scale_m", outputs.MATCHES_OUTPUT), float("nan"))
    cosine = np.clip((wanted["direction"] * got["direction"]).sum(axis=1), -1.0, 1.0)
    turned = angles_between_quaternions(got["rotation"], wanted["rotation"])
    values = {
        "direction_deg": np.rad2deg(np.arccos(cosine)), "rotation_deg": np.rad2deg(turned),
        "scale_m": np.abs(wanted["scale"] - got["scale"]),
    }  # fmt: skip
    off = {name: float(np.quantile(value, MOST)) for name, value in values.items()}
    if outputs.MATCHES_OUTPUT in wanted:
        places = (wanted[outputs.MATCHES_OUTPUT] - got[outputs.MATCHES_OUTPUT])[:, :2]
        off[outputs.MATCHES_OUTPUT] = float((np.abs(places).max(axis=1) > 0.5).mean())
    return off
