"""Choose a command's models: by name, by folder, or those in a map."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reloc.models.model import Model


def add_name(parser: argparse.ArgumentParser, many: str = "") -> None:
    """Add the argument NAME; ``many`` describes the default if it may be left out."""
    text = "name or folder of a model, or a map with a model in it"
    optional = "?" if many else None
    parser.add_argument("name", nargs=optional, metavar="NAME", help=f"{text}{'; ' if many else ''}{many}")


def add_way_to_run(parser: argparse.ArgumentParser) -> None:
    """Add --backend and --precision."""
    parser.add_argument("--backend", default="auto", metavar="NAME", help="tensorrt, openvino, onnxruntime; or auto")
    parser.add_argument("--precision", default="auto", metavar="NAME", help="float32, bf16, float16, int8; or auto")


def folders(name: str | None, map_folder: Path | None = None) -> tuple[Path, ...]:
    """Return the folders of the models: the given one, else those of the map, else all that have a name.

    Raises:
        ModelNotFoundError: there is none.
        MapError: the map cannot be opened.
    """
    from reloc.errors import ModelNotFoundError
    from reloc.models import store

    named = _expanded(name) if name else None
    if name and named and not _is_map(named):
        return (store.find(name),)
    place = named or map_folder
    if place is not None:
        return _of_map(place)
    found = store.available()
    if not found:
        raise ModelNotFoundError(
            "There is no model that has a name", f"reloc export makes one; {store.VARIABLE} lists folders of models"
        )
    return found


def models(name: str | None, map_folder: Path | None = None) -> list[Model]:
    """Return the same, opened and checked.

    Raises:
        ModelError, MapError: one cannot be opened.
    """
    from reloc.models.model import Model

    return [Model.open(folder) for folder in folders(name, map_folder)]


def map_of(name: str | None, map_folder: Path | None) -> Path | None:
    """Return the map: that of --map, or NAME if it is one."""
    named = _expanded(name) if name else None
    return map_folder or (named if named and _is_map(named) else None)


def _expanded(name: str) -> Path:
    from reloc.errors import ModelNotFoundError
    from reloc.parsing import names
    from reloc.parsing.blame import Blame

    return names.expanded(name, Blame("The model", ModelNotFoundError, "`reloc models list` shows the available ones"))


def _is_map(folder: Path) -> bool:
    from reloc.maps import layout

    try:
        return (folder / layout.MANIFEST).is_file()
    except OSError:  # a name that is too long, or links in a circle
        return False


def _of_map(place: Path) -> tuple[Path, ...]:
    from reloc.errors import ModelNotFoundError
    from reloc.maps import layout
    from reloc.maps.attachments import kinds
    from reloc.maps.manifest import Manifest

    found = kinds(Manifest.load(place))
    if not found:
        fix = f"Put one into it: reloc train posenet {place} --out RUN, then reloc export RUN --map {place}"
        raise ModelNotFoundError(f"The map {place} holds no model", fix)
    return tuple(place / layout.arrays_folder(kind) for kind in found)
