"""``reloc models compile``."""

from __future__ import annotations

import argparse
import math
import sys
import time
from functools import partial
from pathlib import Path

from reloc.cli.output.json_text import json_text
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.config_options import parse_parameters
from reloc.cli.parsing.model_options import add_name, add_way_to_run, models
from reloc.errors import ConfigError
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import whole

_DESCRIPTION = """
Compiles a model for this machine ahead of time, and prints how long it took. TensorRT builds an engine, which
takes minutes, and keeps it: the node that opens the model later finds it. OpenVINO compiles in a second or
less and keeps the result only with --param cache=FOLDER; ONNX Runtime has nothing to keep.

On a processor it measures every backend and precision that may be the fastest, also if it was measured before,
and keeps the times: nodes then choose by them at once. Stop other programs first.
"""
_EXAMPLES = """
reloc models compile posenet-kitchen
reloc models compile kitchen.map --backend tensorrt --precision float16 --batch 1,4
reloc models compile posenet-kitchen --backend openvino --param cache=~/.cache/reloc/openvino
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "compile", run, "compile a model for this machine ahead of time", arguments=_arguments,
        description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_name(parser, "default: the model in --map, or all models that have a name")
    parser.add_argument("--map", type=Path, metavar="MAP", help="the model in this map")
    add_way_to_run(parser)
    parser.add_argument(
        "--batch", default="1", metavar="N,N", help="batch sizes, joined by commas; default 1, as in the node"
    )
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the backend; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Open each once."""
    from reloc.backends.choice import choose, open_session
    from reloc.backends.measured.race import Allowance

    sizes = _sizes(args.batch)
    say = partial(print, file=sys.stderr if args.json else sys.stdout, flush=True)
    found = []
    for model in models(args.name, args.map):
        began = time.perf_counter()
        settings = parse_parameters(args.param)
        session = open_session(
            model, args.backend, args.precision, sizes, say, settings=settings, allowance=Allowance(math.inf, anew=True)
        )
        found.append(
            {
                "model": model.name,
                "backend": session.backend,
                "precision": session.precision,
                "device": session.device,
                "batch_sizes": list(session.batch_sizes),
                "seconds": round(time.perf_counter() - began, 3),
                "reason": choose(model, args.backend, args.precision, sizes, settings).reason,
            }
        )
        session.close()
    if args.json:
        print(json_text(found))
    return 0


def _sizes(text: str) -> tuple[int, ...]:
    blame = Blame(
        f"--batch {shown(text)}",
        ConfigError,
        "Give, for example, --batch 1,4",
        verdict="is not a list of whole numbers",
    )
    return tuple(whole(part, blame, 1, 2**31 - 1) for part in text.split(","))
