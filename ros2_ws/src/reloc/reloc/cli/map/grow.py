"""``reloc map add``, ``merge`` and ``remove``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.parsing.command_parser import Subparsers, add_command

if TYPE_CHECKING:
    from reloc.evaluation.growing.grow import Grown
    from reloc.maps.reference_map import ReferenceMap

_ADD = """
Adds the frames of another drive to a map. The map first localizes them: frames that show nothing new are left out, and
a drive is refused if its poses disagree with the map's answers. References and landmarks of the map keep their numbers.
Landmarks that the new frames see are used again; the time depends on what is new. The map changes when everything is
complete. Calibrations become stale: run `reloc map calibrate` afterwards.
"""
_ADD_EXAMPLES = """
reloc map add hall.map tuesday.mcap --source rosbag2
reloc map add hall.map tuesday.mcap --source rosbag2 --align          # its poses are in another frame
reloc map add hall.map annex.mcap --source rosbag2 --separate         # another place, poses in the map's frame
reloc map add kitchen.map RedKitchen --source 7scenes --split test --drive evening --known-share 0
"""
_MERGE = """
Adds the references of the map B to the map A. A localizes them, and their poses are moved by the transform that most of
them agree on. Refused if too few are localized, or if they do not agree. B does not change.
"""
_MERGE_EXAMPLES = """
reloc map merge ground_floor.map hall.map
"""
_REMOVE = """
Removes references from a map: those of a drive, or those taken in a region of the map's frame. Landmarks that nobody
else sees go with them. The map changes when everything is complete. Calibrations become stale.
"""
_REMOVE_EXAMPLES = """
reloc map remove hall.map --drive tuesday
reloc map remove hall.map --region 2.5,0,10,4.5
"""


def register(commands: Subparsers) -> None:
    """Add the commands."""
    add_command(
        commands, "add", add, "add another drive to a map",
        arguments=_add_arguments, description=_ADD, examples=_ADD_EXAMPLES,
    )  # fmt: skip
    add_command(
        commands, "merge", merge, "add another map to a map",
        arguments=_merge_arguments, description=_MERGE, examples=_MERGE_EXAMPLES,
    )  # fmt: skip
    add_command(
        commands, "remove", remove, "remove a drive or a region from a map",
        arguments=_remove_arguments, description=_REMOVE, examples=_REMOVE_EXAMPLES,
    )  # fmt: skip


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.cli.parsing.config_options import add_config_options
    from reloc.config import parameters
    from reloc.evaluation.growing.config import JoinConfig
    from reloc.maps.keyframe_config import KeyframeConfig
    from reloc.maps.source import SPLITS, SourceOptions, source_names

    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument("path", type=Path, metavar="SRC", help="folder, model or bag of the drive")
    parser.add_argument("--source", required=True, metavar="NAME", help=f"kind of source: {', '.join(source_names())}")
    parser.add_argument("--split", default="train", choices=SPLITS, help="frames of this split; default train")
    parser.add_argument("--drive", default="", metavar="NAME", help="its name in the map; default that of SRC")
    parser.add_argument("--align", action="store_true", help="move its poses into the map's frame")
    parser.add_argument("--separate", action="store_true", help="take its poses as they are, without comparing")
    add_config_options(parser, JoinConfig)
    chosen = parser.add_argument_group("which frames are used", "without any, the source's default applies")
    add_config_options(chosen, KeyframeConfig)
    parser.set_defaults(**{p.name: None for p in parameters(KeyframeConfig)})
    add_config_options(parser.add_argument_group("the source"), SourceOptions)


def _merge_arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.cli.parsing.config_options import add_config_options
    from reloc.evaluation.growing.config import JoinConfig

    parser.add_argument("map", type=Path, metavar="A", help="map that grows")
    parser.add_argument("other", type=Path, metavar="B", help="map whose references are added")
    parser.add_argument("--drive", default="", metavar="NAME", help="name of B's references in A; default that of B")
    add_config_options(parser, JoinConfig)


def _remove_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--drive", metavar="NAME", help="remove this drive; `reloc map info` lists them")
    what.add_argument(
        "--region", metavar="X0,Y0,X1,Y1", help="remove what was taken here, in meters in the map's frame"
    )


def add(args: argparse.Namespace) -> int:
    """Add a drive."""
    from reloc.cli.parsing.config_options import config_from_args
    from reloc.config import parameters, to_mapping
    from reloc.evaluation.growing.config import JoinConfig
    from reloc.evaluation.growing.grow import grow
    from reloc.maps import keyframes
    from reloc.maps.building import colmap_model
    from reloc.maps.keyframe_config import KeyframeConfig
    from reloc.maps.progress import Bars
    from reloc.maps.source import SourceOptions, open_source

    opened = _opened(args.map)
    colmap_model.pycolmap()  # before a source imports it, as in `map build`
    options = config_from_args(SourceOptions, args)
    source = open_source(args.source, args.path, options)
    given = {p.name: v for p in parameters(KeyframeConfig) if (v := getattr(args, p.name)) is not None}
    frames = keyframes.select(source.frames(args.split), KeyframeConfig(**given) if given else source.keyframes)
    told = {k: v for k, v in to_mapping(options).items() if v != getattr(SourceOptions(), k)}
    bars = Bars()
    try:
        done = grow(
            opened, frames, args.drive or args.path.resolve().stem, {"name": source.name, "options": told},
            config_from_args(JoinConfig, args), bars,
            align=args.align, separate=args.separate, max_bad=options.max_bad,
        )  # fmt: skip
    finally:
        bars.close()
    for note in source.notes:
        print(f"note: {note}")
    return _print_grown(args.map, done)


def merge(args: argparse.Namespace) -> int:
    """Add another map."""
    from reloc.cli.parsing.config_options import config_from_args
    from reloc.errors import MapError
    from reloc.evaluation.growing.config import JoinConfig
    from reloc.evaluation.growing.grow import grow
    from reloc.maps.editing.map_frames import frames_of
    from reloc.maps.progress import Bars
    from reloc.maps.reference_map import ReferenceMap

    opened, other = _opened(args.map), ReferenceMap.open(args.other)
    if opened.path == other.path:
        raise MapError(f"{opened.path} cannot be merged with itself", "Give two maps")
    name = args.drive or other.path.name.removesuffix(".map")
    bars = Bars()
    try:
        done = grow(
            opened, frames_of(other), name, {"name": "map", "content_hash": other.content_hash},
            config_from_args(JoinConfig, args), bars, align=True,
        )  # fmt: skip
    finally:
        bars.close()
    return _print_grown(args.map, done)


def remove(args: argparse.Namespace) -> int:
    """Remove references."""
    from reloc.maps.editing.remove import in_region, of_drive
    from reloc.maps.editing.remove import remove as remove_from

    opened = _opened(args.map)
    chosen = of_drive(opened, args.drive) if args.drive is not None else in_region(opened, _region(args.region))
    done = remove_from(opened, chosen)
    print(f"removed {done.references} references and {done.landmarks} landmarks from {args.map}")
    _print_signed(done.signed)
    _print_stale(args.map)
    return 0


def _opened(path: Path) -> ReferenceMap:
    from reloc.maps.editing.new_version import restore
    from reloc.maps.reference_map import ReferenceMap

    restore(path)
    return ReferenceMap.open(path, verify=False)


def _region(text: str) -> tuple[float, float, float, float]:
    from reloc.errors import ConfigError

    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        problem = f"--region {text!r} is not four numbers"
        raise ConfigError(problem, "Give x0,y0,x1,y1 in meters, such as 2.5,0,10,4.5") from None
    return x0, y0, x1, y1


def _print_grown(path: Path, done: Grown) -> int:
    import numpy as np

    found = done.agreement
    if found.frames:
        print(f"localized in the map {len(found.localized)} of {found.frames} frames")
    if found.localized:
        turn = np.rad2deg(found.apart_rad)
        print(f"poses                {found.apart_m:.3f} m and {turn:.2f} deg from the map's answers (median)")
        print(f"drift                {found.drift_m:.3f} m between the drive's first and last third")
    if done.moved is not None:
        moved = np.linalg.norm(done.moved[:3, 3])
        print(f"aligned              moved by {moved:.3f} m, sigma {done.sigma_m:.3f} m")
    if done.added is None:
        print(f"{path} knows all {done.known} frames; nothing to do (--known-share 0 adds them nevertheless)")
        return 0
    print(f"added                {done.added.references} references, {done.added.landmarks} landmarks; "
          f"{done.known} frames show nothing new")  # fmt: skip
    if done.added.faded:
        print(f"faded                {done.added.faded} landmarks, because later drives do not see them again")
    print(f"changed              files of {done.added.bytes_anew / 1e6:.1f} MB")
    _print_signed(done.added.signed)
    _print_stale(path)
    return 0


def _print_signed(signed: bool) -> None:
    if signed:
        print("note: The map was signed, and its signature no longer holds: sign it again with `reloc map sign`")


def _print_stale(path: Path) -> None:
    from reloc.maps.attachments import CALIBRATION, calibrations
    from reloc.maps.manifest import Manifest

    for name in calibrations(Manifest.load(path.expanduser().resolve())):
        method = name.removeprefix(CALIBRATION)
        print(f"note: The calibration of {method} is stale: reloc map calibrate {path} --localizer {method}")
