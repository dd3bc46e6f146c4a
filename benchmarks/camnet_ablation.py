"""Measure CamNet's ablation (paper, table 2): the effect of each loss on retrieval, and of each stage on the pose.

    python benchmarks/camnet_ablation.py MAP QUERIES --model Br=out/camnet-br --model Nr=camnet-light

For each trained network, it prints median errors of the first candidate's own pose, of the coarse pose from it (Pr), of
the fine pose from the reference nearest to that (Rp), and of the answer (full), with the share of answered queries. All
but the last are over all queries. `reloc train camnet` trains the networks, without some losses; for Br, for example,
with `--frustum 0 --angle 0 --triplet 0`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reloc.datatypes import Float64, Localized, Lost, Query
from reloc.engine import open_localizer
from reloc.errors import RelocError
from reloc.geometry.camera_choice import CameraChoice
from reloc.geometry.transforms import rotation_angle_between
from reloc.localizers.camnet.localizer import CamNet
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame, SourceOptions, open_source
from reloc.timing import StageClock

COLUMNS = ("retrieval", "+ Pr", "+ Rp", "full")


def main() -> int:
    """Return 1 if something is missing or does not match."""
    args = _arguments()
    try:
        rows = {name: measure(args, model) for name, model in args.model}
    except RelocError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(table(rows))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(args: argparse.Namespace, model: str) -> dict[str, Any]:
    """Return the median errors of one network by column: (meters, degrees); and the share answered and milliseconds."""
    opened = ReferenceMap.open(args.map)
    localizer = open_localizer(opened, "camnet", {"model": model, "frames": args.frames})
    assert isinstance(localizer, CamNet)
    frames = open_source(args.source, args.queries, SourceOptions(camera=args.camera)).frames(args.split)[:: args.every]
    errors: dict[str, list[tuple[float, float]]] = {column: [] for column in COLUMNS}
    took, asked = [], 0
    for frame in frames:
        if frame.world_from_cam is None:
            continue
        asked += 1
        query = _query(frame, opened)
        for column, pose in _stages(localizer, query, opened).items():
            errors[column].append(_off(pose, frame.world_from_cam))
        begin = time.perf_counter()
        answer = localizer.localize(query)
        took.append((time.perf_counter() - begin) * 1e3)
        if isinstance(answer, Localized):
            errors["full"].append(_off(answer.world_from_cam, frame.world_from_cam))
    medians = {column: np.median(found, axis=0).tolist() for column, found in errors.items() if found}
    share = len(errors["full"]) / max(1, asked)
    return {"median": medians, "answered": share, "p50_ms": float(np.median(took)) if took else float("nan")}


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    lines = [f"| network | {' | '.join(COLUMNS)} | answered | p50 |", "|---" * (len(COLUMNS) + 3) + "|"]
    for name, row in rows.items():
        cells = ["{:.2f} m, {:.1f}°".format(*row["median"][c]) if c in row["median"] else "" for c in COLUMNS]
        lines.append(f"| {name} | {' | '.join(cells)} | {row['answered']:.0%} | {row['p50_ms']:.1f} ms |")
    return "\n".join(lines)


def _stages(localizer: CamNet, query: Query, opened: ReferenceMap) -> dict[str, Float64]:
    seen = localizer.stages(query, StageClock())
    if isinstance(seen, Lost):
        return {}
    found = seen[0]
    first = opened.world_from_cam[found.candidates[0].index]
    return {"retrieval": first, "+ Pr": found.coarse[0], "+ Rp": found.fine[0]}


def _query(frame: SourceFrame, opened: ReferenceMap) -> Query:
    image = frame.load_image()
    camera, _ = CameraChoice(opened.camera(0)).choose(image.shape[1], image.shape[0], frame.camera)
    return Query(image, camera, frame.stamp_ns or 0)


def _off(pose: Float64, truth: Float64) -> tuple[float, float]:
    if not np.isfinite(pose).all():
        return float("inf"), float("inf")
    metres = float(np.linalg.norm(pose[:3, 3] - truth[:3, 3]))
    return metres, float(np.rad2deg(rotation_angle_between(pose, truth)))


def _named(text: str) -> tuple[str, str]:
    name, _, model = text.rpartition("=")
    return name or Path(model).name, model


def _arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--model", type=_named, action="append", required=True, metavar="NAME=MODEL")
    parser.add_argument("--source", default="7scenes")
    parser.add_argument("--split", default="test")
    parser.add_argument(
        "--camera", default="525.5,320,240", help="intrinsics of the source; default: those of redkitchen_sfm"
    )
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument(
        "--frames", type=int, default=0, help="number of preceding frames that each query uses; default 0"
    )
    parser.add_argument("--json", type=Path)
    return parser.parse_args(words)


if __name__ == "__main__":
    raise SystemExit(main())
