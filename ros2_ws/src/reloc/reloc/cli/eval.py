"""``reloc eval``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reloc.cli.parsing.checks import check_writable, whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.config_options import add_config_options, config_from_args, parse_parameters
from reloc.cli.parsing.localizer_options import add_localizer_options, add_trust_options, open_chosen

if TYPE_CHECKING:
    from reloc.evaluation.answering import Localize
    from reloc.evaluation.evaluate import EvaluationRun, Retrieve
    from reloc.evaluation.evaluation import Evaluation
    from reloc.maps.reference_map import ReferenceMap
    from reloc.maps.source import Source, SourceFrame, SourceOptions

_DESCRIPTION = """
Localizes many images one after the other and compares the answers with the known poses: how many are
answered, their errors, the time per image, whether errors match the covariances, and which frames are lost
and why. A baseline shows what retrieval alone would give: the pose of the most similar reference.

Answers of a method that does not check itself are verified, as in the node: other references of the map must agree
(--no-verify gives the bare method). Covariances are calibrated, as in the node, if the map has a calibration of the
method (`reloc map calibrate`); --no-calibration leaves them as the method states them.

Time is the wall time of localizing and verifying one image, its decoding not included. The first frames are answered
once before timing starts. A frame that cannot be read counts as lost (bad_image).

--source images takes a folder of pictures without poses: errors are then unknown, and `answered` should be
0 for pictures from elsewhere. Such pictures have no calibration. If their shape differs from that of the
map's camera, its focal length is scaled to the larger side, and the principal point is centered.

Source options that you do not give are those of the map's build, if it was built from the same kind of
source: the same camera, the same reading of the poses.
"""
_EXAMPLES = """
reloc eval kitchen.map RedKitchen --source 7scenes --split test --every 10
reloc eval kitchen.map RedKitchen --source 7scenes --split test --json out.json --report out.html
reloc eval kitchen.map RedKitchen --source 7scenes --split test --localizer sift_5pt
reloc eval kitchen.map RedKitchen --source 7scenes --split test --param references=4 --param max_ratio=0.85
reloc eval kitchen.map drive.mcap --source rosbag2 --image-topic /camera/image_raw
reloc eval kitchen.map holiday/ --source images                    should refuse every one of them
"""


# Options that say how to read images and poses, not where they lie.
OF_THE_CAMERA = frozenset(
    (
        "camera",
        "camera_origin",
        "depth_camera",
        "depth_offset",
        "depth_scale",
        "poses_of",
        "world_frame",
        "pose_frame",
        "rectified",
    )
)


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "measure errors, times and reasons over many images; writes a report with pictures"
    add_command(subparsers, "eval", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES)


def _arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.maps.source import SPLITS, SourceOptions, source_names

    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument("queries", type=Path, metavar="QUERIES", help="data set, bag, model or folder of images")
    parser.add_argument("--source", required=True, metavar="NAME", help=f"kind of QUERIES: {', '.join(source_names())}")
    parser.add_argument(
        "--split", default="test", choices=SPLITS, help="split of a source that has splits; default test"
    )
    parser.add_argument(
        "--every", type=whole_number(1), default=1, metavar="N", help="take every N-th frame; default 1"
    )
    parser.add_argument("--limit", type=whole_number(1), metavar="N", help="stop after N frames")
    add_localizer_options(parser)
    add_trust_options(parser)
    parser.add_argument(
        "--baseline",
        default="vlad",
        metavar="NAME",
        help="retrieval to compare with; own: the localizer's; none: no comparison; default vlad",
    )
    parser.add_argument(
        "--warm-up", type=whole_number(0), default=3, metavar="N", help="frames answered once before timing; default 3"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures and every frame as JSON")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write an HTML page with figures and pictures")
    add_config_options(parser.add_argument_group("options of the source"), SourceOptions)


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the table, write the files."""
    from reloc.evaluation.table import as_text
    from reloc.maps.reference_map import ReferenceMap

    check_writable(args.json, "--json")
    check_writable(args.report, "--report")
    opened = ReferenceMap.open(args.map)
    frames = _frames(args, opened)
    localize = open_chosen(opened, args)
    posed = any(frame.world_from_cam is not None for frame in frames)
    retrieve = _baseline(args, opened) if posed and args.baseline != "none" else None
    evaluation = _evaluation(args, opened, _run(args, opened, localize, frames, retrieve))
    print(as_text(evaluation))
    if args.json:
        evaluation.write_json(args.json)
        print(f"  figures in {args.json}")
    if args.report:
        from reloc.evaluation.report.page import write_report

        write_report(evaluation, opened, args.report)
        print(f"  report in {args.report}")
    return 0


