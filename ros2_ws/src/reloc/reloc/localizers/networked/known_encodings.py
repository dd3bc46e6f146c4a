"""Get the encodings of a map's references: from the map, from the user's cache folder, or by encoding them now."""

from __future__ import annotations

import logging

from reloc.localizers.networked import encodings_cache
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.localizers.networked.reference_encodings import Encodings, encode, keys_of, of_references
from reloc.maps.progress import current
from reloc.maps.reference_map import ReferenceMap


def encodings_of(reference_map: ReferenceMap, encoder: ImageEncoder) -> Encodings:
    """Return the encoder's features of each reference.

    It reports progress to :func:`reloc.maps.progress.current`.

    Raises:
        ImageError: a reference must be encoded, but its image is missing or damaged.
        ModelFormatError: the map's encodings contradict each other, or the encoder returns NaN.
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
        log.info("All references are encoded, and the encodings are stored in %s", kept)
    return made
