"""Measure the time of pnlp from frame to pose, by stage.

    python benchmarks/pnlp_time.py MODEL [--map MAP] [--data FOLDER] [--encode]

It prints p50 and p95 over queries of seq-02 of redkitchen_sfm for each stage and each available backend. The image is
in memory, as in a node, and the result is the pose with its covariance. Lost frames count, too, because they take as
long.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

from reloc import plugins
from reloc.backends.choice import BACKENDS
from reloc.datatypes import Localized, Query
from reloc.engine import open_localizer
from reloc.localizers.networked.encode_map import encode_map
from reloc.localizers.pnlp.models import LearnedModels
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceOptions, open_source

ROOT = Path(__file__).resolve().parents[1]
CAMERA = "525.5,320,240"
WARM = 3
STAGES = ("preprocess", "encode", "retrieve", "match", "pnp")


def main() -> int:
    """Return 1 if there is no data or no map."""
    args = _arguments()
    if not args.data.is_dir() or not args.map.is_dir():
        print(f"skipped: {args.data} or {args.map} does not exist; benchmarks/retrieval.py builds the map")
        return 1
    if args.encode:
        encode_map(args.map, LearnedModels.named(args.model))
    opened = ReferenceMap.open(args.map, verify=False)
    source = open_source("7scenes", args.data, SourceOptions(camera=CAMERA))
    queries = []
    for frame in source.frames("test")[:: args.every]:
        image = frame.load_image()
        queries.append(Query(image, frame.camera_for(image)))
    print(f"{len(opened)} references, {len(queries)} queries, {os.cpu_count()} cores\n")
    print(f"| backend | precision | answered | p50 | p95 | {' | '.join(STAGES)} |\n|{'---|' * (5 + len(STAGES))}")
    for name in plugins.names(BACKENDS):
        if plugins.load(BACKENDS, name).availability().usable:
            print(timed(opened, args.model, name, args.precision, queries), flush=True)
    return 0


def timed(opened: ReferenceMap, model: str, backend: str, precision: str, queries: list[Query]) -> str:
    """Return one row of the table, in milliseconds."""
    localizer = open_localizer(opened, "pnlp", {"model": model, "backend": backend, "precision": precision})
    for query in queries[:WARM]:
        localizer.localize(query)
    whole, stages, answered = [], [], 0
    for query in queries:
        began = time.perf_counter()
        answer = localizer.localize(query)
        whole.append(1e3 * (time.perf_counter() - began))
        answered += isinstance(answer, Localized)
        stages.append([answer.stage_ms.get(stage, np.nan) for stage in STAGES])
    each = " | ".join(f"{ms:.1f}" for ms in np.nanmedian(np.array(stages, float), axis=0))
    share = f"{answered}/{len(queries)}"
    p50, p95 = np.percentile(whole, (50, 95))
    return f"| {backend} | {precision} | {share} | {p50:.1f} | {p95:.1f} | {each} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("RELOC_DATA") or ROOT.parent / "shared" / "data") / "redkitchen_sfm"
    parser.add_argument("model", help="name or folder of a pnlp model")
    parser.add_argument("--map", type=Path, default=ROOT / "out" / "retrieval" / "redkitchen_sfm.map", help="a map")
    parser.add_argument("--encode", action="store_true", help="put the model into the map first, as on a robot")
    parser.add_argument("--precision", default="auto", help="auto, float32, float16, bf16 or int8")
    parser.add_argument("--every", type=int, default=20, help="take every N-th query; default 20")
    parser.add_argument("--data", type=Path, default=data, help=f"the scene; default {data}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
