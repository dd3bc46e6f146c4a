"""Check whether a network's training images resemble an image. If not, its pose is meaningless, whatever its
covariance.

The file ``features.npy`` beside the network holds the network's features of the references. Its metadata states how
similar a held-out image of the same place is to one of them::

    "familiarity": {"min_cosine": 0.61, "file": "features.npy", "sha256": "..."}

Cosines are between features minus the references' mean. All features are positive sums of detections, so without the
subtraction any two would be similar.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, freeze
from reloc.errors import ModelFormatError, ModelHashError
from reloc.models.model import Model
from reloc.parsing import json_file, npy_file
from reloc.parsing.blame import Blame
from reloc.parsing.numbers import as_real
from reloc.parsing.regular_file import read_bytes

FILE = "features.npy"
KEY = "familiarity"
MOST = 1024  # features that are kept; a larger map keeps every N-th reference, because references overlap
_FIX = "Export the model again: reloc export"


@dataclass(frozen=True, slots=True, eq=False)
class Familiarity:
    """The features of the references that a network was trained on."""

    features: Float32  # (N, F), minus their mean, of length 1
    mean: Float32  # (F,)
    min_cosine: float = field(default=-1.0)

    def __post_init__(self) -> None:
        freeze(self.features, self.mean)

    @classmethod
    def of(cls, features: NDArray[Any], min_cosine: float = -1.0) -> Familiarity:
        """Build it from the network's features (N, F) of the references."""
        raw = np.asarray(features, dtype=np.float32)
        mean = raw.mean(axis=0)
        return cls(_unit(raw - mean), mean, min_cosine)

    @classmethod
    def open(cls, model: Model) -> Familiarity | None:
        """Read the features of a model; None if it has none.

        Raises:
            ModelFormatError, ModelHashError: the files named in its metadata are missing, of another form, or changed.
        """
        block = model.metadata.get(KEY)
        if block is None:
            return None
        path = model.path / FILE
        blame = Blame(str(model.path), ModelFormatError, _FIX, verdict=f"has no valid {KEY}")
        least = as_real(json_file.field(block, "min_cosine", blame), blame.at("min_cosine"))
        sha256 = json_file.convert(json_file.field(block, "sha256", blame), str, blame.at("sha256"))
        content = read_bytes(path, blame.at(FILE))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ModelHashError(f"{path} is not the file that {model.name} was exported with", _FIX)
        features = npy_file.parse(content, blame.at(FILE))
        if features.ndim != 2 or features.dtype.kind != "f" or len(features) == 0:
            raise blame.at(FILE).refuse(
                f"is {features.dtype} of shape {features.shape}, but floats (N, F) are expected"
            )
        return cls.of(features, least)

    def similarity(self, feature: NDArray[Any]) -> float:
        """Return the cosine, -1 to 1, between a feature (F,) and the most similar reference; -1 if it is not finite."""
        like = self.features @ _unit(np.asarray(feature, dtype=np.float32)[None] - self.mean)[0]
        return float(np.max(like)) if np.isfinite(like).all() else -1.0


def pack(features: NDArray[Any], min_cosine: float) -> tuple[dict[str, Any], bytes]:
    """Return the metadata under :data:`KEY` and the content of :data:`FILE` for a model's export.

    ``features`` (N, F) are those of the references; float16 keeps a cosine to three digits.
    """
    thinned = np.asarray(features)[:: -(-len(features) // MOST)].astype(np.float16)
    stream = io.BytesIO()
    np.save(stream, thinned, allow_pickle=False)
    content = stream.getvalue()
    return {"min_cosine": min_cosine, "file": FILE, "sha256": hashlib.sha256(content).hexdigest()}, content


def _unit(rows: Float32) -> Float32:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)
