"""Find the first triangle on a ray with Embree: exact, without a GPU or window system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32
from reloc.errors import DependencyError

Ints = NDArray[np.int32]
NOTHING = -1  # index for a ray that meets no triangle


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """The first hits of N rays."""

    triangle: Ints  # (N,) index, or NOTHING
    distance: Float32  # (N,) in units of the direction's length
    barycentric: Float32  # (N, 3) weights of the triangle's corners
    along_normal: NDArray[np.bool_]  # (N,) whether the ray runs along the triangle's normal, so it met the back


class RayCaster:
    """Cast rays into one mesh by Embree."""

    def __init__(self, vertices: Float32, triangles: Ints) -> None:
        """Build the tree.

        Args:
            vertices: (V, 3) meters.
            triangles: (T, 3) indices of vertices, anticlockwise seen from outside.

        Raises:
            DependencyError: Embree is not installed.
        """
        scene_module, mesh_module = _embree()
        self._scene = scene_module.EmbreeScene(robust=True)  # rays do not slip through between two triangles
        self._mesh = mesh_module.TriangleMesh(
            self._scene, np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(triangles, np.int32)
        )

    def first_hits(self, start: Float32, direction: Float32) -> Hits:
        """Return the first triangle on each ray; ``start`` and ``direction`` are (N, 3)."""
        found = self._scene.run(_rows(start), _rows(direction), output=True)
        u, v = found["u"], found["v"]
        return Hits(
            triangle=found["primID"],
            distance=found["tfar"],
            barycentric=np.stack([1.0 - u - v, u, v], axis=1),
            along_normal=np.einsum("ni,ni->n", found["Ng"], direction) > 0.0,
        )

    def is_blocked(self, start: Float32, direction: Float32, length: Float32) -> NDArray[np.bool_]:
        """Return whether each ray meets a triangle within ``length`` (N,), in units of its direction's length.

        This is faster than :meth:`first_hits`.
        """
        found = self._scene.run(_rows(start), _rows(direction), dists=np.ascontiguousarray(length), query="OCCLUDED")
        return np.asarray(found != NOTHING)


def _rows(values: Float32) -> Float32:
    return np.ascontiguousarray(values, np.float32)


def _embree() -> tuple[Any, Any]:
    try:
        from embreex import mesh_construction, rtcore_scene
    except ImportError as error:
        raise DependencyError(
            "Synthetic worlds need the package embreex, which is not installed",
            "Run: pip install embreex, on an x86-64 processor; existing worlds do not need it",
        ) from error
    return rtcore_scene, mesh_construction
