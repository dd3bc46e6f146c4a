"""Measure the time from frame to pose of CamNet's variants. Weights are random, which does not change the time.

    python benchmarks/camnet_latency.py MAP QUERIES [--backend openvino] [--variant light:128 --variant full:224]

It needs torch to make the networks. QUERIES is a folder as for `reloc eval`. Images are decoded before the clock
starts, and preceding frames are used. The times are p50 and p99 of `localize`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from reloc.datatypes import Query
from reloc.engine import open_localizer
from reloc.errors import RelocError
from reloc.evaluation.environment import cpu_name
from reloc.geometry.camera_choice import CameraChoice
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceOptions, open_source
from reloc.models.precision import to_float16
from reloc.models.writing import write_model
from reloc.networks.camnet import CamNetNetwork
from reloc.networks.camnet_config import CAMNET_VARIANTS
from reloc.training.camnet import outputs
from reloc.training.camnet.config import CamNetTaskConfig
from reloc.training.camnet.outputs import CamNetEncoderOutputs, RegressorOutputs
from reloc.training.onnx_export import to_onnx

UNCERTAINTY = {
    "position_scale": 1.0, "rotation_scale": 1.0, "floor_m": 0.1, "floor_deg": 3.0, "min_similarity": -1.0,
}  # fmt: skip
WARM_UP = 5


def main() -> int:
    """Return 1 if something is missing or does not match."""
    args = _arguments()
    print(f"on {cpu_name()}\n\n| variant | backend | p50 | p99 | encode | retrieve | poses | agree |\n{'|---' * 8}|")
    try:
        for variant in args.variant or ["light:128", "full:224"]:
            name, _, side = variant.partition(":")
            print(measure(args, name, int(side or 128)), flush=True)
    except RelocError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def measure(args: argparse.Namespace, variant: str, side: int) -> str:
    """Return a row of the table."""
    opened = ReferenceMap.open(args.map)
    frames = open_source(args.source, args.queries, SourceOptions(camera=args.camera)).frames("test")[: args.limit]
    cameras, queries = CameraChoice(opened.camera(0)), []
    for number, frame in enumerate(frames):
        image = frame.load_image()
        camera, _ = cameras.choose(image.shape[1], image.shape[0], frame.camera)
        queries.append(Query(image, camera, (number + 1) * 33_000_000))
    with tempfile.TemporaryDirectory(prefix="reloc-latency-") as scratch:
        model = _written(Path(scratch) / variant, variant, side)
        localizer = open_localizer(opened, "camnet", {"model": model, "backend": args.backend})
        took, stages = [], []
        for query in [*queries[:WARM_UP], *queries]:
            begin = time.perf_counter()
            answer = localizer.localize(query)
            took.append((time.perf_counter() - begin) * 1e3)
            stages.append(dict(answer.stage_ms))
    p50, p99 = np.percentile(took[WARM_UP:], (50, 99))
    parts = [
        np.median([s.get(part, 0.0) for s in stages[WARM_UP:]]) for part in ("encode", "retrieve", "poses", "agree")
    ]
    cells = " | ".join(f"{value:.1f} ms" for value in (p50, p99, *parts))
    return f"| {variant}, {side} px | {args.backend} | {cells} |"


def _written(stem: Path, variant: str, side: int) -> str:
    """Write the three models of an untrained network in float16."""
    torch.manual_seed(0)
    network = CamNetNetwork(replace(CAMNET_VARIANTS[variant], side=side)).eval().requires_grad_(False)
    camera = CamNetTaskConfig(variant=variant, side=side).camera.to_dict()
    regressors = {"coarse": network.coarse_pose, "fine": network.fine_pose}
    graphs: dict[str, Any] = {
        "encoder": (
            CamNetEncoderOutputs(network),
            outputs.encoder_inputs(network),
            outputs.encoder_outputs(network, True),
        ),
        **{
            which: (RegressorOutputs(regressor), outputs.regressor_inputs(network), outputs.regressor_outputs())
            for which, regressor in regressors.items()
        },
    }
    for part, (module, inputs, gives) in graphs.items():
        content = to_float16(onnx.load_from_string(to_onnx(module.eval(), inputs, gives))).SerializeToString()
        write_model(
            stem.with_name(f"{stem.name}-{part}"), name=f"{stem.name}-{part}", kind=f"camnet_{part}",
            onnx_files={"float16": content}, inputs=inputs, outputs=gives, camera=camera, world=None,
            metadata={"family": "untrained", "uncertainty": UNCERTAINTY}, card_markdown="# Untrained\n",
        )  # fmt: skip
    return str(stem)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--variant", action="append", metavar="NAME:SIDE", help="default light:128 and full:224")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--source", default="7scenes")
    parser.add_argument(
        "--camera", default="525.5,320,240", help="intrinsics of the source; default: those of redkitchen_sfm"
    )
    parser.add_argument("--limit", type=int, default=50)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
