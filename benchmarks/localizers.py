"""Compare every localizer on the same three data sets in one table.

    python benchmarks/localizers.py --model pnlp=pnlp-light --model camnet=camnet-light --json out.json
    python benchmarks/localizers.py --json out.json --markdown          for docs/; computes only what is missing

The data sets are RedKitchen (a map of every tenth frame of seq-01, queries are every tenth frame of seq-02), a
synthetic house (the demo's map and drive, every fifth picture), and three unseen worlds, rendered for this. Every query
is a separate kidnap. The method's answer goes through verification and gate as in the node
(reloc/evaluation/trust_cost.py). gross: published poses with an error of more than 0.5 m or 10 degrees. Medians are
over the answers of the method itself. The method's own retrieval is the pose of its first candidate, over all queries
(`reloc eval --baseline own`); without retrieval of its own, it is that of VLAD. Milliseconds are for the method alone,
from image to answer. A method uses its default descriptor if the map has it, otherwise VLAD. Bytes are what the method
reads from the map for each reference. The training is that of the model card.

A network is given by --model METHOD=MODEL, or METHOD@DATASET=MODEL if it was trained for one place, as posenet is. The
cells of a method that cannot run say why. After an interruption, the same command continues from --json. Answers from
another map or other weights are computed again. Missing maps and images are made in --out.
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
APART_NS = 60_000_000_000  # time between two queries, so that they do not form a sequence


def main() -> int:
    """Return 1 if a published pose had an error of more than 0.5 m or 10 degrees."""
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
    """Answer the remaining queries; note what prevents that."""
    found.pop("cannot", None)
    try:
        for number, place in enumerate(places):
            opened = ReferenceMap.open(place.map_path, verify=False)
            parameters = _parameters(opened, method, data, args)
            cost = None if method == NEAREST else costs(opened, method, parameters)
            identity = [opened.content_hash, *([] if cost is None else [cost.network_hash])]
            known = found.setdefault("of", {})
            if known.setdefault(place.map_path.name, identity) != identity:  # the map or the weights changed
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
    """Answer the queries of one place."""
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
            ):  # a bug is not a refusal, so the query is asked again after the fix
                print(f"{frame.name} is left out: {one['reason']}", file=sys.stderr)
                continue
        queries[f"{prefix}{frame.name}"] = one
        kept.save()


def _queries(opened: ReferenceMap, frames: Sequence[tuple[int, SourceFrame]]) -> Iterator[tuple[SourceFrame, Query]]:
    """Yield the readable queries."""
    for number, frame, image, camera in readable(opened, frames):
        yield frame, Query(image, camera, (number + 1) * APART_NS)


def _model(text: str) -> tuple[str, str]:
    method, sign, model = text.partition("=")
    if not sign or method.partition("@")[0] not in METHODS:
        raise argparse.ArgumentTypeError(f"{text!r} does not have the form METHOD=MODEL; methods: {', '.join(METHODS)}")
    return method, model


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--localizer", nargs="+", default=list(METHODS), metavar="NAME", help="methods; default: all")
    parser.add_argument("--data-set", nargs="+", default=list(DATA_SETS), choices=list(DATA_SETS))
    parser.add_argument(
        "--model", type=_model, action="append", default=[], metavar="METHOD[@DATASET]=MODEL",
        help=f"default: {', '.join(f'{method}={model}' for method, model in MODELS.items())}",
    )  # fmt: skip
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="[METHOD:]NAME=VALUE",
        help="a parameter of the methods that have it",
    )
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="use at most N queries of each map")
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="measure processor time instead of wall time, for a machine with other load",
    )
    parser.add_argument(
        "--json", type=Path, help="file that stores every query, and from which an interrupted run continues"
    )
    parser.add_argument("--markdown", action="store_true", help="print one row per method in Markdown")
    parser.add_argument("--only-print", action="store_true", help="only print the content of --json")
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the data sets")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "localizers", help="folder for maps and images")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
