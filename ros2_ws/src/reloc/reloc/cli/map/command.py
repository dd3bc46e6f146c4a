"""``reloc map``: build, info, check, encode, add-features, add, merge, remove, calibrate, sign, export."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reloc.cli.map import add_features, calibrate, check, encode, export, grow, sign
from reloc.cli.parsing.command_parser import Subparsers, add_command

if TYPE_CHECKING:
    from reloc.maps.keyframe_config import KeyframeConfig
    from reloc.maps.progress import Progress
    from reloc.maps.reference_map import ReferenceMap
    from reloc.maps.source import Source

_BUILD = """
Makes a map from images with known poses: a folder with the images, a COLMAP model, and the files that reloc
reads at run time. If it is interrupted, the same command continues it. An existing map is replaced only
when the new one is complete.
"""
_BUILD_EXAMPLES = """
reloc map build redkitchen --source 7scenes --split train --every 10 --out kitchen.map
reloc map build redkitchen --source 7scenes --camera 525.5,320,240 --out kitchen.map
reloc map build drive.mcap --source rosbag2 --min-distance-m 0.25 --min-angle-deg 10 --out hall.map
reloc map build colmap/ --source colmap --landmarks none --out small.map      # no landmarks: relative poses
reloc map build office --source tum --landmarks depth --out office.map        # landmarks from depth images
reloc map build drive.mcap --source rosbag2 --localizer exrenet --out hall.map # with a network and what it needs
reloc map build phone.mp4 --sfm --out flat.map                                 # a video without poses
reloc map build phone.mp4 --sfm --sfm-scale tags --tag-size 0.16 --out flat.map    # in meters, by AprilTags
reloc map build rtabmap.db --source rtabmap --out hall.map
reloc map build redkitchen --source 7scenes --features points --out kitchen.map    # key points of a network
"""
_INFO_EXAMPLES = """
reloc map info kitchen.map
reloc map info kitchen.map --json | jq .report
"""


def register(subparsers: Subparsers) -> None:
    """Add the command and its own commands."""
    parser = subparsers.add_parser(
        "map",
        help="build, show, check, calibrate, sign and export maps",
        description="Build, show, check, calibrate, sign and export maps.",
    )
    commands: Subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_command(
        commands, "build", build, "make a map from images with known poses",
        arguments=_build_arguments, description=_BUILD, examples=_BUILD_EXAMPLES,
    )  # fmt: skip
    add_command(commands, "info", info, "show the content of a map", arguments=_info_arguments, examples=_INFO_EXAMPLES)
    check.register(commands)
    encode.register(commands)
    add_features.register(commands)
    grow.register(commands)
    calibrate.register(commands)
    sign.register(commands)
    export.register(commands)


def _build_arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.cli.parsing.config_options import add_config_options
    from reloc.config import parameters
    from reloc.features.extractor import DEFAULT, FEATURES
    from reloc.features.rootsift import RootSiftConfig
    from reloc.maps.build_config import BuildConfig, TriangulationConfig
    from reloc.maps.keyframe_config import KeyframeConfig
    from reloc.maps.sfm.config import SfmConfig
    from reloc.maps.source import SourceOptions, source_names
    from reloc.plugins import names

    parser.add_argument("path", type=Path, metavar="SRC", help="folder, model or bag to import")
    parser.add_argument(
        "--source", metavar="NAME",
        help=f"kind of source: {', '.join(source_names())}; with --sfm: images, video or rosbag2, by the name of SRC",
    )  # fmt: skip
    parser.add_argument(
        "--sfm", action="store_true",
        help="find the poses by structure from motion: for a video, images or a bag without poses",
    )  # fmt: skip
    parser.add_argument("--out", required=True, type=Path, metavar="MAP", help="folder to create")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing map when the new one is complete")
    parser.add_argument(
        "--localizer", metavar="NAME",
        help="put all into the map that this localizer needs: its retrieval, its network (the shipped one, or that of "
        "--encode) and its calibration; default features",
    )  # fmt: skip
    parser.add_argument(
        "--encode", metavar="NAME", help="then encode its references by these networks, as `reloc map encode` does"
    )
    parser.add_argument(
        "--calibrate", metavar="NAME",
        help="then find out what a localizer's answers are worth in it, as `reloc map calibrate` does: a third of the "
        "build's time more; none: do not; default: that of --localizer",
    )  # fmt: skip
    add_config_options(parser, BuildConfig)
    chosen = parser.add_argument_group("which frames become references", "without any, the source's default applies")
    add_config_options(chosen, KeyframeConfig)
    parser.set_defaults(**{p.name: None for p in parameters(KeyframeConfig)})
    add_config_options(parser.add_argument_group("the source"), SourceOptions)
    add_config_options(parser.add_argument_group("structure from motion", "with --sfm"), SfmConfig)
    features = parser.add_argument_group("local features")
    features.add_argument(
        "--features", default=DEFAULT, metavar="NAME",
        help=f"their kind: {', '.join(names(FEATURES))}; default {DEFAULT}",
    )  # fmt: skip
    features.add_argument(
        "--feature-param", action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of the kind, say model=my_points; may be given several times",
    )  # fmt: skip
    add_config_options(features, RootSiftConfig)
    parser.set_defaults(**{p.name: None for p in parameters(RootSiftConfig)})
    add_config_options(parser.add_argument_group("landmarks"), TriangulationConfig)


def _info_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument("--json", action="store_true", help="print the manifest without its list of files")


def build(args: argparse.Namespace) -> int:
    """Build a map."""
    from reloc.cli.parsing.config_options import config_from_args
    from reloc.localizers.networked.needs import Needs
    from reloc.maps.build_config import BuildConfig, TriangulationConfig
    from reloc.maps.builder import build_map
    from reloc.maps.building import colmap_model
    from reloc.maps.progress import Bars
    from reloc.maps.reference_map import ReferenceMap
    from reloc.maps.truth import drift_note

    config = replace(
        config_from_args(BuildConfig, args),
        keyframes=_keyframes(args),
        local_features=args.features,
        features=_features(args),
        triangulation=config_from_args(TriangulationConfig, args),
    )
    needs = Needs.of(args.localizer or "features", args.encode)  # a wrong name is told before the long build
    if args.localizer:
        config = replace(config, retrieval=needs.with_retrieval(config.retrieval))
    colmap_model.pycolmap()  # before a source imports it: with its handler of SIGTERM it would print its stack
    bars = Bars()
    source = _source(args, bars)
    try:
        made = build_map(source, args.out, config, bars, overwrite=args.overwrite)
    finally:
        bars.close()
    for note in [*source.notes, *([drift_note(odometry)] if (odometry := getattr(source, "odometry", "")) else [])]:
        print(f"note: {note}")
    if needs.networks is not None:
        encode.encode_into(args.out, needs.networks)
        made = ReferenceMap.open(args.out, verify=False)
    method = args.calibrate or needs.localizer
    if method != "none":
        calibrate.calibrate_built(made, method)
        made = ReferenceMap.open(args.out, verify=False)
    _print_info(made)
    print(f"next: reloc map check {args.out}")
    return 0


def _source(args: argparse.Namespace, progress: Progress) -> Source:
    """Return the source that the options name."""
    from reloc.cli.parsing.config_options import config_from_args
    from reloc.errors import ConfigError
    from reloc.maps.query_frames import IMAGE_FOLDER, ONE_IMAGE, kind_of_input
    from reloc.maps.sfm.config import SfmConfig
    from reloc.maps.sfm.source import SfmSource
    from reloc.maps.source import SourceOptions, open_source, source_names

    if not args.source and not args.sfm:
        there_are = ", ".join(source_names())
        raise ConfigError(
            "It is not known what SRC is", f"Give --source NAME, or --sfm without poses. There are: {there_are}"
        )
    kind = args.source or kind_of_input(args.path)
    source = open_source(IMAGE_FOLDER if kind == ONE_IMAGE else kind, args.path, config_from_args(SourceOptions, args))
    return SfmSource(source, config_from_args(SfmConfig, args), progress) if args.sfm else source


def info(args: argparse.Namespace) -> int:
    """Print the content of a map."""
    from reloc.maps.reference_map import ReferenceMap

    opened = ReferenceMap.open(args.map, verify=False)
    if args.json:
        values = json.loads(opened.manifest.to_json())
        del values["files"]
        print(json.dumps(values, indent=1))
    else:
        _print_info(opened)
    return 0


def _features(args: argparse.Namespace) -> Any:
    """Settings of the kind of local features: those that were given, its defaults for the others."""
    from reloc.cli.parsing.config_options import parse_parameters
    from reloc.config import from_mapping, parameters
    from reloc.features.extractor import kind
    from reloc.features.rootsift import RootSiftConfig

    given = {p.name: getattr(args, p.name) for p in parameters(RootSiftConfig)}
    chosen = {name: value for name, value in given.items() if value is not None}
    return from_mapping(kind(args.features).Config, chosen | parse_parameters(args.feature_param))


def _keyframes(args: argparse.Namespace) -> KeyframeConfig | None:
    from reloc.config import from_mapping, parameters
    from reloc.maps.keyframe_config import KeyframeConfig

    values: dict[str, Any] = {p.name: getattr(args, p.name) for p in parameters(KeyframeConfig)}
    given = {name: value for name, value in values.items() if value is not None}
    return from_mapping(KeyframeConfig, given) if given else None


def _print_info(opened: ReferenceMap) -> None:
    from reloc.maps import layout
    from reloc.maps.added_features import names_in
    from reloc.maps.attachments import CALIBRATION, calibrations, kinds
    from reloc.maps.drives import drives_of
    from reloc.maps.map_features import kind_of
    from reloc.maps.scale import UNKNOWN_SCALE, scale_of

    manifest, report = opened.manifest, opened.manifest.report
    cameras = {opened.camera(i) for i in range(len(opened))}
    print(f"{manifest.name}: a map in the frame {manifest.frame!r}, content {manifest.content_hash[:12]}")
    odometry = manifest.build.get("source", {}).get("odometry", "")
    if odometry:
        print(f"  poses        odometry's, of the frame {odometry!r}: they drift, and the map with them")
    if scale := scale_of(manifest):
        unknown = "unknown: positions and sigmas are in map units, not in meters"
        print(f"  scale        {unknown if scale == UNKNOWN_SCALE else f'from {scale}'}")
    chosen = report.get("chosen", "")
    size = f"{manifest.size_bytes / len(opened) / 1e3:.0f} kB each"
    print(f"  references   {manifest.references}, {size}{f'; {chosen}' if chosen else ''}")
    if len(drives := drives_of(manifest)) > 1:
        print(f"  drives       {', '.join(f'{drive.name} ({drive.references})' for drive in drives)}")
    for camera in sorted(cameras, key=repr):
        print(f"  camera       {camera.width} x {camera.height}, f {camera.fx:g} {camera.fy:g}, "
              f"c {camera.cx:g} {camera.cy:g}, {camera.model.value}")  # fmt: skip
    print(f"  key points   {manifest.key_points}, {kind_of(manifest.build)}")
    for name in names_in(manifest):
        seen = opened.with_features(name).manifest
        print(f"  added        {seen.key_points} key points, {name}, with {seen.landmarks} landmarks")
    if opened.has_landmarks:
        track, error_px = report.get("mean_track", math.nan), report.get("median_reprojection_px", math.nan)
        seen_by = f"seen by {track:.1f} references on average"
        print(f"  landmarks    {manifest.landmarks}, {seen_by}, error {error_px} px (median)")
        if "pose_error_px" in report:
            print(f"  poses        fit the images to {report['pose_error_px']} px")
    else:
        print("  landmarks    none")
    print(f"  retrieval    {', '.join(manifest.build.get('retrievers', {})) or 'none'}")
    print(f"  networks     {', '.join(kinds(manifest)) or 'none'}")
    signed = layout.SIGNATURE if (opened.path / layout.SIGNATURE).is_file() else "no"
    calibrated = ", ".join(name.removeprefix(CALIBRATION) for name in calibrations(manifest))
    print(f"  calibrated   {calibrated or 'none'}")
    print(f"  signed       {signed}")
