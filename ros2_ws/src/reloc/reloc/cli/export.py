"""``reloc export``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from reloc.cli.parsing.command_parser import Subparsers, add_command

_DESCRIPTION = """
Writes what `reloc train` learned as a model: a folder with the network as ONNX (float16 where that answers
the same, else float32), model.json, and README.md, the model card. Prints the error of each precision
against the trained network over the images of the map. It exports the weights with the best score.

With --map the model becomes part of that map: `reloc localize` finds it, and robots fetch it with the map.
"""
_EXAMPLES = """
reloc export runs/kitchen --map kitchen.map
reloc export runs/kitchen --out models/posenet-kitchen
reloc export runs/kitchen --out models/posenet-kitchen --int8        also for processors with VNNI
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "write a trained network as a model"
    add_command(subparsers, "export", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RUN", help="run folder, as given to `reloc train --out`")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="FOLDER", help="folder of the model to create")
    where.add_argument(
        "--map", type=Path, metavar="MAP", help="map that the run was trained on; the model is put into it"
    )
    parser.add_argument(
        "--checkpoint", choices=("best", "last"), default="best", help="weights to export; default best"
    )
    parser.add_argument("--int8", action="store_true", help="also export in int8, calibrated on the map")


def run(args: argparse.Namespace) -> int:
    """Load the weights and let the task export them."""
    from reloc.cli.parsing.needs_torch import check_torch
    from reloc.errors import ConfigError

    check_torch()
    from reloc.maps.progress import Bars
    from reloc.training import checkpoint, start
    from reloc.training.run import TrainingRun

    opened = TrainingRun.open(args.folder)
    if args.map and opened.told("map") is None:
        fix = "Export it with --out models/NAME; `reloc map encode MAP --model NAME` puts it into a map"
        raise ConfigError(f"{args.folder} was not trained for a map", fix)
    content = checkpoint.load(opened.checkpoints / f"{args.checkpoint}.pt")
    bars = Bars()
    task = start.task_of(opened, progress=bars, map_path=args.map)
    bars.close()
    task.load_state(content["task_state"])
    network = start.trained(task, content)
    with tempfile.TemporaryDirectory(prefix="reloc-export-") as scratch:
        model = task.export(network, opened, args.out or Path(scratch) / task.name, args.int8)
        if args.map:
            from reloc.maps.attachments import attach

            attach(args.map, model)
    where = args.out or f"the map {args.map}"
    print(f"{model.name} is in {where}: {', '.join(sorted(model.files))}; weights of step {content['step']}")
    return 0
