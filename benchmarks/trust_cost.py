"""Measure the cost and the benefit of verification and gate for each method, over several maps.

    python benchmarks/trust_cost.py MAP=QUERIES[@N] [MAP=QUERIES[@N] ...] --json out.json
    python benchmarks/trust_cost.py kitchen.map=RedKitchen@25 house.map=drive --localizer features \
        --localizer posenet --param posenet:model=models/posenet-demo

QUERIES is a source of the kind that the map was built from (a bag, a data set), or KIND:PATH. @N uses every second
stretch of N frames, those that `reloc map calibrate --query-stretch N` did not use. Each query is a separate kidnap.
The engine's answer goes through verification and gate as in the node (reloc/evaluation/trust_cost.py), with the map's
calibration for the method (`reloc map calibrate`).

right, wrong: answers of the method itself; wrong means an error of more than 0.5 m or 10 degrees. refused: right
    answers
that are not published, and what refused them. let through: wrong poses that are published. inside 95 %: share of the
published poses whose error is inside the stated 95 % ellipsoid, with the 95 % interval of this share. Milliseconds are
for the method, then the time added by engine, verification and gate while the robot is lost, and while it tracks.

If a method cannot be opened in a map, for example without weights, its row says so. After an interruption, the same
command continues from --json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from parts.kept import Kept, parameters_of
from parts.readable import readable
from tqdm import tqdm

from reloc.cli.eval import with_recorded
from reloc.datatypes import Float64, Query
from reloc.engine import Engine
from reloc.errors import RelocError
from reloc.evaluation.trust_cost import JudgedQuery, judge
from reloc.evaluation.trust_summary import TrustCost, summarize
from reloc.images import to_gray
from reloc.maps.attachments import bare_hash, model_hashes
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame, SourceOptions, open_source
from reloc.relocalizer import Relocalizer

METHODS = ("features", "sift_5pt", "posenet", "exrenet", "exrenet_features", "pnlp", "camnet")
COLUMNS = (
    "map", "method", "queries", "right", "wrong", "refused of the right", "by verification, gate", "let through",
    "inside 95 % of those published", "their error", "ms alone", "added, lost p50 / p99", "added, tracking",
)  # fmt: skip


def main() -> int:
    """Return 1 if a wrong pose was published."""
    args = _arguments()
    clock = "processor" if args.processor_time else "wall"
    settings = {"param": args.param, "clock": clock, "calibration": args.calibration}
    kept = Kept(args.json, settings, {"maps": {}})
    for pair in args.pairs:
        map_path, _, queries = pair.partition("=")
        queries, _, stretch = queries.partition("@")
        opened = ReferenceMap.open(Path(map_path), verify=False)
        frames = _frames(opened, queries, int(stretch or 0), args)
        for method in args.localizer:
            _measure(kept, opened, frames, method, args)
    table = [*_rows(kept.values["maps"])]
    print(f"\nTimes are of the {clock}, in milliseconds.")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    print("\n".join(text for text, _ in table))
    return int(any(cost.wrong_published for _, cost in table if cost is not None))


def _measure(
    kept: Kept, opened: ReferenceMap, frames: list[SourceFrame], method: str, args: argparse.Namespace
) -> None:
    methods = kept.values["maps"].setdefault(opened.path.name, {})
    try:
        parameters = parameters_of(method, args.param)
        engine = Relocalizer.open(opened, method, parameters, calibrated=args.calibration).engine
    except RelocError as error:
        methods[method] = {"cannot": error.problem}
        kept.save(now=True)
        return
    found = methods.get(method, {})
    if found.get("of") != (of := _identity(engine)):  # the map or its calibration changed
        found = methods[method] = {"of": of, "queries": {}}
    clock = time.process_time if args.processor_time else time.perf_counter
    missing = [frame for frame in frames if frame.name not in found["queries"]]
    for frame, query, truth in tqdm(
        _queries(engine, missing), total=len(missing), unit="query", desc=f"{opened.path.name} {method}", disable=None
    ):
        found["queries"][frame.name] = judge(engine, query, truth, clock).to_dict()
        kept.save()
    found["calibrated"] = engine.calibration is not None
    found["summary"] = asdict(summarize(_judged(found)))
    kept.save(now=True)


def _identity(engine: Engine) -> str:
    """Return a hash of all parts of a map that this method's answers depend on, without other methods' calibrations."""
    parts = [bare_hash(engine.reference_map.manifest), json.dumps(model_hashes(engine.reference_map.manifest))]
    parts += [one.record.to_json() for one in (engine.calibration, engine.refined_by) if one is not None]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _judged(found: dict[str, Any]) -> list[JudgedQuery]:
    return [JudgedQuery.from_dict(one) for one in found["queries"].values()]


def _frames(opened: ReferenceMap, queries: str, stretch: int, args: argparse.Namespace) -> list[SourceFrame]:
    """Return some frames of the drive with known poses, evenly spaced."""
    build: Any = opened.manifest.build
    kind, colon, path = queries.partition(":")
    name, path = (kind, path) if colon else (build.get("source", {}).get("name", "7scenes"), queries)
    source = open_source(name, Path(path), with_recorded(SourceOptions(), name, build))
    others = [f for i, f in enumerate(source.frames(args.split)) if stretch == 0 or i // stretch % 2 == 1]
    posed = [frame for frame in others if frame.world_from_cam is not None]
    count = min(args.limit or len(posed), len(posed))
    return [posed[i * len(posed) // count] for i in range(count)]


def _queries(engine: Engine, frames: list[SourceFrame]) -> Iterator[tuple[SourceFrame, Query, Float64]]:
    """Yield the readable frames as queries with their true poses."""
    for _, frame, image, camera in readable(engine.reference_map, enumerate(frames)):
        assert frame.world_from_cam is not None
        yield frame, Query(to_gray(image) if engine.wants == "gray" else image, camera, 1), frame.world_from_cam


def _rows(maps: dict[str, dict[str, Any]]) -> Iterator[tuple[str, TrustCost | None]]:
    for map_name, methods in maps.items():
        for method, found in methods.items():
            if "cannot" in found:
                yield f"| {map_name} | {method} | {found['cannot']} |{' |' * (len(COLUMNS) - 3)}", None
                continue
            cost = summarize(_judged(found))
            named = method if found.get("calibrated") else f"{method}, not calibrated"
            yield f"| {map_name} | {named} | {_cells(cost)} |", cost


def _cells(cost: TrustCost) -> str:
    why = ", ".join(f"{reason} {count}" for reason, count in cost.refused_because.items())
    within = f"({cost.inside_low:.0%} to {cost.inside_high:.0%})"
    return " | ".join(
        (
            str(cost.queries),
            str(cost.right),
            str(cost.wrong),
            f"{cost.refused_share:.1%}{f' ({why})' if why else ''}" if cost.right else "-",
            f"{cost.refused_by_verification}, {cost.refused_by_gate}",
            str(cost.wrong_published),
            f"{cost.coverage:.1%} of {cost.published} {within}" if cost.published else "-",
            f"{cost.median_m:.3f} m, {cost.median_deg:.2f} deg" if cost.published else "-",
            f"{cost.bare_ms:.0f}",
            f"{cost.added_ms:.0f} / {cost.added_p99_ms:.0f}",
            f"{cost.tracking_ms:.1f}" if cost.published else "-",
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", metavar="MAP=QUERIES[@N]", help="a map, and images with known poses")
    parser.add_argument("--localizer", action="append", metavar="NAME", help="may be repeated; default: all")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="[METHOD:]NAME=VALUE",
        help="a parameter of the methods that have it",
    )
    parser.add_argument("--split", default="test")
    parser.add_argument(
        "--limit", type=int, default=0, metavar="N", help="use at most N queries of each map, evenly spaced"
    )
    parser.add_argument("--calibration", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="measure processor time instead of wall time, for a machine with other load",
    )
    parser.add_argument(
        "--json", type=Path, help="file that stores every query, and from which an interrupted run continues"
    )
    args = parser.parse_args()
    for pair in args.pairs:
        if "=" not in pair:
            parser.error(f"{pair} does not have the form MAP=QUERIES")
    args.localizer = args.localizer or list(METHODS)
    return args


if __name__ == "__main__":
    sys.exit(main())
