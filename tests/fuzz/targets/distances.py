"""The option --distance of `reloc map build --sfm`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fuzz.target import Target
from reloc.geometry.cameras import Camera
from reloc.maps.sfm.measures.distances import by_distances
from reloc.maps.sfm.piece import SfmPiece


class Distances(Target):
    """Three images, two of which have a pose."""

    name = "distances"

    def seeds(self) -> Sequence[bytes]:
        """As a person types them."""
        return [b"a/0,a/2,1.5", b"0, 2, 1.5; a/2,a/0,1.45;", b"a/0,a/2,1e300"]

    def run(self, data: bytes) -> None:
        """As the build does."""
        poses = np.tile(np.eye(4), (2, 1, 1))
        poses[1, 0, 3] = 1.0
        camera = Camera(64, 48, 60.0, 60.0, 31.5, 23.5)
        piece = SfmPiece((0, 2), poses, (camera, camera), np.zeros((0, 3)), 1.0, np.nan, 0.5)
        by_distances(piece, ["a/0", "a/1", "a/2"], data.decode("utf-8", "surrogateescape"))


TARGET = Distances()
