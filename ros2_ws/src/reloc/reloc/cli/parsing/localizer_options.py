"""Options of every command that chooses a localizer: ``--localizer``, ``--param``, ``--no-calibration``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from reloc.cli.parsing.config_options import parse_parameters

if TYPE_CHECKING:
    from reloc.datatypes import Answer, Query
    from reloc.maps.reference_map import ReferenceMap

DEFAULT = "features"


def add_localizer_options(parser: argparse.ArgumentParser) -> None:
    """Add the options; the help lists the available methods."""
    from reloc import plugins

    there_are = ", ".join(plugins.names("reloc.localizers"))
    parser.add_argument(
        "--localizer",
        default=DEFAULT,
        metavar="NAME",
        help=f"method: {there_are}, or a dotted path; default {DEFAULT}",
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the localizer; may be repeated",
    )


def add_trust_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--no-calibration`` and ``--no-verify`` to commands that by default answer as the node does."""
    parser.add_argument("--no-calibration", action="store_true", help="do not use the map's calibration of the method")
    parser.add_argument(
        "--no-verify",
        action="store_true",
        help="give the bare method's answers; by default other references of the map must agree with an answer",
    )


def open_chosen(reference_map: ReferenceMap, args: argparse.Namespace) -> Callable[[Query], Answer]:
    """Open the localizer that the options name; return what localizes and verifies one query.

    Raises:
        PluginError, DependencyError, ConfigError, MapFeatureError: it cannot be opened.
    """
    from reloc.relocalizer import Relocalizer
    from reloc.trust.verification import VerificationConfig

    return Relocalizer.open(
        reference_map,
        args.localizer,
        parse_parameters(args.param),
        verification=VerificationConfig(when="never") if args.no_verify else None,
        calibrated=not args.no_calibration,
    ).engine.answer
