"""``reloc run``: map server and localizer in one command, for first tests and machines without ``ros2 launch``."""

from __future__ import annotations

import argparse
from pathlib import Path

from reloc.cli.parsing.command_parser import Subparsers, add_command

_DESCRIPTION = """
Starts the map server and the localizer, shows their logs, and stops both at Ctrl-C. If one of them ends by
itself, the other is stopped, too. `reloc watch` in a second terminal shows the pose.

The nodes have parameters for frames and all other settings: --param and --params-file set any of them.
Exit status: 0 after Ctrl-C, otherwise the status of the node that ended.
"""
_EXAMPLES = """
reloc run hall.map --image /camera/image_raw                      camera_info is /camera/camera_info
reloc run hall.map --image /camera/image_raw/compressed --sim-time       beside `reloc replay`
reloc run hall.map --localizer exrenet --param base_frame:=base_footprint
reloc run hall.map --namespace robot1 --remap /tf:=tf --remap /tf_static:=tf_static
reloc run hall.map --params-file reloc.yaml --no-server
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "start map server and localizer"
    add_command(subparsers, "run", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument("--image", default="image", metavar="TOPIC", help="topic of the images, raw or .../compressed")
    parser.add_argument("--camera-info", metavar="TOPIC", help="topic of the calibration; default: beside the images")
    parser.add_argument("--localizer", metavar="NAME", help="method; default features")
    parser.add_argument("--sim-time", action="store_true", help="take the time from /clock (a bag or a simulator)")
    parser.add_argument("--namespace", default="", metavar="NS", help="namespace of both nodes")
    parser.add_argument("--param", action="append", default=[], metavar="NAME:=VALUE",
                        help="a parameter of the localizer; may be repeated")  # fmt: skip
    parser.add_argument("--params-file", action="append", default=[], type=Path, metavar="FILE",
                        help="a ROS parameter file for both nodes; may be repeated")  # fmt: skip
    parser.add_argument("--remap", action="append", default=[], metavar="A:=B",
                        help="a remap of both nodes; may be repeated")  # fmt: skip
    parser.add_argument("--no-server", action="store_true", help="start no map server; the localizer opens the folder")


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    from reloc.errors import ConfigError
    from reloc.maps.reference_map import ReferenceMap
    from reloc_node.commands.node_arguments import localizer_arguments, map_server_arguments
    from reloc_node.commands.side_by_side import NodeProcesses

    for option, texts in (("--param", args.param), ("--remap", args.remap)):
        for text in texts:
            left, found, _ = text.partition(":=")
            if not (left and found):
                raise ConfigError(f"{option} {text}", f"Write it as {option} NAME:=VALUE")
    for file in args.params_file:
        if not file.is_file():
            raise ConfigError(f"--params-file {file}: there is no such file", "Give a ROS parameter file")
    opened = ReferenceMap.open(args.map, verify=False)  # report a bad map here instead of in a node's log
    print(f"{opened.path}: {len(opened)} references. `reloc watch` shows the pose; Ctrl-C ends", flush=True)
    with NodeProcesses() as nodes:
        if not args.no_server:
            nodes.start("map_server", map_server_arguments(args))
        nodes.start("localizer", localizer_arguments(args))
        return nodes.wait()
