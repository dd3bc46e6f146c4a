"""Evaluate maps of four references, one in each corner of a room (ExReNet paper, V.C, table III), in new rooms.

    python benchmarks/sparse_rooms.py [--rooms 20] [--localizer exrenet exrenet,solver=weighed sift_5pt ...]

It renders rooms that no network was trained on, with a seed that nothing else uses. It builds a map of each room from
its four corners, and evaluates each localizer, with the parameters after its name, on views from the whole room. It
prints the share of answered queries and their errors, compared with the nearest image's pose, in one run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from parts.reloc_commands import figures, reloc
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
LOCALIZERS = ["exrenet", "exrenet,solver=weighed", "sift_5pt", "sift_5pt,min_references=2", "features"]
SEED = 20260  # a seed that no training uses, because training seeds are small


def main() -> int:
    """Return 1 if a command failed."""
    args = _arguments()
    rooms = args.out / f"rooms-{args.queries}"
    synth = ["synth", str(rooms), "--seed", str(SEED), "--rooms", str(args.rooms), "--manner", "sparse"]
    if not reloc([*synth, "--queries", str(args.queries)]):
        return 1
    names = [f"room-{i:04d}" for i in range(args.rooms)]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in args.localizer}
    for name in tqdm(names, unit="room", leave=False, disable=None):
        data, map_path = rooms / name, args.out / f"{name}-{args.queries}.map"
        source = ["--source", "7scenes", "--depth-camera", str(data / "camera.json"), "--depth-offset", "0,0,0"]
        if not map_path.exists():
            build = ["map", "build", str(data), *source, "--every", "1", "--landmarks", "depth", "--calibrate", "none"]
            if not reloc([*build, "--out", str(map_path)], quiet=True):
                return 1
        for localizer in args.localizer:
            out = args.out / f"{name}-{localizer}.json"
            plugin, *params = localizer.split(",")
            if plugin.startswith("exrenet") and not any(value.startswith("model=") for value in params):
                params.append("model=exrenet-light")
            options = [word for value in params for word in ("--param", value)]
            command = ["eval", str(map_path), str(data), *source, "--localizer", plugin, *options]
            if not reloc([*command, "--json", str(out)], quiet=True):
                return 1
            found[localizer].append(figures(out))
    print(table(found))
    return 0


def table(found: dict[str, list[dict[str, Any]]]) -> str:
    """Return the table over all rooms. In "of all queries", the error of an unanswered query is infinite."""
    lines = [
        "| localizer | answered | median error of the answers | of all queries | more than 0.5 m or 10 deg off |",
        "|---|---|---|---|---|",
    ]
    first = next(iter(found.values()))
    queries = sum(v["queries"] for v in first)
    nearest = np.array([e for v in first for e in _errors(v, "retrieval_")])
    lines.append(f"| nearest reference | {queries}/{queries} | {_median(nearest)} | {_median(nearest)} "
                 f"| {_gross(nearest)} |")  # fmt: skip
    for name, rooms in found.items():
        errors = np.array([e for v in rooms for e in _errors(v)]).reshape(-1, 2)
        everyone = np.concatenate([errors, np.full((queries - len(errors), 2), np.inf)])
        answered = f"{len(errors)}/{queries}"
        lines.append(f"| {name} | {answered} | {_median(errors)} | {_median(everyone)} | {_gross(errors)} |")
    return "\n".join(lines)


def _errors(values: dict[str, Any], of: str = "") -> list[tuple[float, float]]:
    """Return the errors in meters and degrees of every frame that has them."""
    names = f"{of}translation_m", f"{of}rotation_deg"
    return [(frame[names[0]], frame[names[1]]) for frame in values["frames"] if frame.get(names[0]) is not None]


def _gross(errors: np.ndarray) -> str:
    return f"{((errors[:, 0] > 0.5) | (errors[:, 1] > 10.0)).mean():.0%} of the answers" if len(errors) else "–"


def _median(errors: np.ndarray) -> str:
    if not len(errors) or not np.isfinite(np.median(errors, axis=0)).all():
        return "–"
    metres, degrees = np.median(errors, axis=0)
    return f"{metres:.2f} m, {degrees:.1f} deg"


def _arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=20, help="number of rooms; default 20")
    parser.add_argument("--queries", type=int, default=25, help="number of queries in each room; default 25")
    parser.add_argument("--localizer", nargs="+", default=LOCALIZERS, metavar="NAME[,PARAM=VALUE]", help="which")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "out" / "sparse_rooms", help="folder for rooms, maps and reports"
    )
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
