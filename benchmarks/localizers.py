"""Every localizer on the same three data sets: one table.

    python benchmarks/localizers.py --model pnlp=models/pnlp-light --model camnet=models/camnet-light --json out.json
    python benchmarks/localizers.py --json out.json --markdown          for the README; asks only what is missing

RedKitchen: a map of every tenth frame of seq-01, every tenth of seq-02 asked. A synthetic house: the demo's map and its
drive, every fifth picture. Unseen worlds: three, rendered for this. Every query is a kidnap of its own: what the method
answers is taken through verification and gate as in the node (reloc/evaluation/trust_cost.py); gross is what is then
published and off by more than 0.5 m or 10 degrees. Medians are of the answers of the method by itself. Its own
retrieval is the pose of its first candidate, of all queries (`reloc eval --baseline own`); where it has none that is
VLAD's. Milliseconds are of the method alone, from image to answer. A method takes its default descriptor where the map
has it, else VLAD. Bytes are what the method reads of the map for each reference; training is the model card's.

A network is named by --model METHOD=MODEL, or METHOD@DATASET=MODEL where it was trained for one place, as posenet is.
A method that cannot run has cells that say why. Interrupted, the same command goes on from --json; what another map or
other weights answered is asked again. Maps and images are made in --out where they are not there.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from parts.kept import Kept, parameters_of
from parts.localizers_costs import costs, with_retrieval
from parts.localizers_data import DATA_SETS, ROOT, DataSet, Place, UnavailableError, default_data
from parts.localizers_table import NEAREST, as_markdown, as_text
from parts.readable import readable
from tqdm import tqdm

from reloc.datatypes import LostReason, Query
from reloc.errors import RelocError
from reloc.evaluation.baseline import Ranks, first_of, first_retrieved
from reloc.evaluation.evaluate import Retrieve
from reloc.evaluation.outcome import Errors
from reloc.evaluation.trust_cost import Clock, judge
from reloc.images import to_gray
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame
from reloc.relocalizer import Relocalizer

METHODS = ("features", "sift_5pt", "posenet", "exrenet", "exrenet_features", "camnet", "pnlp")
MODELS = {
    "posenet@house": "posenet-demo", "exrenet": "exrenet-light", "exrenet_features": "exrenet-light",
    "camnet": "camnet-light", "pnlp": "pnlp-light",
}  # fmt: skip
APART_NS = 60_000_000_000  # between two queries: none is a frame of a sequence with the one before it


def main() -> int:
    """1 if a pose was published that is off by more than 0.5 m or 10 degrees."""
    args = _arguments()
    clock = "processor" if args.processor_time else "wall"
    settings = {"param": args.param, "clock": clock, "limit": args.limit}
    kept = Kept(args.json, settings, {"data": {}})
    if not args.only_print:
        for name in args.data_set:
            found = kept.values["data"].setdefault(name, {})
            try:
                places = DATA_SETS[name].places(args.data, args.out)
            except UnavailableError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
                continue
            for method in (NEAREST, *args.localizer):
                _measure(kept, found.setdefault(method, {}), DATA_SETS[name], places, method, args)
    print((as_markdown if args.markdown else as_text)(kept.values["data"], clock))
    judged = [
        q for found in kept.values["data"].values() for m in found.values() for q in m.get("queries", {}).values()
    ]
    return int(any(query.get("published") == "wrong" for query in judged))


def _measure(
    kept: Kept, found: dict[str, Any], data: DataSet, places: Sequence[Place], method: str, args: argparse.Namespace
) -> None:
    """Answer what has not been answered; what prevents it is noted."""
    found.pop("cannot", None)
    try:
        for number, place in enumerate(places):
            opened = ReferenceMap.open(place.map_path, verify=False)
            parameters = _parameters(opened, method, data, args)
            cost = None if method == NEAREST else costs(opened, method, parameters)
            identity = [opened.content_hash, *([] if cost is None else [cost.network_hash])]
            known = found.setdefault("of", {})
            if known.setdefault(place.map_path.name, identity) != identity:  # another map by now, or other weights
                found.update(of={place.map_path.name: identity}, queries={})
            found["costs"] = None if cost is None else asdict(cost)
            _answer(kept, found, data, place, opened, f"{number}/" if len(places) > 1 else "", method, parameters, args)
    except RelocError as error:
        found["cannot"] = error.problem
    kept.save(now=True)


def _parameters(opened: ReferenceMap, method: str, data: DataSet, args: argparse.Namespace) -> dict[str, Any]:
    if method == NEAREST:
        return {}
    models = {**MODELS, **dict(args.model)}
    model = models.get(f"{method}@{data.name}", models.get(method, ""))
    given = parameters_of(method, args.param)
    return with_retrieval(opened, method, {**({"model": model} if model else {}), **given})


def _answer(
    kept: Kept, found: dict[str, Any], data: DataSet, place: Place, opened: ReferenceMap, prefix: str, method: str,
    parameters: dict[str, Any], args: argparse.Namespace,
) -> None:  # fmt: skip
    """The queries of one place."""
    queries = found.setdefault("queries", {})
    frames = list(place.frames(opened, data.every))[: args.limit or None]
    missing = [(i, f) for i, f in enumerate(frames) if f"{prefix}{f.name}" not in queries]
    if not missing:
        return
    clock: Clock = time.process_time if args.processor_time else time.perf_counter
    engine = None if method == NEAREST else Relocalizer.open(opened, method, parameters).engine
    retrieve: Retrieve | None = first_retrieved(opened, "vlad") if engine is None else None
    if engine is not None and isinstance(engine.localizer, Ranks):
        retrieve = first_of(engine.localizer)
    title = f"{data.name} {method}"
    for frame, query in tqdm(_queries(opened, missing), total=len(missing), unit="query", desc=title, disable=None):
        assert frame.world_from_cam is not None
        one: dict[str, Any] = {}
        if retrieve is not None and (first := retrieve(query)) is not None:
            off = Errors.of_pose(opened.world_from_cam[first.index], frame.world_from_cam)
            one |= {"retrieval_m": off.translation_m, "retrieval_deg": off.rotation_deg}
        if engine is not None:
            shown = Query(to_gray(query.image), query.camera, query.stamp_ns) if engine.wants == "gray" else query
            one |= judge(engine, shown, frame.world_from_cam, clock).to_dict()
            if str(one["reason"]).startswith(
                LostReason.INTERNAL.value
            ):  # a bug is no refusal: ask again when it is gone
                print(f"{frame.name} is left out: {one['reason']}", file=sys.stderr)
                continue
        queries[f"{prefix}{frame.name}"] = one
        kept.save()


def _queries(opened: ReferenceMap, frames: Sequence[tuple[int, SourceFrame]]) -> Iterator[tuple[SourceFrame, Query]]:
    """Those that can be read."""
    for number, frame, image, camera in readable(opened, frames):
        yield frame, Query(image, camera, (number + 1) * APART_NS)


def _model(text: str) -> tuple[str, str]:
    method, sign, model = text.partition("=")
    if not sign or method.partition("@")[0] not in METHODS:
        raise argparse.ArgumentTypeError(f"{text!r} is no METHOD=MODEL; methods: {', '.join(METHODS)}")
    return method, model


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--localizer", nargs="+", default=list(METHODS), metavar="NAME", help="default: all there are")
    parser.add_argument("--data-set", nargs="+", default=list(DATA_SETS), choices=list(DATA_SETS))
    parser.add_argument(
        "--model", type=_model, action="append", default=[], metavar="METHOD[@DATASET]=MODEL",
        help=f"default: {', '.join(f'{method}={model}' for method, model in MODELS.items())}",
    )  # fmt: skip
    parser.add_argument(
        "--param", action="append", default=[], metavar="[METHOD:]NAME=VALUE", help="of those methods that have it"
    )
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="so many queries of each map")
    parser.add_argument(
        "--processor-time", action="store_true", help="instead of the wall's: where the machine does other work, too"
    )
    parser.add_argument("--json", type=Path, help="keeps every query; go on from it")
    parser.add_argument("--markdown", action="store_true", help="one row a method, for the README")
    parser.add_argument("--only-print", action="store_true", help="what --json has, and ask nothing")
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the data sets")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "localizers", help="where maps and images go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
