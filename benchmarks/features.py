"""Measure local features: their cost, and their right matches if view or light differ.

    python benchmarks/features.py [--kinds rootsift,points] [--threads 1] [--sets worlds,kitchen]

`xfeat` can be among the kinds after `reloc models import xfeat`.

For each kind, it prints the processor time of a 640 x 480 frame beside OpenCV's SIFT in the same run. For pairs of
views, it prints the median number of right matches, the share of pairs with at least 30 right matches, and the share of
matches that are right. The sets are:

- ``worlds``: synthetic worlds that no training used, judged by exact depth: a step aside, other light, moved furniture,
  distant views.
- ``kitchen``: queries of seq-02 of redkitchen_sfm, each with the nearest reference of seq-01, judged by the epipolar
  line.
- ``changed``: the same with dark, shaken, compressed and covered queries.
- ``apart``: every tenth frame of both sequences with the nearest one at a smallest distance or angle.
- ``localized``: maps of synthetic rooms and of RedKitchen with each kind, and the answers of `features` to plain and
  changed queries: right ones (5 cm and 5 degrees), gross errors (0.5 m or 10 degrees), median errors and processor
  time, without verification.
- ``distant``: the same for plain queries of RedKitchen, without all references of the map that are nearer than a
  distance, whatever their direction, or that are turned by less than an angle, wherever they are.

The data are in the folder RELOC_DATA, or in ../shared/data.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from local_features import changes, localizing, pairs
from local_features.counting import ENOUGH, right_matches

from reloc import images
from reloc.config import from_mapping
from reloc.datatypes import UInt8
from reloc.features import extractor as family

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("RELOC_DATA", ROOT.parent / "shared" / "data"))
SETS = ("worlds", "kitchen", "changed", "apart", "localized", "distant")
WORLDS, EACH = 6, 4
METERS, DEGREES = (0.3, 0.6, 1.0), (15.0, 30.0, 45.0)
ANYWHERE_M, ANY_DEG = 1e6, 181.0
RUNS = 40


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", default="rootsift,points")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--model", default="", help="network of `points`; default: the shipped one")
    parser.add_argument(
        "--ratio",
        type=float,
        default=0.9,
        help="limit of the ratio test of kinds that are matched by it; default 0.9, as in `features`",
    )
    parser.add_argument("--every", type=int, default=10, help="use every N-th query of RedKitchen")
    parser.add_argument("--scenes", default="rooms,kitchen", help="scenes of the set localized")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "features", help="folder for maps")
    parser.add_argument("--data", type=Path, default=DATA)
    args = parser.parse_args()
    cv2.setNumThreads(args.threads)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])
    opened = {name: _open(name, args.model) for name in args.kinds.split(",")}
    frames = _frames(args.data)
    print(f"{args.threads} core(s), {len(frames)} frames of 640 x 480: processor ms per frame")
    for name, cost in _costs(opened, frames).items():
        print(f"  {name:<12}{cost:7.1f}")
    columns = "".join(f"{name:>38}" for name in opened)
    print(f"\nmedian right matches; share of pairs with at least {ENOUGH}; share of matches that are right")
    print(f"{'':<26}{columns}")
    for wanted in args.sets.split(","):
        if wanted == "localized":
            _localized(list(opened), args)
            continue
        if wanted == "distant":
            _distant(list(opened), args)
            continue
        for title, some, change in _sets(wanted, args):
            _row(title, opened, some, change, args.ratio)


def _open(name: str, model: str) -> Any:
    kind = family.kind(name)
    return kind.open(from_mapping(kind.Config, {"model": model} if model and name == "points" else {}))


def _frames(data: Path) -> list[UInt8]:
    """Return gray frames for the timing: photographs of rooms, or a rendered one if there are none."""
    files = sorted((data / "interiors").rglob("*.jpg"))[:: max(1, 1605 // 10)]
    found = [cv2.resize(cv2.imread(str(f), cv2.IMREAD_GRAYSCALE), (640, 480)) for f in files]
    return found or [images.to_gray(next(iter(pairs.worlds(1, 1, "near", None))).query)]


def _costs(opened: dict[str, Any], frames: list[UInt8]) -> dict[str, float]:
    """Return median processor times. The kinds take turns, so that other load on the machine affects all of them."""
    sift = cv2.SIFT.create()
    runs: dict[str, Callable[[UInt8], Any]] = {"plain SIFT": lambda gray: sift.detectAndCompute(gray, None)}
    runs |= {name: extractor.extract for name, extractor in opened.items()}
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for i in range(RUNS):
        for name, run in runs.items():
            begin = time.process_time()
            run(frames[i % len(frames)])
            spent[name].append(1e3 * (time.process_time() - begin))
    return {name: float(np.median(times[len(frames) :] or times)) for name, times in spent.items()}


def _sets(wanted: str, args: argparse.Namespace) -> Iterable[tuple[str, Iterable[pairs.Pair], changes.Change]]:
    """Yield titles, pairs, and the change of the queries."""
    if wanted == "worlds":
        photos = args.data / "photos"
        for kind in ("near", "light", "moved", "far"):
            yield f"worlds, {kind}", pairs.worlds(WORLDS, EACH, kind, photos if photos.is_dir() else None), _same
        return
    folder = args.data / "redkitchen_sfm"
    if not folder.is_dir():
        print(f"{wanted}: {folder} does not exist")
        return
    kitchen = pairs.Kitchen(folder)
    if wanted == "kitchen":
        yield "kitchen", kitchen.drive(args.every), _same
    elif wanted == "changed":
        for change in _changes(args.data):
            yield f"kitchen, {change.__name__}", kitchen.drive(args.every), change
    elif wanted == "apart":
        for meters in METERS:
            yield f"kitchen, {meters:g} m apart", kitchen.apart(2 * args.every, meters, 0.0), _same
        for degrees in DEGREES:
            yield f"kitchen, {degrees:g} deg apart", kitchen.apart(2 * args.every, 0.0, degrees), _same
    else:
        sys.exit(f"There is no set {wanted!r}. Sets: {', '.join(SETS)}")


def _localized(kinds: list[str], args: argparse.Namespace) -> None:
    """Print a line for each scene and change, with all kinds."""
    args.out.mkdir(parents=True, exist_ok=True)
    scenes = {"rooms": lambda: localizing.rooms(args.data, args.out)}
    scenes["kitchen"] = lambda: localizing.kitchen(args.data, args.every)
    for name in args.scenes.split(","):
        places = scenes[name]()
        maps = {kind: [place.map(kind, args.model, args.out) for place in places] for kind in kinds}
        for change in (_same, *_changes(args.data)):
            cells = []
            for kind in kinds:
                some = zip(places, maps[kind], strict=True)
                found = [one for place, opened in some for one in localizing.localized(place, opened, change)]
                cells.append(localizing.words(found))
            title = f"{name}, {change.__name__}".replace(", _same", "")
            print(f"{title:<26}" + "".join(f"{cell:>46}" for cell in cells), flush=True)


def _distant(kinds: list[str], args: argparse.Namespace) -> None:
    """Print a line for each distance and angle, with all kinds."""
    args.out.mkdir(parents=True, exist_ok=True)
    for place in localizing.kitchen(args.data, args.every):
        maps = {kind: place.map(kind, args.model, args.out) for kind in kinds}
        hidden = {f"{meters:g} m": (meters, ANY_DEG) for meters in METERS}
        hidden |= {f"{degrees:g} deg": (ANYWHERE_M, degrees) for degrees in DEGREES}
        for title, hide in hidden.items():
            found = (localizing.localized(place, opened, _same, hide) for opened in maps.values())
            print(
                f"{f'kitchen, from {title}':<26}" + "".join(f"{localizing.words(one):>46}" for one in found), flush=True
            )


def _changes(data: Path) -> list[changes.Change]:
    files = sorted((data / "photos").rglob("*.jpg"))[::50]
    photos = [np.ascontiguousarray(cv2.imread(str(f))[..., ::-1]) for f in files]
    return [changes.dark, changes.shaken, changes.packed, *([changes.covered(photos)] if photos else [])]


def _row(title: str, opened: dict[str, Any], some: Iterable[pairs.Pair], change: changes.Change, ratio: float) -> None:
    counts: dict[str, list[tuple[int, int]]] = {name: [] for name in opened}
    for pair in some:
        query = change(pair.query)
        for name, extractor in opened.items():
            counts[name].append(right_matches(extractor, pair, query, ratio))
    cells = []
    for found in counts.values():
        right, matched = np.array(found).T
        enough, share = (right >= ENOUGH).mean(), right.sum() / max(1, matched.sum())
        cells.append(f"{np.median(right):.0f}; {enough:.0%} of {len(right)}; {share:.0%}")
    print(f"{title:<26}" + "".join(f"{cell:>38}" for cell in cells), flush=True)


def _same(image: UInt8) -> UInt8:
    return image


if __name__ == "__main__":
    main()
