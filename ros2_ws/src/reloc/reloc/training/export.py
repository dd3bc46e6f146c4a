"""Export a trained network to a model folder: ONNX in float16 if that is as good, int8 on request, and the card.

A task's ``export`` describes inputs and outputs and calls :func:`export_model`.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from torch import nn

from reloc.errors import ExportError
from reloc.models.model import FLOAT16, FLOAT32, INT8, Model
from reloc.models.precision import to_float16
from reloc.models.quantize import to_int8
from reloc.models.tensor import TensorSpec
from reloc.models.writing import write_model
from reloc.training.card import CardText, FileFacts, write_card
from reloc.training.onnx_export import to_onnx
from reloc.training.parity import Batch, Compare, Parity, answers_of, measure
from reloc.training.run import TrainingRun

FILE = {FLOAT32: "model.onnx", FLOAT16: "model.onnx", INT8: "model.int8.onnx"}


@dataclass(frozen=True, slots=True)
class Description:
    """A task's description of its model."""

    name: str
    kind: str
    inputs: Sequence[TensorSpec]
    outputs: Sequence[TensorSpec]
    camera: Mapping[str, Any] | None
    world: Mapping[str, Any] | None
    metadata: Mapping[str, Any]
    card: CardText


def export_model(
    network: nn.Module,
    run: TrainingRun | None,
    out: Path,
    description: Description,
    batches: Sequence[Batch],
    compare: Compare,
    limits: Mapping[str, float],
    *,
    int8: bool = False,
    say: Callable[[str], None] = print,
) -> Model:
    """Write the model folder ``out``.

    Args:
        network: takes the inputs in order, gives the outputs in order, as a tuple; on the CPU.
        run: where it was trained; None for a published network, whose training is not ours.
        batches: real inputs by name, all of one size; used to compare files and to calibrate int8.
        compare: returns the largest differences, by name with unit, of the network's and a file's outputs.
        limits: largest differences of a file that is shipped.
        int8: also write ``model.int8.onnx``.

    Raises:
        ExportError: the network cannot be exported, or the exported graph's answers differ.
    """
    network = network.cpu().float().eval()
    answers = answers_of(network, batches, [s.name for s in description.outputs])
    exact = to_onnx(network, description.inputs, description.outputs)
    candidates = {FLOAT32: exact, FLOAT16: to_float16(onnx.load_from_string(exact)).SerializeToString()}
    parities: dict[str, Parity] = {}
    with tempfile.TemporaryDirectory(prefix="reloc-export-") as scratch:
        if int8:
            (Path(scratch) / "float32.onnx").write_bytes(exact)
            candidates[INT8] = to_int8(Path(scratch) / "float32.onnx", batches)
        for precision, content in candidates.items():
            draft = _write(Path(scratch) / precision, description, {precision: content}, "")
            parities[precision] = measure(draft, precision, batches, answers, compare, limits)
            say(_words(parities[precision]))
    if not parities[FLOAT32].holds:
        problem = f"The exported graph's answers differ from the network's: {_words(parities[FLOAT32])}"
        raise ExportError(problem, "Export on this machine with the torch version of requirements/training.txt")
    base = FLOAT16 if parities[FLOAT16].holds else FLOAT32
    shipped = {base: candidates[base]}
    if int8 and parities[INT8].holds:
        shipped[INT8] = candidates[INT8]
    files = [FileFacts(FILE[p], p, len(c), hashlib.sha256(c).hexdigest()) for p, c in shipped.items()]
    card = write_card(
        description.name, description.card, run.about if run else None, description.inputs, description.outputs, files,
        list(parities.values()),
    )  # fmt: skip
    return _write(out, description, shipped, card, {"parity": {p: m.differences for p, m in parities.items()}})


def _write(
    folder: Path, description: Description, files: Mapping[str, bytes], card: str, more: Mapping[str, Any] | None = None
) -> Model:
    return write_model(
        folder,
        name=description.name,
        kind=description.kind,
        onnx_files=files,
        inputs=description.inputs,
        outputs=description.outputs,
        camera=description.camera,
        world=description.world,
        metadata={**description.metadata, **(more or {})},
        card_markdown=card,
    )


def _words(parity: Parity) -> str:
    figures = ", ".join(f"{name} {value:.3g}" for name, value in parity.differences.items())
    verdict = "within the limits" if parity.holds else "over the limits: not shipped"
    return f"{parity.precision:<8} differs by {figures} ({verdict})"


def weights_hash(network: nn.Module) -> str:
    """Return the key that only models exported from one network share."""
    digest = hashlib.sha256()
    for name, value in network.state_dict().items():
        digest.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
