"""``reloc models verify``."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.output.json_text import json_text
from reloc.cli.parsing.checks import number, whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.model_options import add_name, add_way_to_run, map_of, models
from reloc.errors import ConfigError

if TYPE_CHECKING:
    from reloc.evaluation.models.inputs import UInt8
    from reloc.models.model import Model

_DESCRIPTION = """
Runs a model with every backend that can be used here, in every precision, on real images. Prints the
difference to the float32 reference (ONNX Runtime on the processor). For networks that give poses it is in
millimeters and degrees: the largest and, in brackets, the median. The last column is the output that
differs most, relative to its norm.

Exit status: 0 if all are within the limits, 1 if some are not, 2 on an error.
"""
_EXAMPLES = """
reloc models verify kitchen.map                                the model in the map, on the map's images
reloc models verify posenet-kitchen --map kitchen.map
reloc models verify posenet-kitchen --images photos/ --backend openvino --json
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "verify", run, "compare each backend with the float32 reference", arguments=_arguments,
        description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_name(parser, "default: the model in --map")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--map", type=Path, metavar="MAP", help="use the images of this map")
    source.add_argument("--images", type=Path, metavar="FOLDER", help="use the images in this folder")
    parser.add_argument("--count", type=whole_number(1), default=50, metavar="N", help="number of images; default 50")
    add_way_to_run(parser)
    parser.add_argument(
        "--max-m", type=number, default=0.05, metavar="X", help="largest allowed position error; default 0.05"
    )
    parser.add_argument(
        "--max-deg", type=number, default=0.5, metavar="X", help="largest allowed rotation error; default 0.5"
    )
    parser.add_argument(
        "--max-norm",
        type=number,
        default=0.05,
        metavar="X",
        help="largest allowed relative error of outputs that are not poses; default 0.05",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Verify the model, or each model of the map."""
    from reloc.evaluation.models.contenders import absent
    from reloc.evaluation.models.text import verdicts
    from reloc.evaluation.models.verify import ParityLimits, verify

    if not (args.name or args.map):
        raise ConfigError("No model was given", "Give its name, its folder, or --map MAP for the one in a map")
    limits = ParityLimits(args.max_m, args.max_deg, args.max_norm)
    found = []
    passed = True
    for model in models(args.name, args.map):
        pictures = _pictures(args, model)
        rows = list(verify(model, pictures, limits, args.backend, args.precision))
        if not rows:
            raise ConfigError(f"No backend here runs {model.name} as requested", "See `reloc doctor`")
        passed &= all(row.passed for row in rows)
        found.append({"model": model.name, "images": len(pictures), "verdicts": [dataclasses.asdict(r) for r in rows]})
        if not args.json:
            print(f"{model.name} ({model.kind}), {len(pictures)} images")
            print(verdicts(rows))
    if args.json:
        print(json_text(found))
    else:
        for name, why in absent().items():
            print(f"not run: {name}: {why}", file=sys.stderr)
    return 0 if passed else 1


def _pictures(args: argparse.Namespace, model: Model) -> UInt8:
    from reloc.evaluation.models.inputs import of_folder, of_map
    from reloc.maps.reference_map import ReferenceMap

    place = map_of(args.name, args.map)
    if args.images:
        return of_folder(model, args.images, args.count)
    if place is None:
        raise ConfigError("There are no images to verify on", "Give --map MAP or --images FOLDER")
    return of_map(model, ReferenceMap.open(place), args.count)
