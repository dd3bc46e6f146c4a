"""Shorten the PCA of a `pnlp` model, as `reloc export` with that length would have written it from the same network.

    python tools/shorten_pca.py models/pnlp-light 256 --out out/pnlp-light

The directions of a shorter PCA are the first of a longer one. Their scales differ, because whitening is shrunk toward
the eigenvalues' mean (`retrieval/whitening.py`): they are computed again from the scales in the file. Everything else
of the file stays as it is, and the card says so.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from reloc.models.model import CARD, Model
from reloc.models.writing import write_model

DESCRIPTOR = "descriptor"
# Images that the PCA was learned from: VLAD_WORLDS * VLAD_VIEWS of training/pnlp/exporting.py, which needs torch.
SAMPLES = 2048


def main() -> int:
    """Write the model with a shorter descriptor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL", help="folder of a model of the kind pnlp")
    parser.add_argument("length", type=int, metavar="LENGTH", help="numbers of the new descriptor")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the new model; its name stays")
    args = parser.parse_args()
    model = Model.open(args.model)
    (precision,) = model.files
    graph = onnx.load(args.model / model.files[precision].name)
    before = shorten(graph, args.length)
    outputs = [replace(o, shape=(None, args.length)) if o.name == DESCRIPTOR else o for o in model.outputs]
    content = graph.SerializeToString()
    card = (args.model / CARD).read_text()
    card = card.replace(f"batch × {before}", f"batch × {args.length}").replace(
        f"{before} numbers", f"{args.length} numbers"
    )
    write_model(
        args.out, name=model.name, kind=model.kind, onnx_files={precision: content}, inputs=model.inputs,
        outputs=outputs, camera=model.camera, world=model.world, metadata=model.metadata, card_markdown=card,
    )  # fmt: skip
    written = Model.open(args.out).files[precision]
    print(f"{before} numbers to {args.length}: {written.size} bytes, SHA-256 {written.sha256}. Write both into {CARD}")
    return 0


def shorten(graph: onnx.ModelProto, length: int) -> int:
    """Replace the projection of the descriptor by a shorter one. Return the former length."""
    arrays = {i.name: i for i in graph.graph.initializer}
    products = [n for n in graph.graph.node if n.op_type == "MatMul" and n.input[1] in arrays]
    (name,) = (n.input[1] for n in products if len(arrays[n.input[1]].dims) == 2 and n.name.startswith("/netvlad"))
    whole = numpy_helper.to_array(arrays[name])  # (K * C, P)
    if not 0 < length < whole.shape[1]:
        sys.exit(
            f"The PCA has {whole.shape[1]} numbers; a length from 1 to {whole.shape[1] - 1} is expected, not {length}"
        )
    arrays[name].CopyFrom(numpy_helper.from_array(rescaled(whole, length), name))
    (output,) = (o for o in graph.graph.output if o.name == DESCRIPTOR)
    output.type.tensor_type.shape.dim[1].dim_value = length
    del graph.graph.value_info[:]  # shapes in between, which nobody needs
    return int(whole.shape[1])


def rescaled(projection: np.ndarray, length: int) -> np.ndarray:
    """Return the first columns, scaled as `whitening.learn` scales that many."""
    scales = np.linalg.norm(projection.astype(np.float64), axis=0)
    shrinkage = _shrinkage(projection.shape[1])
    eigenvalues = np.maximum((1.0 / scales**2 - shrinkage) / (1.0 - shrinkage), 1e-9)[:length]  # as shares of a mean
    shrinkage = _shrinkage(length)
    shrunk = (1 - shrinkage) * eigenvalues + shrinkage * eigenvalues.mean()
    new = np.sqrt(eigenvalues.mean() / shrunk)
    return np.asarray(projection[:, :length] * (new / scales[:length]), projection.dtype)


def _shrinkage(kept: int) -> float:
    return kept / (kept + SAMPLES / 4)


if __name__ == "__main__":
    sys.exit(main())