def _baseline(args: argparse.Namespace, opened: ReferenceMap) -> Retrieve:
    from reloc.engine import open_localizer
    from reloc.evaluation.baseline import OWN, first_of, first_retrieved

    if args.baseline != OWN:
        return first_retrieved(opened, args.baseline)
    # A separate instance, so that these queries do not affect the timed one.
    return first_of(open_localizer(opened, args.localizer, parse_parameters(args.param)))


def _frames(args: argparse.Namespace, opened: ReferenceMap) -> Sequence[SourceFrame]:
    from reloc.maps.scale import scale_note
    from reloc.maps.source import SourceOptions, open_source

    options = with_recorded(config_from_args(SourceOptions, args), args.source, opened.manifest.build)
    source = open_source(args.source, args.queries, options)
    frames = source.frames(args.split)[:: args.every][: args.limit]
    tell_notes(source, options, "reloc eval")
    if note := scale_note(opened.manifest):
        print(f"note: {note}; so are the errors, and the queries' poses must be in the same units", file=sys.stderr)
    return frames


def tell_notes(source: Source, options: SourceOptions, use: str) -> None:
    """Print what was left out of a source, and that its poses drift where they are odometry's.

    Raises:
        SourceError: they are odometry's, and nobody asked for those.
    """
    from reloc.maps.truth import check_truth

    check_truth(source, options.accept_odometry, use)
    odometry = getattr(source, "odometry", "")
    drift = (
        [f"the truth is odometry's (frame {odometry}), which drifts: errors are differences to it"] if odometry else []
    )
    for note in [*source.notes, *drift]:
        print(f"note: {note}", file=sys.stderr)


def with_recorded(options: SourceOptions, source: str, build: Mapping[str, Any]) -> SourceOptions:
    """Return ``options`` with defaults replaced by the values in the map's manifest."""
    from reloc.config import parameters, to_mapping

    recorded = build.get("source", {})
    if recorded.get("name") != source:
        return options
    values = to_mapping(options)
    untouched = {p.name for p in parameters(options) if values[p.name] == p.default}
    return replace(options, **{k: v for k, v in recorded.get("options", {}).items() if k in untouched & OF_THE_CAMERA})


def _run(
    args: argparse.Namespace,
    opened: ReferenceMap,
    localize: Localize,
    frames: Sequence[SourceFrame],
    retrieve: Retrieve | None,
) -> EvaluationRun:
    """Answer all frames, with a progress bar that shows the share answered so far."""
    from tqdm import tqdm

    from reloc.datatypes import Localized
    from reloc.evaluation.evaluate import run as evaluate
    from reloc.evaluation.outcome import QueryOutcome
    from reloc.geometry.camera_choice import CameraChoice

    answered = 0
    with tqdm(total=len(frames), unit="frame", desc=args.localizer, disable=None) as bar:

        def count(outcome: QueryOutcome) -> None:
            nonlocal answered
            answered += isinstance(outcome.answer, Localized)
            bar.update()
            bar.set_postfix_str(f"answered {answered}", refresh=False)

        cameras = CameraChoice(opened.camera(0))
        return evaluate(localize, frames, opened, cameras, retrieve=retrieve, warm_up=args.warm_up, on_outcome=count)


def _evaluation(args: argparse.Namespace, opened: ReferenceMap, done: EvaluationRun) -> Evaluation:
    from reloc.evaluation import environment
    from reloc.evaluation.evaluation import Evaluation
    from reloc.evaluation.summary import summarize

    return Evaluation(
        summary=summarize(args.localizer, done.outcomes),
        outcomes=done.outcomes,
        map_path=str(args.map),
        map_hash=opened.content_hash,
        references=len(opened),
        queries_path=str(args.queries),
        camera=done.camera,
        parameters=parse_parameters(args.param),
        versions=environment.versions(),
        cpu=environment.cpu_name(),
    )
