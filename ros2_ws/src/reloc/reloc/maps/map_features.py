"""Which local features a map has, and the extractor that finds the same in a query."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reloc import plugins
from reloc.config import from_mapping
from reloc.errors import ConfigError, MapFeatureError
from reloc.features import extractor as family
from reloc.features.extractor import Extractor
from reloc.maps.manifest import Manifest

SETTINGS, KIND = "features", "local_features"  # of the manifest's ``build``; maps of before have no second one
PLACED_IN = "features_in"  # of the ``build`` of a view that shows added features: their folder


def kind_of(build: Mapping[str, Any]) -> str:
    """The name of a map's local features."""
    said = build.get(KIND)
    return str(said.get("name", family.DEFAULT)) if isinstance(said, Mapping) else family.DEFAULT


def told(extractor: Extractor, config: Any) -> dict[str, Any]:
    """What a manifest's ``build`` says of the features that its map was made with."""
    identity = family.identity(extractor, config)
    return {SETTINGS: identity.pop("settings"), KIND: identity}


def open_extractor(path: Path, manifest: Manifest) -> Extractor:
    """The extractor that a map was built with: descriptors only compare with their like.

    Raises:
        MapFeatureError: its features are of another model or version than what is here.
        PluginError, DependencyError, ModelError, BackendError: what they need is not here.
    """
    name = kind_of(manifest.build)
    kind: type[Extractor] = plugins.load_told(family.FEATURES, name)
    try:
        config = from_mapping(kind.Config, manifest.build.get(SETTINGS, {}))
    except ConfigError as error:
        raise MapFeatureError(
            f"The map {path} has {name} features of another version of reloc: {error.problem}",
            "Build the map again, or use the reloc that built it",
        ) from error
    extractor = kind.open(config)
    wanted = manifest.build.get(KIND, {}).get("hash")
    found = family.identity(extractor, config)["hash"]
    if wanted is not None and wanted != found:
        raise MapFeatureError(
            f"The map {path} has {name} features of another model: {str(wanted)[:12]}, and here is {found[:12]}",
            f"Fetch the model that the map was built with, or {_anew(path, manifest, name)}",
        )
    return extractor


def _anew(path: Path, manifest: Manifest, name: str) -> str:
    if PLACED_IN in manifest.build:
        return f"make the features anew: reloc map add-features {path} {name}"
    return f"build the map again with --features {name}"
