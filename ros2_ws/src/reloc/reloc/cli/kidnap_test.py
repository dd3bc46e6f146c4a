"""``reloc kidnap-test``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reloc.cli.parsing.checks import check_writable, whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.config_options import add_config_options, config_from_args, parse_parameters
from reloc.cli.parsing.localizer_options import add_localizer_options

if TYPE_CHECKING:
    from reloc.engine import Engine
    from reloc.kidnap.config import KidnapConfig
    from reloc.kidnap.disturbance import Disturbance
    from reloc.kidnap.expected import Expected
    from reloc.kidnap.journal import Journal
    from reloc.kidnap.scenery import Scenery
    from reloc.maps.progress import Bars
    from reloc.maps.reference_map import ReferenceMap
    from reloc.maps.source import SourceFrame
    from reloc.trust.gate_config import GateConfig

_DESCRIPTION = """
Kidnaps a robot many times and disturbs its sensors: the whole stack without ROS, from images to published poses.
A kidnap is a drive with drifting odometry, a jump to a place far away, and one disturbance (covered camera, another
building, jumping odometry, ...). The test counts the share recovered, the time to recover, the published errors,
and above all the false recoveries: published poses that are off by more than 0.5 m or 10 deg.

WHERE is a folder or bag with known poses, frame after frame (--source), or synth:SEED, a synthetic world that is
rendered. --make-map makes MAP of that world first, if there is none, and calibrates it for the localizer.

--json is written while it runs: the same command continues where it stopped, and more --kidnaps add to it.

Exit status: 0 if no false pose was published, 1 if at least one was, 2 on an error.
"""
_EXAMPLES = """
reloc kidnap-test kitchen.map RedKitchen --source 7scenes --split test --json out.json --report out.html
reloc kidnap-test world.map synth:5 --make-map --kidnaps 300 --json out.json --report out.html
reloc kidnap-test hall.map drive.mcap --source rosbag2 --localizer posenet
reloc kidnap-test kitchen.map RedKitchen --disturbances none,elsewhere --elsewhere photos/ --ms 80
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "kidnap a robot many times, disturb it, and count wrong poses"
    add_command(
        subparsers, "kidnap-test", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES
    )


