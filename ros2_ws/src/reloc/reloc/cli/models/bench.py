"""``reloc models bench``."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from reloc.cli.output.json_text import json_text
from reloc.cli.parsing.checks import whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.model_options import add_name, add_way_to_run, models

_DESCRIPTION = """
Times each model with every backend that can be used here, in every precision: p50 and p99 of one image on a
warm network, with its pixels already in the network's input. Backends take turns. If torch is installed, the
same kind of network also runs in plain torch, and `x torch` is the speed relative to it (by p50). On NVIDIA
GPUs `inside` is the time with input and answer on the GPU, and `launch` the share of launch overhead in it.

Stop other programs first.
"""
_EXAMPLES = """
reloc models bench
reloc models bench posenet-kitchen --runs 1000
reloc models bench kitchen.map --backend openvino --json
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "bench", run, "measure the speed of each backend", arguments=_arguments,
        description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_name(parser, "default: all models that have a name")
    parser.add_argument("--map", type=Path, metavar="MAP", help="the model in this map")
    parser.add_argument(
        "--runs", type=whole_number(10), default=300, metavar="N", help="timed runs for each; default 300"
    )
    add_way_to_run(parser)
    parser.add_argument("--no-torch", action="store_true", help="do not compare with plain torch")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Time them."""
    from reloc.evaluation.environment import cpu_name
    from reloc.evaluation.models.bench import bench
    from reloc.evaluation.models.contenders import absent
    from reloc.evaluation.models.plain_torch import plain_torch
    from reloc.evaluation.models.text import timings

    found = []
    for model in models(args.name, args.map):
        plain = plain_torch(model)
        torch = None if args.no_torch else plain.run
        rows = list(bench(model, args.runs, args.backend, args.precision, torch))
        figures = [dataclasses.asdict(row) for row in rows]
        found.append({"model": model.name, "cpu": cpu_name(), "torch": plain.about, "timings": figures})
        if not args.json:
            print(f"{model.name} ({model.kind}) on {cpu_name()}, {args.runs} runs each")
            print(timings(rows))
            print(f"torch: {plain.about}" if torch or not args.no_torch else "torch: not requested")
    if args.json:
        print(json_text(found))
    else:
        for name, why in absent().items():
            print(f"not run: {name}: {why}", file=sys.stderr)
    return 0
