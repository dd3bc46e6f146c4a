"""``reloc map calibrate``, and the same at the end of ``reloc map build``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reloc.cli.parsing.checks import whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.config_options import add_config_options, config_from_args, parse_parameters
from reloc.cli.parsing.localizer_options import add_localizer_options

if TYPE_CHECKING:
    from reloc.datatypes import Query
    from reloc.engine import Engine
    from reloc.evaluation.calibrate import CalibrateConfig, Posed
    from reloc.maps.reference_map import ReferenceMap
    from reloc.maps.source import SourceFrame
    from reloc.trust.calibration.record import Record

_DESCRIPTION = """
Measures how reliable a method's answers are in a map, and stores the result in the map. Leave-one-out:
each reference is localized against the others, without near duplicates. Some are localized again without all
references of the same place, so that every answer is wrong. Pictures from elsewhere are shown, too: made ones,
and those in the folders of --elsewhere. The evidence of right and wrong answers gives the probability that an
answer is right. The errors give a scale for its covariance. `localize`, `eval` and the node use both; the
node's max_false_accept_rate then determines the number of looks.

A separate drive with known poses (--queries) is better than references: only such a drive (59 right answers
or more) can shrink covariances. It should cover the robot's whole area. A network that was trained on the
references can be tested only on those that were held out; otherwise it needs such a drive.

The map's content hash changes, so that robots fetch the calibration with the map.
"""
_EXAMPLES = """
reloc map calibrate kitchen.map
reloc map calibrate kitchen.map --localizer exrenet --elsewhere holiday/ --elsewhere other_rooms/
reloc map calibrate kitchen.map --localizer posenet --queries RedKitchen --source 7scenes --query-every 10
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "calibrate", run, "measure how reliable a method's answers are in a map",
        arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.evaluation.calibrate import CalibrateConfig
    from reloc.maps.source import SPLITS, SourceOptions, source_names

    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    add_localizer_options(parser)
    parser.add_argument(
        "--elsewhere", type=Path, action="append", default=[], metavar="FOLDER",
        help="folder of pictures that do not show the map's place; may be repeated",
    )  # fmt: skip
    add_config_options(parser, CalibrateConfig)
    drive = parser.add_argument_group("a separate drive with known poses")
    drive.add_argument("--queries", type=Path, metavar="PATH", help="data set or bag")
    drive.add_argument("--source", metavar="NAME", help=f"kind of QUERIES: {', '.join(source_names())}")
    drive.add_argument(
        "--split", default="test", choices=SPLITS, help="split of a source that has splits; default test"
    )
    drive.add_argument("--query-every", type=whole_number(1), default=1, metavar="N", help="take every N-th frame")
    drive.add_argument(
        "--query-stretch", type=whole_number(1), metavar="N",
        help="leave out every second stretch of N frames; these can then test the covariances",
    )  # fmt: skip
    add_config_options(parser.add_argument_group("options of its source"), SourceOptions)


def run(args: argparse.Namespace) -> int:
    """Calibrate a map."""
    from reloc.engine import Engine
    from reloc.errors import ConfigError
    from reloc.evaluation.calibrate import CalibrateConfig
    from reloc.maps.attachments import check_changeable
    from reloc.maps.progress import Bars, telling
    from reloc.maps.reference_map import ReferenceMap

    if (args.queries is None) != (args.source is None):
        raise ConfigError("--queries and --source belong together", "Give both, or neither")
    config = config_from_args(CalibrateConfig, args)
    check_changeable(args.map)
    bars = Bars()
    with telling(bars):
        opened = ReferenceMap.open(args.map)
        engine = Engine.open(opened, args.localizer, parse_parameters(args.param), calibrated=False)
    bars.close()
    drive = _drive(engine, args) if args.queries else []
    calibrate_into(engine, config, drive, [frame for folder in args.elsewhere for frame in _pictures(folder)])
    return 0


def calibrate_built(made: ReferenceMap, localizer: str) -> None:
    """Calibrate a map that was just built; if that is not possible, say why and leave the map unchanged."""
    from reloc.engine import Engine
    from reloc.errors import RelocError
    from reloc.evaluation.calibrate import CalibrateConfig
    from reloc.trust.calibration.curve import FEWEST_OUTCOMES

    if len(made) < FEWEST_OUTCOMES:
        print(f"note: not calibrated: the map has only {len(made)} references; at least {FEWEST_OUTCOMES} are required")
        return
    try:
        calibrate_into(Engine.open(made, localizer, {}, calibrated=False), CalibrateConfig(made=5))
    except RelocError as error:
        print(f"note: not calibrated: {error}")