def _arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.kidnap.config import KidnapConfig
    from reloc.kidnap.disturbance import disturbance_names
    from reloc.maps.source import SPLITS, SourceOptions, source_names

    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`, or to create")
    parser.add_argument("where", metavar="WHERE", help="data set or bag with known poses, or synth:SEED")
    parser.add_argument(
        "--source",
        metavar="NAME",
        help=f"kind of WHERE: {', '.join(source_names())}; default: the kind that MAP was built from",
    )
    parser.add_argument(
        "--split", default="test", choices=SPLITS, help="split of a source that has splits; default test"
    )
    parser.add_argument(
        "--every", type=whole_number(1), default=1, metavar="N", help="take every N-th frame; default 1"
    )
    parser.add_argument("--make-map", action="store_true", help="make MAP of the world synth:SEED if it does not exist")
    parser.add_argument(
        "--disturbances",
        default="",
        metavar="NAMES",
        help=f"disturbances, joined by commas, of: {', '.join(disturbance_names())}",
    )
    parser.add_argument(
        "--elsewhere", type=Path, nargs="+", default=[], metavar="FOLDER",
        help="pictures of other buildings; default: a synthetic one if Embree is installed",
    )  # fmt: skip
    parser.add_argument("--check", action=argparse.BooleanOptionalAction, default=True,
                        help="compute where the map's check expects success; default yes")  # fmt: skip
    add_localizer_options(parser)
    parser.add_argument("--calibration", action=argparse.BooleanOptionalAction, default=True,
                        help="use the map's calibration of the method, if it has one; default yes")  # fmt: skip
    parser.add_argument(
        "--gate", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the gate; may be repeated"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all figures and every kidnap as JSON, and continue from it"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write an HTML page with figures and pictures")
    add_config_options(parser.add_argument_group("the test"), KidnapConfig)
    add_config_options(parser.add_argument_group("options of the source"), SourceOptions)


def run(args: argparse.Namespace) -> int:
    """Run the remaining kidnaps, print the table, write the files."""
    from reloc.config import from_mapping
    from reloc.kidnap.config import KidnapConfig
    from reloc.kidnap.disturbance import open_disturbances
    from reloc.kidnap.journal import Journal
    from reloc.kidnap.run import run as kidnap
    from reloc.kidnap.seer import Seer
    from reloc.kidnap.table import as_text
    from reloc.maps.progress import Bars
    from reloc.relocalizer import Relocalizer
    from reloc.trust.gate_config import GateConfig

    check_writable(args.json, "--json")
    check_writable(args.report, "--report")
    config, gate = config_from_args(KidnapConfig, args), from_mapping(GateConfig, parse_parameters(args.gate))
    bars = Bars()
    try:
        opened, scenery = _open(args, config, bars)
        disturbances = open_disturbances(tuple(filter(None, args.disturbances.split(","))), scenery)
        journal = Journal(args.json, _settings(args, opened, scenery, disturbances, config, gate))
        parameters = parse_parameters(args.param)
        engine = Relocalizer.open(opened, args.localizer, parameters, calibrated=args.calibration, progress=bars).engine
        expected = _expected(args, engine, journal, bars)
        found = kidnap(journal, scenery, disturbances, Seer(engine), config, gate, expected, bars)
    finally:
        bars.close()
    print(as_text(found))
    if args.json:
        print(f"  figures in {args.json}")
    if args.report:
        from reloc.kidnap.report.page import Test, write_report

        done = Test(args.localizer, opened, scenery, disturbances, config, journal.settings, journal.in_order(), found)
        write_report(done, args.report)
        print(f"  report in {args.report}")
    return int(found[-1].false_recoveries > 0)


def _open(args: argparse.Namespace, config: KidnapConfig, bars: Bars) -> tuple[ReferenceMap, Scenery]:
    """Open the map and the robot's drives."""
    from reloc.kidnap.sceneries import recorded_scenery, rendered_scenery, with_look_alikes
    from reloc.maps.reference_map import ReferenceMap

    seed = _seed(args.where)
    if seed is not None:
        from reloc.cli.map.calibrate import calibrate_built
        from reloc.kidnap.rendered import make_map, spacious_world
        from reloc.synth.dataset import DatasetConfig

        world = spacious_world(seed)
        if args.make_map and not args.map.exists():
            made = make_map(world, DatasetConfig().camera, args.map, bars)
            calibrate_built(made, args.localizer)  # as `reloc map build` does
        opened = ReferenceMap.open(args.map)
        scenery = rendered_scenery(world, opened.camera(0), config, args.elsewhere)
    else:
        opened = ReferenceMap.open(args.map)
        scenery = recorded_scenery(args.where, _frames(args, opened), opened, config, args.elsewhere)
    if not args.disturbances or "look_alikes" in args.disturbances.split(","):
        scenery = with_look_alikes(scenery, opened, bars)
    return opened, scenery


def _seed(where: str) -> int | None:
    """Return the seed of ``synth:SEED``; None for anything else."""
    from reloc.errors import ConfigError
    from reloc.parsing.blame import Blame, shown
    from reloc.parsing.numbers import whole

    kind, _, number = where.partition(":")
    if kind != "synth":
        return None
    return whole(
        number, Blame(shown(where), ConfigError, "Give, for example, synth:5", verdict="does not name a world"), 0
    )


def _frames(args: argparse.Namespace, opened: ReferenceMap) -> Sequence[SourceFrame]:
    from reloc.cli.eval import tell_notes, with_recorded
    from reloc.cli.parsing.config_options import config_from_args
    from reloc.errors import ConfigError
    from reloc.maps.source import SourceOptions, open_source, source_names

    name = args.source or opened.manifest.build.get("source", {}).get("name", "")
    if name not in source_names() and (args.source is None or "." not in name):
        raise ConfigError(f"The kind of {args.where} is unknown", f"Pass --source: {', '.join(source_names())}")
    options = with_recorded(config_from_args(SourceOptions, args), name, opened.manifest.build)
    source = open_source(name, Path(args.where), options)
    frames = source.frames(args.split)[:: args.every]
    tell_notes(source, options, "reloc kidnap-test")
    return frames


def _settings(
    args: argparse.Namespace,
    opened: ReferenceMap,
    scenery: Scenery,
    disturbances: Sequence[type[Disturbance]],
    config: KidnapConfig,
    gate: GateConfig,
) -> dict[str, Any]:
    """Return all settings that influence the result: a test continues only with equal ones."""
    from reloc.cli.parsing.config_options import parse_parameters
    from reloc.config import to_mapping

    return {
        "map": opened.content_hash,
        "where": args.where,
        "frames": sum(len(drive) for drive in scenery.drives),
        "elsewhere": [str(folder) for folder in args.elsewhere],
        "localizer": args.localizer,
        "parameters": parse_parameters(args.param),
        "calibration": args.calibration,
        "gate": to_mapping(gate),
        "disturbances": [d.name for d in disturbances],
        **to_mapping(config),
    }


def _expected(args: argparse.Namespace, engine: Engine, journal: Journal, bars: Bars) -> Expected | None:
    """Return where the map's check expects success; None if it cannot tell."""
    from reloc.kidnap.expected import Expected, find_problems

    if not args.check:
        return None
    opened = engine.reference_map
    if journal.problems is None:
        journal.problems = find_problems(opened, engine.calibration, bars)
    return None if journal.problems is None else Expected(opened, journal.problems)
