"""Compare the references that each global descriptor finds, in one table.

    python benchmarks/retrieval.py [--pnlp MODEL] [--camnet MODEL] [--map MAP] [--data FOLDER] [--out FOLDER]

Queries are from seq-02 of redkitchen_sfm, in a map of seq-01. The table has the median error of the first candidate's
pose; the share of queries with a reference within 1 m and 30 degrees as the first candidate, or among the first five;
the milliseconds from image to candidates; and the bytes of a reference's descriptor in the map. VLAD and DenseVLAD
learn their words from the map. NetVLAD (of the localizer pnlp) and CamNet were trained elsewhere. `reloc eval
--baseline own` compares a localizer with its own retrieval.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from parts.reloc_commands import reloc

from reloc import images
from reloc.datatypes import Candidate, Query
from reloc.engine import open_localizer
from reloc.estimators.observation import extractor_of
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame, SourceOptions, open_source
from reloc.retrieval.retriever import Retriever

ROOT = Path(__file__).resolve().parents[1]
CAMERA = "525.5,320,240"
FIRST = 5
NEAR_M, NEAR_DEG = 1.0, 30.0
HALF = 2  # bytes of a float16, in which a map stores a network's features of a reference
Rank = Callable[[Query], Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one descriptor."""

    name: str
    metres: float  # median position error of the first candidate's pose
    degrees: float
    at_1: float
    at_5: float
    ms: float  # median time
    size: int  # bytes per reference

    def __str__(self) -> str:
        return (
            f"| {self.name} | {self.metres:.3f} m, {self.degrees:.2f} deg | {self.at_1:.0%} | {self.at_5:.0%} "
            f"| {self.ms:.1f} | {self.size} |"
        )


def main() -> int:
    """Return 1 if there is no data."""
    args = _arguments()
    if not args.data.is_dir():
        print(f"skipped: {args.data} does not exist")
        return 1
    opened = ReferenceMap.open(_map(args), verify=False)
    source = open_source("7scenes", args.data, SourceOptions(camera=CAMERA))
    frames = [f for f in source.frames("test")[:: args.every] if f.world_from_cam is not None]
    print(f"{len(opened)} references, {len(frames)} queries\n")
    print("| descriptor | first candidate, median | recall at 1 | at 5 | ms | bytes |\n|---|---|---|---|---|---|")
    for name in ("vlad", "densevlad"):
        if "descriptors" in (arrays := opened.arrays(f"retrieval/{name}")):
            descriptors = arrays["descriptors"]
            print(judged(name, by_hand(opened, name), opened, frames, descriptors[0].nbytes), flush=True)
    for localizer, model in (("pnlp", args.pnlp), ("camnet", args.camnet)):
        if model:
            rank, size = learned(opened, localizer, model)
            print(judged(f"{TITLES[localizer]} ({Path(model).name})", rank, opened, frames, size), flush=True)
    return 0


TITLES = {"pnlp": "NetVLAD", "camnet": "CamNet"}


def by_hand(opened: ReferenceMap, name: str) -> Rank:
    """Return the retrieval by a descriptor that the map was built with. Key points are computed if it needs them."""
    retriever = Retriever.open(opened, name)
    extractor = extractor_of(opened)
    nothing = extractor.extract(np.zeros((8, 8), np.uint8))

    def rank(query: Query) -> Sequence[Candidate]:
        gray = images.to_gray(query.image)
        features = extractor.extract(gray) if retriever.descriptor.needs_features else nothing
        return retriever.rank(gray, features, FIRST)

    return rank


def learned(opened: ReferenceMap, localizer: str, model: str) -> tuple[Rank, int]:
    """Return a localizer's own retrieval, and the bytes of its descriptor."""
    from reloc.localizers.networked import map_networks

    found: Any = open_localizer(opened, localizer, {"model": model})
    (spec,) = (s for s in map_networks.named(model).encoder.outputs if s.name == "descriptor")
    return (lambda query: found.ranked(query, FIRST)), HALF * int(np.prod(spec.at(1)[1:]))


def judged(name: str, rank: Rank, opened: ReferenceMap, frames: Sequence[SourceFrame], size: int) -> Row:
    """Return the figures over all queries. The error of a query without a candidate is infinite."""
    errors, near, ms = [], [], []
    for frame in frames:
        image, truth = frame.load_image(), frame.world_from_cam
        query = Query(image, frame.camera_for(image))
        began = time.perf_counter()
        candidates = rank(query)
        ms.append(1e3 * (time.perf_counter() - began))
        poses = [opened.world_from_cam[c.index] for c in candidates]
        off = [(distance_between(p, truth), np.rad2deg(rotation_angle_between(p, truth))) for p in poses]
        errors.append(off[0] if off else (np.inf, 180.0))
        good = [metres <= NEAR_M and degrees <= NEAR_DEG for metres, degrees in off]
        near.append((any(good[:1]), any(good)))
    metres, degrees = np.median(np.array(errors), axis=0)
    at_1, at_5 = np.mean(np.array(near, dtype=float), axis=0)
    return Row(name, float(metres), float(degrees), float(at_1), float(at_5), float(np.median(ms)), size)


def _map(args: argparse.Namespace) -> Path:
    """Return the map; build it if it is missing. A failure ends the program."""
    folder: Path = args.map or args.out / "redkitchen_sfm.map"
    if not folder.exists():
        build = ["map", "build", str(args.data), "--source", "7scenes", "--split", "train", "--camera", CAMERA]
        build += ["--every", "10", "--landmarks", "none", "--retrieval", "vlad,densevlad"]
        if not reloc([*build, "--out", str(folder)]):
            sys.exit(1)
    return folder


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("RELOC_DATA") or ROOT.parent / "shared" / "data") / "redkitchen_sfm"
    parser.add_argument("--pnlp", default="", help="name or folder of a pnlp model, for NetVLAD")
    parser.add_argument("--camnet", default="", help="name or folder of a CamNet, without -encoder")
    parser.add_argument("--map", type=Path, default=None, help="a map; default: one of every tenth frame is built")
    parser.add_argument("--every", type=int, default=10, help="take every N-th query; default 10")
    parser.add_argument("--data", type=Path, default=data, help=f"the scene; default {data}")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "retrieval", help="folder for the map")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
