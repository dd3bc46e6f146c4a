"""Determine a method's costs besides time: bytes of the map per reference, size of its networks, their training."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reloc import plugins
from reloc.config import parameter_names
from reloc.localizers.networked import map_networks
from reloc.maps import layout
from reloc.maps.feature_set import UNMATCHED
from reloc.maps.reference_map import ReferenceMap
from reloc.models import store
from reloc.models.model import Model

HALF = 2  # bytes of a float16, in which a map stores a network's features of a reference
POSE = 16 * 8
LANDMARKS, KEY_POINTS, RETRIEVAL = layout.LANDMARKS, layout.FEATURES, layout.RETRIEVAL
# The arrays that each method reads from the map, besides poses and encodings. Verification is not counted.
READS = {
    "features": (KEY_POINTS, LANDMARKS, RETRIEVAL),
    "sift_5pt": (KEY_POINTS, RETRIEVAL),
    "posenet": (),
    "exrenet": (RETRIEVAL,),
    "exrenet_features": (KEY_POINTS, LANDMARKS, RETRIEVAL),
    "camnet": (),
    "pnlp": (),
}
ENCODES = ("exrenet", "exrenet_features", "camnet", "pnlp")
_SECONDS = re.compile(r"^\| seconds \| ([\d.]+) \|", re.MULTILINE)
_CONTINUED = "from the weights of the run"


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of a method. A value is None if it is unknown or does not exist."""

    reference_bytes: int | None
    network_bytes: int | None
    network_hash: str | None
    training_s: float | None
    continued: bool  # whether the training began with another run's weights, whose time is not included


def with_retrieval(opened: ReferenceMap, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with the method's default descriptor, or with VLAD if the map lacks that descriptor."""
    config = plugins.load("reloc.localizers", method).Config
    if "retrieval" not in parameter_names(config) or "retrieval" in parameters:
        return dict(parameters)
    there = opened.arrays(f"{RETRIEVAL}/{config().retrieval}")
    return {**parameters, "retrieval": config().retrieval if there else "vlad"}


def costs(opened: ReferenceMap, method: str, parameters: Mapping[str, Any]) -> Costs:
    """Return the costs of a method. ``parameters`` come from :func:`with_retrieval`.

    Raises:
        ModelError: its network is missing.
    """
    reads, model = READS.get(method), str(parameters.get("model", ""))
    unread = UNMATCHED if reads is not None and LANDMARKS in reads and opened.has_landmarks else ""
    size = None if reads is None else POSE + sum(_bytes(opened, what, parameters, unread) for what in reads)
    if not model:
        return Costs(size, None, None, None, False)
    if method in ENCODES:
        networks = map_networks.named(model)
        found = (networks.encoder, *networks.others)
        numbers = sum(int(np.prod(spec.at(1)[1:])) for spec in networks.encoder.outputs)
        size = None if size is None else size + HALF * numbers
    else:
        found = (Model.open(store.find(model), verify=False),)
    network = sum(one.files[one.base].size for one in found)
    card = _card(found[0].path)
    seconds = _SECONDS.search(card)
    name = found[0].files[found[0].base].sha256
    return Costs(size, network, name, float(seconds[1]) if seconds else None, _CONTINUED in card)


def _bytes(opened: ReferenceMap, prefix: str, parameters: Mapping[str, Any], unread: str) -> int:
    """Return the bytes per reference of the arrays in one folder of the map, without the one named ``unread``."""
    if prefix == RETRIEVAL:
        arrays = opened.arrays(f"{RETRIEVAL}/{parameters['retrieval']}")
        arrays = {name: array for name, array in arrays.items() if len(array) == len(opened)}
    else:
        arrays = opened.arrays(prefix)
    if unread:
        arrays.pop(unread, None)
    return round(sum(array.nbytes for array in arrays.values()) / len(opened))


def _card(folder: Path) -> str:
    try:
        return (folder / "README.md").read_text(encoding="utf-8")
    except OSError:
        return ""
