"""Attach parts to a built map: a network trained in the place, a method's calibration, further local features.

They belong to the map and travel with it. A model lies in ``compiled/<kind>/`` in its usual form, a calibration in
``compiled/calibration_<method>/``, features in ``compiled/features_<kind>/``. The manifest lists their files like all
others: they are hashed, served page by page and cached. Each changes the map's content hash, so robots fetch the map
again. :func:`bare_hash` stays the same.

The map is complete at every moment. The files are first copied beside their place. If earlier ones exist, the manifest
then drops them. Then the files are moved to their place, and the manifest lists them. A killed process leaves at worst
a map without them.
"""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from pathlib import Path, PurePosixPath

from reloc.errors import MapError, MapNotFoundError, ModelHashError, ModelNotFoundError
from reloc.files import copy_tree, storage_error, sync, sync_tree, write_atomic
from reloc.maps import added_features, layout
from reloc.maps.integrity import list_files, sha256_of
from reloc.maps.manifest import FileEntry, Manifest, content_hash
from reloc.maps.map_features import PLACED_IN
from reloc.maps.map_lock import locked
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.signing import remove_signature
from reloc.models.model import HEAD, Model
from reloc.parsing import names
from reloc.parsing.blame import Blame

CALIBRATION = "calibration_"  # prefix of the names of calibration folders


def attach(map_folder: Path, model: Model) -> Manifest:
    """Put a copy of ``model``, with all other files of its folder, into the map; it replaces one of the same kind.

    Returns:
        The new manifest.

    Raises:
        MapError: the map is incomplete or cannot be written, or another process writes it.
    """
    taken = model.kind in (layout.FEATURES, layout.LANDMARKS, layout.RETRIEVAL)
    if not model.kind.isidentifier() or taken or model.kind.startswith(added_features.FOLDER):
        raise MapError(
            f"A model of kind {model.kind!r} cannot be stored in a map", "Its model.json must name a kind of model"
        )
    return place(map_folder, model.kind, model.path)


def place(map_folder: Path, name: str, source: Path) -> Manifest:
    """Put a copy of all files in ``source`` into the map as ``compiled/<name>/``, replacing what is there.

    Returns:
        The new manifest.

    Raises:
        MapError: as in :func:`attach`.
    """
    folder = names.resolved(map_folder, Blame("The map's folder", MapNotFoundError, "Give the folder of a map"))
    Manifest.load(folder)
    try:
        with locked(folder):
            return _place(folder, name, source)
    except OSError as error:
        found = storage_error(error, f"Cannot put {name} into {folder}")
        raise MapError(found.problem, found.fix) from error


def check_changeable(map_folder: Path) -> None:
    """Find out whether :func:`place` may write, before the minutes of work for it: write a file, and delete it.

    Raises:
        MapError: the folder of the map may not be written, or the disk is full.
    """
    folder = names.resolved(map_folder, Blame("The map's folder", MapNotFoundError, "Give the folder of a map"))
    Manifest.load(folder)
    for place in (folder, folder / layout.COMPILED):
        try:
            with tempfile.NamedTemporaryFile(dir=place, prefix=".reloc-"):
                pass
        except OSError as error:
            raise MapError(
                f"The map {folder} cannot be changed: {place}: {error.strerror or error}",
                "Nothing was computed yet. Make its folders writable for this user, or work on a copy of the map",
            ) from error


def attached(reference_map: ReferenceMap, kind: str) -> Model:
    """Return the model of that kind in the map.

    Raises:
        ModelNotFoundError: there is none.
        ModelError: it is incomplete.
    """
    if kind not in kinds(reference_map.manifest):
        raise ModelNotFoundError(
            f"The map {reference_map.path} has no {kind} model",
            f"Train one: reloc train {kind} {reference_map.path} --out RUN, then reloc export RUN --map "
            f"{reference_map.path}; or give the folder of a model",
        )
    place = layout.arrays_folder(kind)
    model = Model.open(reference_map.path / place)
    _check_listed(reference_map, place, model)
    return model


