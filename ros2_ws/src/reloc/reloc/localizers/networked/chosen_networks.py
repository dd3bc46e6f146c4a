"""Choose a localizer's networks: those named by its parameter, otherwise those in the map, otherwise the shipped
ones.
"""

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
        networks: the kind of networks.
        name: the localizer's parameter ``model``; empty if it names none.

    Raises:
        ModelNotFoundError: no model is named, the map has none, and the shipped one is not installed.
        ModelError: the networks are incomplete, or do not belong together.
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
            f"Name an existing model, or put one into the map: reloc map encode {reference_map.path} --model NAME. "
            f"{error.fix}",
        ) from None
    logging.getLogger(__name__).info(
        "The map %s has no network of its own, so %s is used, which ships with reloc",
        reference_map.path,
        networks.shipped,
    )
    return found
