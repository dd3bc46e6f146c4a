"""Find models by name, and list where they lie."""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path

from reloc.errors import ModelNotFoundError
from reloc.models.model import HEAD
from reloc.nearest import did_you_mean
from reloc.parsing import names
from reloc.parsing.blame import Blame

VARIABLE = "RELOC_MODELS"
SHIPPED = Path(__file__).parents[1] / "shipped"  # in a checkout a link to models/, installed a folder


def find(name_or_folder: str | Path) -> Path:
    """Return the folder of a model by its name (that of the folder), or as a path.

    Raises:
        ModelNotFoundError: there is none.
    """
    text = str(name_or_folder)
    given = names.expanded(text, Blame("The model", ModelNotFoundError, "`reloc models list` shows the available ones"))
    if (given / HEAD).is_file():
        return given.resolve()
    if text and given.name == text:
        for place in places():
            if (place / text / HEAD).is_file():
                return (place / text).resolve()
    there = sorted({path.name for path in available()})
    known, near = ", ".join(there) or "none", did_you_mean(text, there)
    searched = ", ".join(map(str, places())) or "nowhere"
    raise ModelNotFoundError(
        f"There is no model {text!r}",
        f"{near} There are: {known} (looked in {searched}; {VARIABLE} adds folders)".lstrip(),
    )


def available() -> tuple[Path, ...]:
    """Return the folders of all models by name, in the order of search."""
    found: dict[str, Path] = {}
    for place in places():
        for head in sorted(place.glob(f"*/{HEAD}")):
            found.setdefault(head.parent.name, head.parent.resolve())
    return tuple(found.values())


def places() -> tuple[Path, ...]:
    """Return the folders that hold models: those of RELOC_MODELS, reloc's own, those of installed ROS packages, and
    ``share/reloc/models`` of this Python.
    """
    wrong = Blame(f"A folder in {VARIABLE}", ModelNotFoundError, f"Mend {VARIABLE}")
    named = [names.expanded(p, wrong) for p in os.environ.get(VARIABLE, "").split(os.pathsep) if p]
    prefixes = [Path(p) for p in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if p]
    prefixes += [Path(sys.prefix), Path(site.getuserbase())]
    installed = [prefix / "share" / "reloc" / "models" for prefix in prefixes]
    # reloc's own before others: those of an earlier version may still be installed.
    return tuple(dict.fromkeys(p for p in (*named, SHIPPED.resolve(), *installed) if p.is_dir()))
