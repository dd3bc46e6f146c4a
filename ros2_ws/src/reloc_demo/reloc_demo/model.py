"""Find the networks of the demo's localizer, and put them where the nodes find them."""

from __future__ import annotations

from pathlib import Path

from reloc import plugins
from reloc.errors import ModelNotFoundError
from reloc.localizers.networked import encodings_cache
from reloc.localizers.networked.chosen_networks import chosen
from reloc.localizers.networked.encode_map import encode_map
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.localizers.networked.known_encodings import encodings_of
from reloc.localizers.networked.map_networks import PACKAGE
from reloc.localizers.networked.reference_encodings import keys_of
from reloc.maps.attachments import attach, attached
from reloc.maps.progress import Progress, telling
from reloc.maps.reference_map import ReferenceMap
from reloc.models import store
from reloc.models.model import Model


def ensure_model(map_folder: Path, localizer: str) -> Model | None:
    """Put ``models/<localizer>-demo``, which was trained in the demo's house, into the map, unless the map has it.

    Returns:
        The model, or None if no such model ships.

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


def ensure_encodings(map_folder: Path, localizer: str, progress: Progress) -> None:
    """Encode the map's references by the localizer's network, if it has one, so that the node need not do that.

    The encodings go to the user's cache folder, where the node searches. If it cannot be written, they go into the map.

    Raises:
        ModelError: the network is missing or incomplete.
        BackendError: no backend here can run it.
        MapError: the map cannot be written.
    """
    networks = plugins.load(PACKAGE, localizer).networks
    if networks is None:
        return
    reference_map = ReferenceMap.open(map_folder, verify=False)
    found = chosen(networks, "", reference_map)
    encoder = ImageEncoder(found.encoder)
    try:
        with telling(progress):
            encodings_of(reference_map, encoder)
    finally:
        encoder.close()
    if encodings_cache.load(keys_of(reference_map, found.encoder), found.encoder) is None:
        encode_map(map_folder, found, progress=progress)
