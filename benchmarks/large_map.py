"""Localize in a small and in a large map, held as a whole and within a memory limit: time, memory and answers.

    python benchmarks/large_map.py                                    # 50 and 10,000 references; 2 GB in --out
    python benchmarks/large_map.py --references 50 1000 --limits 0 64

The room of the tests is built with 50 references. The large map has further rooms with descriptors of the same
distribution (benchmarks/scale_parts/many_rooms.py). All queries are of the first room, from poses that no reference
has. So answers can be compared, and the other rooms can only disturb. Each row is a process of its own. Times are
processor time; the first answers, which read the files, are not counted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from reloc import images
from reloc.datatypes import Localized, Query
from reloc.engine import Engine
from reloc.geometry.transforms import distance_between
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.reference_map import ReferenceMap

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from build_scale import driven
from scale_parts import many_rooms
from support.tiny_world import CAMERA, TinySource, render

_COLUMNS = (
    "| references | limit (MB) | open (s) | p50 (ms) | p95 (ms) | answered | error p50 (mm) | largest (mm) | held (MB) "
    "| resident (MB) | answers |"
)
_WARM = 5


def measure(path: Path, limit_mb: int, count: int) -> dict[str, float | str]:
    """Localize in one map."""
    begun = time.process_time()
    opened = ReferenceMap.open(path, verify=False, memory_limit_mb=limit_mb)
    engine = Engine.open(opened, "features", {})
    figures: dict[str, float | str] = {"open_s": time.process_time() - begun}
    poses = driven(count + _WARM, 4.0, seed=3)
    queries = [Query(images.to_gray(render(pose)[0]), CAMERA) for pose in poses]
    times, errors, told = [], [], hashlib.sha256()
    for number, (query, pose) in enumerate(zip(queries, poses, strict=True)):
        begun = time.process_time()
        answer = engine.localize(query)
        times.append(time.process_time() - begun)
        if number < _WARM:
            continue
        if isinstance(answer, Localized):
            errors.append(float(distance_between(answer.world_from_cam, pose)))
            told.update(answer.world_from_cam.tobytes() + answer.covariance.tobytes())
        else:
            told.update(answer.reason.value.encode())
    ms = 1000.0 * np.array(times[_WARM:])
    return figures | {
        "p50_ms": float(np.median(ms)),
        "p95_ms": float(np.percentile(ms, 95)),
        "answered": len(errors),
        "error_mm": 1000.0 * float(np.median(errors)) if errors else float("nan"),
        "largest_mm": 1000.0 * max(errors, default=float("nan")),
        "held_mb": opened.held_bytes / 2**20,
        "resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
        "answers": told.hexdigest()[:8],
    }


def main() -> None:
    """Make the maps that are not there yet, and print a row for each map and limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--references", type=int, nargs="+", default=[50, 10000])
    parser.add_argument("--limits", type=int, nargs="+", default=[0, 256], metavar="MB")
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("out/large_map"))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(Path(args.one[0]), int(args.one[1]), args.queries)))
        return
    args.out.mkdir(parents=True, exist_ok=True)
    room = args.out / "room.map"
    if not room.exists():
        build_map(TinySource(poses=driven(50, 4.0)), room, BuildConfig(landmarks="triangulate", retrieval="vlad"))
    print(_COLUMNS)
    print("|" + "---|" * 11, flush=True)
    for count in args.references:
        path = args.out / f"{count}.map"
        if not path.exists():
            many_rooms.grow(room, path, count)
        for limit in args.limits:
            command = [sys.executable, __file__, "--queries", str(args.queries), "--one", str(path), str(limit)]
            row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            cells = [f"{row[k]:.3g}" for k in ("open_s", "p50_ms", "p95_ms")]
            cells += [f"{row['answered']} of {args.queries}", f"{row['error_mm']:.2g}", f"{row['largest_mm']:.3g}"]
            cells += [f"{row['held_mb']:.0f}", f"{row['resident_mb']:.0f}", row["answers"]]
            print(f"| {count:,} | {limit or 'none'} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
