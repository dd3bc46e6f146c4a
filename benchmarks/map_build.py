"""Measure building and opening a map: seconds per step, bytes per reference, time to open.

    python benchmarks/map_build.py FOLDER --source 7scenes --camera 525.5 --every 10

Without a folder, it uses every tenth frame of redkitchen_sfm, if this data set exists.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from reloc.maps import layout
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.feature_set import UNMATCHED
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceOptions, open_source

DATA = Path(os.environ.get("RELOC_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


class Stopwatch:
    """Add up the seconds of each step from progress reports."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def __call__(self, step: str, done: int, total: int, /) -> None:
        now = time.perf_counter()
        self.seconds[step] = self.seconds.get(step, 0.0) + (now - self._last)
        self._last = now


def opening_ms(path: Path, verify: bool) -> float:
    """Return the shortest of five opening times in milliseconds."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        ReferenceMap.open(path, verify=verify)
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def by_part(made: ReferenceMap) -> dict[str, int]:
    """Return the bytes of images, COLMAP model and each array, largest first."""
    parts: Counter[str] = Counter()
    for entry in made.manifest.files:
        head = entry.path.split("/")[0]
        parts[entry.path.removeprefix("compiled/") if head == layout.COMPILED else head] += entry.size
    return dict(parts.most_common())


def bytes_read(made: ReferenceMap) -> int:
    """Return what `features` reads of all references: key points with a landmark, landmarks, VLAD."""
    parts = by_part(made)
    unread = f"{layout.FEATURES}/{UNMATCHED}.npy"
    folders = (f"{layout.FEATURES}/", f"{layout.LANDMARKS}/", f"{layout.RETRIEVAL}/vlad/descriptors")
    return sum(size for part, size in parts.items() if part.startswith(folders) and part != unread)


def main() -> None:
    """Build a map once, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--source", default="7scenes")
    parser.add_argument("--camera", default="")
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--landmarks", default="auto")
    args = parser.parse_args()
    if args.path is None:
        args.path, args.camera = DATA / "redkitchen_sfm", args.camera or "525.5"
        if not args.path.is_dir():
            print(f"skipped: {args.path} does not exist")
            return
    source = open_source(args.source, args.path, SourceOptions(camera=args.camera))
    config = BuildConfig(keyframes=KeyframeConfig(every=args.every), landmarks=args.landmarks)
    with tempfile.TemporaryDirectory() as folder:
        watch, start = Stopwatch(), time.perf_counter()
        made = build_map(source, Path(folder) / "map", config, watch)
        total = time.perf_counter() - start
        figures = {
            "references": len(made),
            "total_s": round(total, 2),
            "step_s": {step: round(seconds, 2) for step, seconds in watch.seconds.items()},
            "bytes_per_reference": made.manifest.size_bytes // len(made),
            "bytes_that_features_reads": bytes_read(made) // len(made),
            "bytes_by_part": {part: size // len(made) for part, size in by_part(made).items()},
            "open_verified_ms": round(opening_ms(made.path, True), 2),
            "open_unverified_ms": round(opening_ms(made.path, False), 2),
            "report": made.manifest.report,
        }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
