"""An encoder's features of a map's references: computed once, then only compared.

In a map, the features are beside the encoder: one ``.npy`` (N, ...) in float16 for each output, and
``encodings.json``, which names their images and encoder. Float16 halves the size to fetch. A reference is not encoded
again if this map or an earlier one has an encoding of the same image, camera and encoder.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.errors import ModelFormatError
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.maps import layout
from reloc.maps.progress import Progress, silent, track
from reloc.maps.reference_map import ReferenceMap
from reloc.models.model import Model
from reloc.parsing import json_file
from reloc.parsing.blame import Blame

Float16 = NDArray[np.float16]
ABOUT = "encodings.json"
_FIX = "Encode the map again: reloc map encode MAP --model NAME"


@dataclass(frozen=True, slots=True, eq=False)
class Encodings:
    """Features of N references."""

    keys: tuple[str, ...]  # see :func:`keys_of`
    arrays: Mapping[str, Float16]  # by name of the feature, (N, ...)

    def __len__(self) -> int:
        return len(self.keys)


def keys_of(reference_map: ReferenceMap, encoder: Model) -> tuple[str, ...]:
    """Return the keys that the encodings of a map's references depend on, one text each: image, camera, encoder."""
    of_files = {entry.path: entry.sha256 for entry in reference_map.manifest.files}
    common = "".join(sorted(file.sha256 for file in encoder.files.values()))
    common += json.dumps(dict(encoder.camera or {}), sort_keys=True)
    keys = []
    for index, reference in enumerate(reference_map.references):
        camera = json.dumps(reference_map.camera(index).to_dict(), sort_keys=True)
        keys.append(hashlib.sha256(f"{of_files[reference.image]}\0{camera}\0{common}".encode()).hexdigest())
    return tuple(keys)


def stored(reference_map: ReferenceMap, encoder: Model) -> Encodings | None:
    """Return the map's encodings by an encoder of that kind and form, memory-mapped; None if there are none.

    Raises:
        ModelFormatError: the map's encodings contradict each other.
    """
    place = reference_map.path / layout.arrays_folder(encoder.kind) / ABOUT
    if not place.is_file():
        return None
    blame = Blame(str(place), ModelFormatError, _FIX, verdict="cannot be read")
    keys = tuple(json_file.load(place, dict[str, list[str]], blame).get("keys", ()))
    arrays = reference_map.arrays(encoder.kind)
    if any(spec.name not in arrays or arrays[spec.name].shape[1:] != spec.shape[1:] for spec in encoder.outputs):
        return None  # the encoder has other outputs
    for spec in encoder.outputs:
        array = arrays[spec.name]
        if array.dtype != np.float16 or len(array) != len(keys):
            problem = (
                f"{place.parent / spec.name}.npy has {array.dtype} for {len(array)} images, not float16 for {len(keys)}"
            )
            raise ModelFormatError(problem, _FIX)
    return Encodings(keys, {spec.name: arrays[spec.name] for spec in encoder.outputs})


def of_references(reference_map: ReferenceMap, encoder: Model) -> Encodings | None:
    """Return the map's encodings, if they are from exactly this encoder and these references; otherwise None."""
    found = stored(reference_map, encoder)
    return found if found is not None and found.keys == keys_of(reference_map, encoder) else None


def encode(
    reference_map: ReferenceMap, encoder: ImageEncoder, known: Sequence[Encodings] = (), progress: Progress = silent
) -> tuple[Encodings, int]:
    """Return the features of all references, and how many had to be computed.

    Args:
        known: existing encodings.
        progress: called for those that are computed.

    Raises:
        ImageError: a reference's image is missing or damaged.
        ModelFormatError: the encoder returns NaN, or values too large for float16.
    """
    model = encoder.model
    keys = keys_of(reference_map, model)
    arrays = {s.name: np.zeros((len(keys), *s.at(1)[1:]), np.float16) for s in model.outputs}
    places = {key: (have, row) for have in known for row, key in enumerate(have.keys)}
    missing = [index for index, key in enumerate(keys) if key not in places]
    for index, key in enumerate(keys):
        if key in places:
            have, row = places[key]
            for name, array in arrays.items():
                array[index] = have.arrays[name][row]
    for index in track(progress, "encode", missing):
        found = encoder.features(reference_map.image(index), reference_map.camera(index))
        for name, array in arrays.items():
            with np.errstate(over="ignore"):
                array[index] = found[name][0]
            if not np.isfinite(array[index]).all():
                raise ModelFormatError(
                    f"{model.name} gives {name} features of {reference_map.names[index]} that do not fit float16",
                    "Export it again: reloc export; or take another --precision",
                )
    return Encodings(keys, arrays), len(missing)


def write(encodings: Encodings, folder: Path) -> None:
    """Write them beside the encoder in ``folder``."""
    for name, array in encodings.arrays.items():
        (folder / f"{name}.npy").write_bytes(_npy(array))
    (folder / ABOUT).write_text(json.dumps({"keys": list(encodings.keys)}, indent=0) + "\n")


def _npy(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()
