"""The options by which every command chooses a localizer: ``--localizer`` and ``--param``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reloc.cli._config_options import parse_parameters

if TYPE_CHECKING:
    from reloc.localizers import Localizer
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


def open_chosen(reference_map: ReferenceMap, args: argparse.Namespace) -> Localizer:
    """The localizer that the options name, on that map.

    Raises:
        PluginError, DependencyError, ConfigError, MapFeatureError: it cannot be opened.
    """
    from reloc.pipeline import open_localizer

    return open_localizer(reference_map, args.localizer, parse_parameters(args.param))
