"""Measure how building grows with the number of references: processor seconds, peak memory, fitted exponent.

    python benchmarks/build_scale.py                        # choosing pairs: 100, 1,000 and 10,000 references
    python benchmarks/build_scale.py --pairs 100 100000
    python benchmarks/build_scale.py --builds 25 50 100     # whole maps of rendered images
    python benchmarks/build_scale.py --add 8 --builds 25 100    # then add a drive of 8 frames to each

Each size runs in a process of its own, so that its peak memory is its own. The poses are those of a robot that drives
about in a hall, 0.25 m a step. Whole maps grow by rooms of 4 x 4 x 2.6 m with walls of their own, 50 images each, which
are rendered before and not timed. For each step of a build its processor time is printed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from reloc import images
from reloc.datatypes import Float64
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.building import pairs
from reloc.maps.building.references import IngestedReferences
from reloc.maps.editing.add_drive import add_frames
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame, SourceOptions

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from support.tiny_world import CAMERA, TinySource, look_at, render, texture

_NEIGHBORS, _PER_ROOM = 30, 50


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


@dataclass
class Rooms:
    """Images of many rooms, 50 of each."""

    folder: Path
    count: int
    name: str = "rooms"
    notes: list[str] = field(default_factory=list)
    keyframes: KeyframeConfig = field(default_factory=KeyframeConfig)
    options: SourceOptions = field(default_factory=SourceOptions)

    def frames(self, split: str) -> list[SourceFrame]:
        """Return the frames that :meth:`make` wrote."""
        return [
            SourceFrame(name, partial(images.load, file), CAMERA, pose, image_file=file)
            for name, file, pose in self._views()
        ]

    def make(self) -> None:
        """Render what is not there yet."""
        for _, file, _ in self._views():
            room, number = int(file.parent.name), int(file.stem)
            if file.exists():
                continue
            if not number:
                texture.cache_clear()
                file.parent.mkdir(parents=True, exist_ok=True)
            rendered = render(driven(_PER_ROOM, 4.0, room)[number], seed=room)[0]
            cv2.imwrite(str(file), rendered[..., ::-1])

    def _views(self) -> Iterator[tuple[str, Path, Float64]]:
        for room in range(-(-self.count // _PER_ROOM)):
            for number, pose in enumerate(driven(_PER_ROOM, 4.0, room)[: self.count - room * _PER_ROOM]):
                moved = pose.copy()
                moved[0, 3] += 10.0 * room
                yield f"{room:03d}/{number:02d}", self.folder / f"{room:03d}" / f"{number:02d}.jpg", moved


class Steps:
    """Processor seconds of each step, as the build tells them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.process_time()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Add what was spent since the last call; what no step tells counts for the next one."""
        now = time.process_time()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._last
        self._last = now


def measure_build(count: int, add: int, folder: Path) -> dict[str, float]:
    """Build a whole map, then add a drive to its first room."""
    with tempfile.TemporaryDirectory() as target:
        steps, start = Steps(), time.process_time()
        config = BuildConfig(landmarks="triangulate", retrieval="vlad")
        made = build_map(Rooms(folder, count), Path(target) / "map", config, steps)
        steps("finish", 1, 1)
        figures: dict[str, float] = {"landmarks": made.manifest.landmarks, "cpu_s": time.process_time() - start}
        figures |= {f"{step}_s": seconds for step, seconds in steps.seconds.items()}
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
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
    parser.add_argument("--out", type=Path, default=Path("out/build_scale"), help="for the rendered images")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        step, count = args.one.split(":")
        figures = measure_pairs(int(count)) if step == "pairs" else measure_build(int(count), args.add, args.out)
        figures.setdefault("peak_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)
        print(json.dumps(figures))
        return
    sizes = {"pairs": [100, 1000, 10000] if args.pairs is None and not args.builds else args.pairs or []}
    sizes["build"] = args.builds
    if args.builds:
        Rooms(args.out, max(args.builds)).make()
    for step, counts in sizes.items():
        seconds = []
        for count in counts:
            command = [sys.executable, __file__, "--one", f"{step}:{count}", "--add", str(args.add), "--out", args.out]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            seconds.append(found["cpu_s"])
            print(step, count, " ".join(f"{name} {value:.6g}" for name, value in found.items()), flush=True)
        if len(counts) > 1:
            print(f"{step}: exponent {exponent(counts, seconds):.2f}")


if __name__ == "__main__":
    main()
