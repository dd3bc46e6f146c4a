"""Put networks and their encodings of all references into a map, so that a robot fetches them with it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reloc.errors import ModelError
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.localizers.networked.map_networks import MapNetworks
from reloc.localizers.networked.reference_encodings import encode, of_references, stored, write
from reloc.maps.attachments import attach, attached, kinds
from reloc.maps.progress import Progress, silent
from reloc.maps.reference_map import ReferenceMap
from reloc.models.model import Model


@dataclass(frozen=True, slots=True)
class Encoded:
    """The result of encoding a map."""

    model: str  # name of the encoder
    references: int
    computed: int  # number of references that the encoder had to encode
    changed: bool  # whether the map's content changed


def encode_map(
    folder: Path,
    networks: MapNetworks,
    backend: str = "auto",
    precision: str = "auto",
    earlier: Sequence[ReferenceMap] = (),
    progress: Progress = silent,
) -> Encoded:
    """Encode the references of the map in ``folder`` and attach encoder, encodings and the other networks.

    Encodings of the same image by the same encoder are copied from the map, or from one of the ``earlier`` maps. If
    nothing is new, the map stays unchanged.

    Raises:
        MapError: the map is incomplete or cannot be written.
        ImageError: a reference's image is missing or damaged.
        BackendError, ModelError: the encoder cannot run, or returns NaN or infinity.
    """
    opened = ReferenceMap.open(folder, verify=False)
    model = networks.encoder
    if of_references(opened, model) is not None and all(_has(opened, other) for other in networks.others):
        return Encoded(model.name, len(opened), 0, changed=False)
    known = [found for one in (opened, *earlier) if (found := stored(one, model)) is not None]
    encoder = ImageEncoder(model, backend, precision)
    try:
        encodings, computed = encode(opened, encoder, known, progress)
    finally:
        encoder.close()
    with tempfile.TemporaryDirectory(prefix="reloc-encode-") as scratch:
        copy = Path(shutil.copytree(model.path, Path(scratch) / model.path.name))
        write(encodings, copy)
        attach(folder, Model.open(copy))
    for other in networks.others:
        attach(folder, other)
    return Encoded(model.name, len(opened), computed, changed=True)


def _has(reference_map: ReferenceMap, model: Model) -> bool:
    if model.kind not in kinds(reference_map.manifest):
        return False
    try:
        return attached(reference_map, model.kind).to_json() == model.to_json()
    except ModelError:
        return False  # damaged: it is replaced by a complete one