def kinds(manifest: Manifest) -> tuple[str, ...]:
    """Return the kinds of the models in a map, sorted."""
    heads = (PurePosixPath(entry.path) for entry in manifest.files)
    return tuple(
        sorted(p.parts[1] for p in heads if len(p.parts) == 3 and (p.parts[0], p.name) == (layout.COMPILED, HEAD))
    )


def calibrations(manifest: Manifest) -> tuple[str, ...]:
    """Return the names of the folders of calibrations in a map, sorted."""
    paths = (PurePosixPath(entry.path).parts for entry in manifest.files)
    return tuple(sorted({p[1] for p in paths if len(p) == 3 and p[0] == layout.COMPILED and _is_calibration(p[1])}))


def bare_hash(manifest: Manifest) -> str:
    """Return the map's content hash without models, calibrations and added features, which attachments do not change.

    Of a view that shows added features, these count: what was measured with others does not hold for them.
    """
    added = (added_features.FOLDER + name for name in added_features.names_in(manifest))
    others = (folder for folder in added if folder != manifest.build.get(PLACED_IN))
    names = (*kinds(manifest), *calibrations(manifest), *others)
    places = tuple(f"{layout.arrays_folder(name)}/" for name in names)
    return content_hash(entry for entry in manifest.files if not entry.path.startswith(places))


def model_hashes(manifest: Manifest) -> dict[str, str]:
    """Return a hash of all files of each model in a map, by kind."""
    places = {kind: f"{layout.arrays_folder(kind)}/" for kind in kinds(manifest)}
    return {
        kind: content_hash(entry for entry in manifest.files if entry.path.startswith(prefix))
        for kind, prefix in places.items()
    }


def _check_listed(reference_map: ReferenceMap, place: str, model: Model) -> None:
    """Check that the model loads the files that the manifest lists, so that the content hash covers it."""
    listed = {entry.path: entry.sha256 for entry in reference_map.manifest.files}
    loaded = {HEAD: sha256_of(model.path / HEAD)} | {file.name: file.sha256 for file in model.files.values()}
    for name, sha256 in loaded.items():
        if listed.get(f"{place}/{name}") != sha256:
            raise ModelHashError(
                f"{model.path / name} differs from the file that {layout.MANIFEST} lists",
                "Fetch or encode the map again",
            )


def _is_calibration(name: str) -> bool:
    return name.startswith(CALIBRATION)


def _place(folder: Path, name: str, source: Path) -> Manifest:
    target = folder / layout.arrays_folder(name)
    draft, former = (target.with_name(f".{target.name}.{what}") for what in ("new", "old"))
    for leftover in (draft, former):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        copy_tree(source, draft)
        sync_tree(draft)
    except OSError:  # do not keep a full disk full
        shutil.rmtree(draft, ignore_errors=True)
        raise
    prefix = f"{layout.arrays_folder(name)}/"
    came = [FileEntry(prefix + entry.path, entry.size, entry.sha256) for entry in list_files(draft)]
    manifest = Manifest.load(folder)
    others = [entry for entry in manifest.files if not entry.path.startswith(prefix)]
    if len(others) < len(manifest.files):
        _write(folder, manifest, others)
    if target.exists():
        target.rename(former)
    draft.rename(target)
    sync(target.parent)
    written = _write(folder, manifest, others + came)
    shutil.rmtree(former, ignore_errors=True)
    return written


def _write(folder: Path, manifest: Manifest, files: list[FileEntry]) -> Manifest:
    entries = tuple(sorted(files, key=lambda entry: entry.path))
    changed = dataclasses.replace(manifest, files=entries, content_hash=content_hash(entries))
    remove_signature(folder)  # it belonged to the former manifest
    write_atomic(folder / layout.MANIFEST, changed.to_json())
    sync(folder / layout.MANIFEST)
    sync(folder)
    return changed
