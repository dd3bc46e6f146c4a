"""Encodings of a map's references: from the map, from the user's cache folder, else computed now and kept."""

from __future__ import annotations

import logging

from reloc.localizers.networked import encodings_cache
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.localizers.networked.reference_encodings import Encodings, encode, keys_of, of_references
from reloc.maps.progress import current
from reloc.maps.reference_map import ReferenceMap


def encodings_of(reference_map: ReferenceMap, encoder: ImageEncoder) -> Encodings:
    """Return what the encoder gives of each reference.

    Progress is told to :func:`reloc.maps.progress.current`.

    Raises:
        ImageError: a reference has to be encoded, and its image is gone or damaged.
        ModelFormatError: what the map holds contradicts itself, or the encoder gives no numbers.
    """
    model = encoder.model
    found = of_references(reference_map, model)
    found = found or encodings_cache.load(keys_of(reference_map, model), model)
    if found is not None:
        return found
    log = logging.getLogger(__name__)
    log.info("%s encodes %d references of %s, once", model.name, len(reference_map), reference_map.path)
    made, _ = encode(reference_map, encoder, progress=current())
    kept = encodings_cache.save(made)
    if kept is not None:
        log.info("All references are encoded; the encodings are kept in %s", kept)
    return made
