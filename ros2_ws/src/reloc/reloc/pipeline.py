"""The whole system on one screen: a map and a name in, answers out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from reloc import plugins
from reloc.config import from_mapping
from reloc.localizers.localizer import Localizer
from reloc.maps.reference_map import ReferenceMap
from reloc.threads import use_single_threaded_products

LOCALIZERS = "reloc.localizers"


def open_localizer(
    reference_map: ReferenceMap, name: str = "features", parameters: Mapping[str, Any] | None = None
) -> Localizer:
    """The localizer ``name`` on that map, ready for its first frame.

    From then on numpy's matrix products use one thread each in this process: see :mod:`reloc.threads`.

    Raises:
        PluginError: no localizer of that name.
        DependencyError: a package it needs is not installed.
        ConfigError: a parameter it does not have, or a value out of range.
        MapFeatureError: the map lacks what it needs.
    """
    use_single_threaded_products()
    plugin = plugins.load(LOCALIZERS, name)
    config = from_mapping(plugin.Config, parameters or {})
    return cast(Localizer, plugin.from_map(config, reference_map))
