"""Measure how building grows with the number of references: processor seconds, peak memory, fitted exponent.

    python benchmarks/build_scale.py                        # choosing pairs: 100, 1,000 and 10,000 references
    python benchmarks/build_scale.py --pairs 100 100000
    python benchmarks/build_scale.py --builds 25 50 100     # whole maps of rendered images
    python benchmarks/build_scale.py --add 8 --builds 25 100    # then add a drive of 8 frames to each

Each size runs in a process of its own, so that its peak memory is its own. The poses are those of a robot that drives
about in a hall, 0.25 m a step; whole maps show a box of 4 x 4 x 2.6 m.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from reloc.datatypes import Float64
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.building import pairs
from reloc.maps.building.references import IngestedReferences
from reloc.maps.editing.add_drive import add_frames
from reloc.maps.reference_map import ReferenceMap

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from support.tiny_world import CAMERA, TinySource, look_at

_NEIGHBORS = 30


def driven(count: int, side: float, seed: int = 0) -> list[Float64]:
    """Return poses of a robot that drives about in a square hall, and turns on the spot at its walls."""
    random = np.random.default_rng(seed)
    place, yaw = np.full(2, side / 2.0), 0.0
    poses: list[Float64] = []
    while len(poses) < count:
        ahead = np.array([np.cos(yaw), np.sin(yaw)])
        poses.append(look_at(np.array([*place, 1.2]), np.array([*(place + ahead), 1.2 + random.normal(0.0, 0.02)])))
        following = place + 0.25 * ahead
        if (following < 0.6).any() or (following > side - 0.6).any() or random.random() < 0.03:
            yaw += np.deg2rad(20.0) * (1 if random.random() < 0.7 else -1)
        else:
            place = following
    return poses


def measure_pairs(count: int) -> dict[str, float]:
    """Choose the pairs of so many references."""
    poses = np.stack(driven(count, max(8.0, 0.4 * np.sqrt(count))))
    names = tuple(str(i) for i in range(count))
    references = IngestedReferences(Path(), names, names, poses, (CAMERA,), (0,) * count)
    start = time.process_time()
    found = pairs.overlapping(references, _NEIGHBORS)
    return {"pairs": len(found), "cpu_s": time.process_time() - start}


def measure_build(count: int, add: int) -> dict[str, float]:
    """Build a whole map, then add a drive."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        config = BuildConfig(landmarks="triangulate", retrieval="vlad")
        made = build_map(TinySource(poses=driven(count, 4.0)), Path(folder) / "map", config)
        figures = {"landmarks": made.manifest.landmarks, "cpu_s": time.process_time() - start}
        if add:
            frames = TinySource(poses=driven(add, 4.0, seed=1)).frames("train")
            start = time.process_time()
            done = add_frames(ReferenceMap.open(made.path), frames, "second", {})
            figures |= {"add_cpu_s": time.process_time() - start, "add_mb": done.bytes_anew / 1e6}
            figures["map_mb"] = ReferenceMap.open(made.path).manifest.size_bytes / 1e6
    return figures


def exponent(counts: list[int], seconds: list[float]) -> float:
    """Return the slope of the logarithms: 1 grows in proportion, 2 with the square."""
    return float(np.polyfit(np.log(counts), np.log(seconds), 1)[0])


def main() -> None:
    """Measure each size, and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="*", default=None)
    parser.add_argument("--builds", type=int, nargs="*", default=[])
    parser.add_argument("--add", type=int, default=0)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        step, count = args.one.split(":")
        figures = measure_pairs(int(count)) if step == "pairs" else measure_build(int(count), args.add)
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        print(json.dumps(figures))
        return
    sizes = {"pairs": [100, 1000, 10000] if args.pairs is None and not args.builds else args.pairs or []}
    sizes["build"] = args.builds
    for step, counts in sizes.items():
        seconds = []
        for count in counts:
            command = [sys.executable, __file__, "--one", f"{step}:{count}", "--add", str(args.add)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            seconds.append(found["cpu_s"])
            print(step, count, " ".join(f"{name} {value:.6g}" for name, value in found.items()), flush=True)
        if len(counts) > 1:
            print(f"{step}: exponent {exponent(counts, seconds):.2f}")


if __name__ == "__main__":
    main()
