"""The scale from known distances between positions of the camera."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import SfmError
from reloc.maps.sfm.piece import SfmPiece
from reloc.maps.sfm.similarity import Similarity
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real

MOST_APART = 1.1  # largest ratio of the scales that two distances give
_FIX = "Give --distance IMAGE,IMAGE,METERS, several with a semicolon between, in quotes"


def by_distances(piece: SfmPiece, names: Sequence[str], text: str) -> tuple[Similarity, str]:
    """Return the scale that known distances give, and what it is from in words.

    Args:
        names: of all images; an end of a name that occurs once will do.
        text: ``IMAGE,IMAGE,METERS``, several with semicolons between.

    Raises:
        SfmError: the text has another form, an image has no pose, or the distances contradict each other.
    """
    blame, scales = Blame("--distance", SfmError, _FIX), []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        words = [word.strip() for word in part.split(",")]
        if len(words) != 3:
            raise blame.refuse(f"is {shown(part)}")
        meters = real(words[2], blame.at("the meters"))
        first, second = (_position(piece, names, word, blame) for word in words[:2])
        apart = float(np.linalg.norm(first - second))
        if not (meters > 0 and apart > 1e-9):
            raise blame.refuse(f"is {shown(part)}: two positions of the camera with a distance above 0 are expected")
        scales.append(meters / apart)
    if not scales:
        raise blame.refuse("is missing")
    if max(scales) / min(scales) > MOST_APART:
        ratio = max(scales) / min(scales)
        raise SfmError(
            f"The distances contradict each other: they give scales that differ by a factor of {ratio:.2f}",
            "Measure again between the camera's positions, along a straight line",
        )
    spread = f", which agree to {100 * (max(scales) / min(scales) - 1):.1f} %" if len(scales) > 1 else ""
    return Similarity.of_scale(float(np.mean(scales))), f"{len(scales)} known distance{'s' * (len(scales) > 1)}{spread}"


def _position(piece: SfmPiece, names: Sequence[str], word: str, blame: Blame) -> Float64:
    found = [i for i, name in enumerate(names) if name == word] or [i for i, n in enumerate(names) if n.endswith(word)]
    if len(found) != 1:
        raise blame.refuse(f"names {shown(word)}, which {'several images end with' if found else 'no image is called'}")
    if found[0] not in piece.images:
        raise blame.refuse(f"names {shown(word)}, for which structure from motion found no pose: choose another image")
    position: Float64 = piece.world_from_cam[piece.images.index(found[0]), :3, 3]
    return position
