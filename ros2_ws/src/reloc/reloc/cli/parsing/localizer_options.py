"""The options by which every command chooses a localizer: ``--localizer``, ``--param``, ``--no-calibration``."""

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
    """Add the options; the help lists what there is."""
    from reloc import plugins

    there_are = ", ".join(plugins.names("reloc.localizers"))
    parser.add_argument(
        "--localizer",
        default=DEFAULT,
        metavar="NAME",
        help=f"how to answer: {there_are}, or a dotted path; default {DEFAULT}",
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the localizer; may be repeated",
    )


def add_calibration_option(parser: argparse.ArgumentParser) -> None:
    """``--no-calibration``, for commands that answer as the node does."""
    parser.add_argument("--no-calibration", action="store_true", help="do not use what the map knows of the method")


def open_chosen(reference_map: ReferenceMap, args: argparse.Namespace) -> Callable[[Query], Answer]:
    """What answers as the localizer that the options name does on that map, covariances calibrated as the node's are.

    Raises:
        PluginError, DependencyError, ConfigError, MapFeatureError: it cannot be opened.
    """
    from reloc.datatypes import Localized
    from reloc.engine import open_localizer
    from reloc.trust.calibration.calibration import Calibration

    localizer = open_localizer(reference_map, args.localizer, parse_parameters(args.param))
    config = getattr(localizer, "config", None)
    calibration = None if args.no_calibration else Calibration.of(reference_map, localizer.name, config)

    def localize(query: Query) -> Answer:
        answer = localizer.localize(query)
        return calibration.scaled(answer) if calibration is not None and isinstance(answer, Localized) else answer

    return localize