def calibrate_into(
    engine: Engine, config: CalibrateConfig, drive: Sequence[SourceFrame] = (), pictures: Sequence[SourceFrame] = ()
) -> None:
    """Calibrate the method of an engine with a progress bar, store it in its map, and print the result.

    Raises:
        CalibrationError: there is nothing to test the method with.
    """
    from reloc.errors import CalibrationError
    from reloc.evaluation.calibrate import calibrate, references_to_try
    from reloc.maps.progress import Bars
    from reloc.trust.calibration.store import save

    try:
        references: Sequence[int] = references_to_try(engine)
    except CalibrationError as error:
        if not drive:
            raise
        print(f"note: {error.problem}: only the drive counts")
        references = ()
    bars = Bars()
    try:
        record = calibrate(engine, config, _Posed(engine, drive), _Pictures(engine, pictures), bars, references)
    finally:
        bars.close()
    save(engine.reference_map.path, record)
    print_record(record)
    print(f"stored in {engine.reference_map.path}")


def print_record(record: Record) -> None:
    """Return the counts, the curve as a table, and the factors of the covariance as text."""
    from reloc.trust.calibration.calibration import Calibration

    found = Calibration.from_record(record)
    counts = ", ".join(f"{record.count(result)} {result}" for result in ("right", "wrong", "lost"))
    print(f"calibration of {record.method}{', answers verified' if record.verified else ''}")
    print(f"  known poses     {len(record.outcomes)}: {counts}")
    for kind in record.foreign:
        refused = f", {kind.passed} of them not refused afterwards" if record.verified else ""
        print(f"  {kind.kind:<15} {kind.shown} shown, {kind.answered} answered{refused}")
    scale = record.scale
    if scale.answers:
        print(
            f"  covariance      sigma times {scale.position:.2f} (position) and {scale.rotation:.2f} "
            f"(rotation): {scale.inside_before:.1%} of {scale.answers} were inside the 95 % ellipsoid, now "
            f"{scale.inside_after:.1%} are"
        )
    if found.curve is None:
        print(f"  probability     none: {found.problem}")
        return
    print("  probability of being right (lower bound), by evidence percentile:")
    print("   percentile   probability   right   wrong (weighted)")
    for score, probability, right, wrong in zip(
        found.curve.score, found.curve.probability, found.curve.right_in, found.curve.wrong_in, strict=True
    ):
        print(f"    {score:>9.1%}   {probability:>11.4f}   {right:>5.0f}   {wrong:>5.2f}")


class _Posed:
    """Yield frames as queries with known poses, loaded on request; unreadable ones are left out."""

    def __init__(self, engine: Engine, frames: Sequence[SourceFrame]) -> None:
        self._engine, self._frames = engine, frames

    def __length_hint__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[Posed]:
        for frame, query in _queries(self._engine, self._frames):
            if frame.world_from_cam is not None:
                yield query, frame.world_from_cam


class _Pictures:
    """Yield frames from elsewhere in the same way, with the name of their folder as kind."""

    def __init__(self, engine: Engine, frames: Sequence[SourceFrame]) -> None:
        self._engine, self._frames = engine, frames

    def __length_hint__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[tuple[str, Query]]:
        for frame, query in _queries(self._engine, self._frames):
            yield frame.image_file.parent.name if frame.image_file else "elsewhere", query


def _queries(engine: Engine, frames: Sequence[SourceFrame]) -> Iterator[tuple[SourceFrame, Query]]:
    from reloc.datatypes import Query
    from reloc.errors import CameraError, ImageError, SourceError
    from reloc.geometry.camera_choice import CameraChoice
    from reloc.images import to_gray

    cameras = CameraChoice(engine.reference_map.camera(0))
    for frame in frames:
        try:
            image = frame.load_image()
            camera, _ = cameras.choose(image.shape[1], image.shape[0], frame.camera)
        except (CameraError, ImageError, SourceError, OSError):
            continue
        yield frame, Query(image if engine.wants == "rgb" else to_gray(image), camera, frame.stamp_ns or 0)


def _drive(engine: Engine, args: argparse.Namespace) -> Sequence[SourceFrame]:
    from reloc.cli.eval import tell_notes, with_recorded
    from reloc.maps.source import SourceOptions, open_source

    build: Any = engine.reference_map.manifest.build
    options = with_recorded(config_from_args(SourceOptions, args), args.source, build)
    source = open_source(args.source, args.queries, options)
    frames = source.frames(args.split)
    tell_notes(source, options, "reloc map calibrate")
    if args.query_stretch is not None:
        frames = [frame for number, frame in enumerate(frames) if number // args.query_stretch % 2 == 0]
    return frames[:: args.query_every]


def _pictures(folder: Path) -> Sequence[SourceFrame]:
    from reloc.maps.source import SourceOptions, open_source

    return open_source("images", folder, SourceOptions()).frames("all")
