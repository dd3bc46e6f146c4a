"""Which networks a localizer uses: those that its parameter names, else those in the map, else those that ship."""

from __future__ import annotations

import logging
from typing import TypeVar

from reloc.errors import ModelNotFoundError
from reloc.localizers.networked.map_networks import MapNetworks
from reloc.maps.attachments import kinds
from reloc.maps.reference_map import ReferenceMap

N = TypeVar("N", bound=MapNetworks)


def chosen(networks: type[N], name: str, reference_map: ReferenceMap) -> N:
    """Return the networks of one kind for a map.

    Args:
        networks: the kind.
        name: the localizer's parameter ``model``; empty where none is named.

    Raises:
        ModelNotFoundError: nothing is named, the map has none, and the one that ships is not installed.
        ModelError: they are not whole, or do not belong together.
    """
    if name:
        return networks.named(name)
    if networks.encoder_kind in kinds(reference_map.manifest):
        return networks.of_map(reference_map)
    try:
        found = networks.named(networks.shipped)
    except ModelNotFoundError as error:
        raise ModelNotFoundError(
            f"The map {reference_map.path} has no {networks.encoder_kind} model. {error.problem}",
            f"Name a model that is there, or put one into the map: reloc map encode {reference_map.path} --model NAME. "
            f"{error.fix}",
        ) from None
    logging.getLogger(__name__).info(
        "The map %s has no network of its own: %s, which ships with reloc, is used",
        reference_map.path,
        networks.shipped,
    )
    return found
