"""Measure accuracy and refusal on real images, with the commands that a user would type.

    python benchmarks/accuracy.py [--data FOLDER] [--out FOLDER] [--localizer NAME ...] [--quick]

It builds a map of each scene from every tenth frame. It evaluates each localizer on every tenth frame of the other
split, and on photographs from elsewhere, which must all be refused. It prints each command, then tables. Missing data
sets and localizers are skipped with a line.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parts.reloc_commands import figures, reloc

from reloc import plugins

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Scene:
    """A data set with known poses, and options for its importer."""

    folder: str
    poses: str
    options: tuple[str, ...]


SCENES = (
    Scene("redkitchen_sfm", "SfM poses", ("--camera", "525.5,320,240")),
    Scene("redkitchen", "official poses", ()),
)
ELSEWHERE = ("photos", "interiors")


def main() -> int:
    """Run everything that is available; return 1 if a command failed."""
    args = _arguments()
    present = [scene for scene in SCENES if (args.data / scene.folder).is_dir()]
    pictures = [name for name in ELSEWHERE if (args.data / name).is_dir()]
    for name in sorted({s.folder for s in SCENES} - {s.folder for s in present} | set(ELSEWHERE) - set(pictures)):
        print(f"skipped: {args.data / name} does not exist")
    localizers = _available(args.localizer)
    posed, refused = [], []
    maps = [_build(scene, args) for scene in present]
    for scene, map_path in zip(present, maps, strict=True):
        data = args.data / scene.folder
        posed += [(scene, _evaluate(map_path, data, "7scenes", localizer, args)) for localizer in localizers]
    for name in pictures if maps else ():
        refused += [(name, _evaluate(maps[0], args.data / name, "images", localizer, args)) for localizer in localizers]
    print()
    print(posed_table(posed))
    print()
    print(refused_table(refused))
    return int(any(values is None for _, values in (*posed, *refused)))


def posed_table(rows: Sequence[tuple[Scene, dict[str, Any] | None]]) -> str:
    """Return the table of errors, with the errors of retrieval alone and their ratio."""
    lines = [
        "| localizer | poses | answered | median error | than retrieval | 5 cm, 5 deg | gross | largest | p50 | p99 |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for poses, first in {scene.poses: v for scene, v in rows if v is not None}.items():
        error = _error(first["retrieval_median_translation_m"], first["retrieval_median_rotation_deg"])
        lines.append(f"| nearest reference | {poses} | {first['queries']}/{first['queries']} | {error} | 1 | | | | | |")
    for scene, v in rows:
        if v is None:
            continue
        closer = _ratio(v["retrieval_median_translation_m"], v["median_translation_m"])
        straighter = _ratio(v["retrieval_median_rotation_deg"], v["median_rotation_deg"])
        lines.append(
            f"| {v['localizer']} | {scene.poses} | {v['answered']}/{v['queries']} "
            f"| {_error(v['median_translation_m'], v['median_rotation_deg'])} | {closer}, {straighter} "
            f"| {v['recall_5cm_5deg']:.0%} | {v['gross_rate']:.0%} | {_metres(v['max_translation_m'])} "
            f"| {v['time_p50_ms']:.0f} ms | {v['time_p99_ms']:.0f} ms |"
        )
    return "\n".join(lines)


def refused_table(rows: Sequence[tuple[str, dict[str, Any] | None]]) -> str:
    """Return how many pictures from elsewhere were answered, which should be none."""
    lines = [
        "| localizer | pictures from elsewhere | answered | p50 | why the others were lost |",
        "|---|---|---|---|---|",
    ]
    for name, v in rows:
        if v is None:
            continue
        why = ", ".join(f"{reason} {count}" for reason, count in v["lost_reasons"].items())
        lines.append(
            f"| {v['localizer']} | {name}, {v['queries']} | {v['answered']} | {v['time_p50_ms']:.0f} ms | {why} |"
        )
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("RELOC_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=data, help=f"folder of the data sets; default {data}")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "accuracy", help="folder for maps and reports")
    parser.add_argument("--localizer", nargs="+", default=["features", "sift_5pt"], help="localizers to evaluate")
    parser.add_argument("--quick", action="store_true", help="a tenth of the pictures from elsewhere")
    return parser.parse_args()


def _available(wanted: Sequence[str]) -> list[str]:
    there = plugins.names("reloc.localizers")
    for name in wanted:
        if name not in there:
            print(f"skipped: there is no localizer {name!r}")
    return [name for name in wanted if name in there]


def _build(scene: Scene, args: argparse.Namespace) -> Path:
    """Build the scene's map again, so that the figures are those of this version. A failure ends the program."""
    out: Path = args.out / f"{scene.folder}.map"
    command = ["map", "build", str(args.data / scene.folder), "--source", "7scenes", "--split", "train"]
    if not reloc([*command, "--every", "10", *scene.options, "--out", str(out), "--overwrite"]):
        sys.exit(1)
    return out


def _evaluate(
    map_path: Path, queries: Path, source: str, localizer: str, args: argparse.Namespace
) -> dict[str, Any] | None:
    """Return the figures of one evaluation; None if it failed. Its report is written beside its figures."""
    stem = args.out / f"{queries.name}-{localizer}"
    every = "10" if source == "7scenes" or args.quick else "1"
    command = ["eval", str(map_path), str(queries), "--source", source, "--split", "test", "--every", every]
    files = ["--json", f"{stem}.json", "--report", f"{stem}.html"]
    if not reloc([*command, "--localizer", localizer, *files]):
        return None
    return figures(Path(f"{stem}.json"))


def _metres(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f} m"


def _error(metres: float | None, degrees: float | None) -> str:
    return "–" if metres is None or degrees is None else f"{metres:.4f} m, {degrees:.2f} deg"


def _ratio(baseline: float | None, value: float | None) -> str:
    return f"{baseline / value:.0f}x" if baseline and value else "–"


if __name__ == "__main__":
    sys.exit(main())
