"""Put the network for the demo's house into the demo's map, from where a robot fetches it."""

from __future__ import annotations

from pathlib import Path

from reloc.errors import ModelNotFoundError
from reloc.maps.attachments import attach, attached
from reloc.maps.reference_map import ReferenceMap
from reloc.models import store
from reloc.models.model import Model


def ensure_model(map_folder: Path, localizer: str) -> Model | None:
    """Put ``models/<localizer>-demo`` into the map, unless it is there; None if no such model ships.

    A localizer that needs one reports itself that its map has none.

    Raises:
        ModelError: the model is incomplete.
        MapError: the map cannot be written.
    """
    try:
        model = Model.open(store.find(f"{localizer}-demo"))
    except ModelNotFoundError:
        return None
    try:
        there = attached(ReferenceMap.open(map_folder, verify=False), model.kind)
    except ModelNotFoundError:
        there = None
    if there is None or there.to_json() != model.to_json():
        attach(map_folder, model)
    return model
