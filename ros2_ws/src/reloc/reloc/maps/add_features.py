"""Add a kind of local features to a built map: its poses and images are used, everything else in it stays as it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from reloc import plugins
from reloc.config import from_mapping
from reloc.datatypes import LocalFeatures
from reloc.errors import ConfigError, MapError, MapFeatureError
from reloc.features import extractor as family
from reloc.features.extractor import Extractor
from reloc.files import storage_errors, write_atomic
from reloc.maps import added_features, attachments, layout, map_features
from reloc.maps.added_features import AddedFeatures
from reloc.maps.build_config import BuildConfig, TriangulationConfig
from reloc.maps.building import colmap_model, kind_steps, retrieval
from reloc.maps.building.references import IngestedReferences
from reloc.maps.building.workspace import Workspace
from reloc.maps.progress import Progress, silent
from reloc.maps.reference_map import ReferenceMap

_NEEDS_GLOBAL = "place"  # the retriever that only some kinds of features serve


@dataclass(frozen=True, slots=True)
class Addition:
    """What was done."""

    name: str
    changed: bool  # False: the map had them
    signed: bool  # the map was signed, and its signature is gone
    notes: tuple[str, ...] = ()


def add_features(map_folder: Path | str, name: str, config: Any = None, progress: Progress = silent) -> Addition:
    """Add the features ``name`` to the map in a folder, or make them anew if their model or settings changed.

    The map is complete at every moment; after a kill, a call with the same arguments continues. Its content hash
    changes, so robots fetch it again, and a signature is removed. Calibrations and networks in it stay valid.

    Args:
        config: the kind's settings; None: its defaults.

    Raises:
        MapError: the folder holds no map, cannot be changed, or another process changes it.
        MapFeatureError: the map was built with features of that name, but of another model or with other settings.
        ImageError: an image of the map cannot be read.
        MapEmptyError: no image has a key point.
        PluginError, ModelError, BackendError, DependencyError: the features, or what they need, are not here.
        StorageError: for example, the disk is full; another call continues.
    """
    opened = ReferenceMap.open(map_folder, verify=False)
    kind = family.kind(name)
    config = kind.Config() if config is None else config
    extractor = kind.open(config)
    wanted = map_features.told(extractor, config)
    if _has(opened, name, wanted):
        return Addition(name, changed=False, signed=False)
    colmap_model.pycolmap()
    attachments.check_changeable(opened.path)
    signed = (opened.path / layout.SIGNATURE).is_file()
    beside = opened.path.with_name(f"{opened.path.name}.{name}")
    with storage_errors(f"Cannot add {name} features to {opened.path}"), Workspace(beside) as workspace:
        notes = _make(opened, workspace, name, extractor, config, wanted, progress)
        attachments.place(opened.path, added_features.FOLDER + name, workspace.content / layout.COMPILED)
        shutil.rmtree(workspace.root, ignore_errors=True)
    return Addition(name, changed=True, signed=signed, notes=notes)


def _has(opened: ReferenceMap, name: str, wanted: Mapping[str, Any]) -> bool:
    """Return whether the map has these very features."""
    if name not in added_features.kinds_in(opened.manifest):
        return False
    built_with = name == map_features.kind_of(opened.manifest.build)
    try:
        build = opened.with_features(name).manifest.build
    except MapError:  # added ones that are incomplete
        return False
    found = build.get(map_features.KIND, {}).get("hash")
    same = found == wanted[map_features.KIND]["hash"] or (built_with and found is None)  # a map of before tells none
    if built_with and not same:
        raise MapFeatureError(
            f"The map {opened.path} was built with {name} features of another model, version or settings",
            f"Build it again with --features {name}: what it was built with cannot be replaced",
        )
    return bool(same)


def _make(
    opened: ReferenceMap,
    workspace: Workspace,
    name: str,
    extractor: Extractor,
    config: Any,
    wanted: dict[str, Any],
    progress: Progress,
) -> tuple[str, ...]:
    """Make what ``compiled/features_NAME/`` holds in the workspace; return notes for the user."""
    references = replace(IngestedReferences.load(opened.path), content=workspace.content, images_in=opened.path)
    workspace.run("map", {"map": attachments.bare_hash(opened.manifest)}, lambda kept: None, first=True)
    (workspace.content / layout.COMPILED).mkdir(exist_ok=True)
    features = kind_steps.extract(workspace, references, extractor, config, progress)
    trained_with, shared = _retrievers(opened, features)
    kind_steps.train(workspace, references, features, trained_with, progress)
    how = _how(opened, name, config)
    figures = kind_steps.find_landmarks(workspace, (), references, features, how, progress)
    every = trained_with | {one: opened.manifest.build["retrievers"][one] for one in shared}
    said = AddedFeatures(
        name=name,
        build=wanted | {"retrievers": every, "retrieval": ",".join(every)},
        key_points=sum(map(len, features)),
        landmarks=int(figures.get("landmarks", 0)),
        report=figures,
        shared=shared,
    )
    text = json.dumps(msgspec.to_builtins(said), indent=1, sort_keys=True) + "\n"
    write_atomic(workspace.content / layout.COMPILED / added_features.KIND_FILE, text)
    if opened.manifest.build.get("landmarks") == "depth" and said.landmarks:
        return ("The map holds no depth images, so its new landmarks are triangulated",)
    return ()


def _retrievers(opened: ReferenceMap, features: Sequence[LocalFeatures]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the parameters of the map's retrievers that see local features, and the names of the others."""
    needing: dict[str, Any] = {}
    shared = []
    for name in opened.manifest.build.get("retrievers", {}):
        if not plugins.load_told(retrieval.PACKAGE, name).needs_features:
            shared.append(name)
        elif name != _NEEDS_GLOBAL or all(found.place is not None for found in features):
            needing[name] = retrieval.default_config(name)
    return needing, tuple(shared)


def _how(opened: ReferenceMap, name: str, config: Any) -> BuildConfig:
    """Return how the map's landmarks were made, as far as it can be repeated: its depth images are gone."""
    told = opened.manifest.build.get("triangulation", {})
    try:
        triangulation = from_mapping(TriangulationConfig, told)
    except ConfigError:  # of another version
        triangulation = TriangulationConfig()
    landmarks = "triangulate" if opened.has_landmarks else "none"
    return BuildConfig(landmarks=landmarks, local_features=name, features=config, triangulation=triangulation)
