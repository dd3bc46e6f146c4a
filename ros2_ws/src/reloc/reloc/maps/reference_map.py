"""A map, as everything that localizes reads it: memory-mapped, and without COLMAP."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.datatypes import Float32, Float64, Int32, LocalFeatures, UInt8, freeze
from reloc.errors import MapEmptyError, MapFeatureError, MapHashError, MapIncompleteError, MapNotFoundError
from reloc.features.descriptors import as_unit
from reloc.geometry.cameras import Camera
from reloc.maps import array_form, layout
from reloc.maps.content import Reference as Reference
from reloc.maps.content import blame_of, load_cameras, load_references
from reloc.maps.integrity import check_files
from reloc.maps.manifest import Manifest
from reloc.parsing import names, npy_file
from reloc.parsing.blame import Blame, shown

_FIX = "Build or fetch the map again"


class ReferenceMap:
    """A map opened for reading. Arrays are read-only and stay on the disk until touched."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        """Use :meth:`open`, which checks first."""
        self.path = path
        self.manifest = manifest
        self.references, frame = load_references(path / layout.REFERENCES)
        self._cameras, self._camera_of = load_cameras(path / layout.CAMERAS)
        self.world_from_cam: Float64 = _load_array(path / layout.POSES)  # (N, 4, 4)
        self._features = self.arrays(layout.FEATURES)
        self._landmarks = self.arrays(layout.LANDMARKS)
        freeze(self.world_from_cam)
        self._check(frame)

    @classmethod
    def open(cls, path: Path | str, verify: bool = True) -> ReferenceMap:
        """Open the map in the folder ``path``.

        ``verify`` hashes every file (about a second a gigabyte); without it, only the sizes are compared.

        Raises:
            MapNotFoundError: there is no map.
            MapEmptyError: it has no reference.
            MapIncompleteError: a file is missing, cut off or does not fit the others.
            MapVersionError: it was written by a newer reloc.
            MapHashError: a file is not the one that the manifest lists.
        """
        folder = names.resolved(path, Blame("The map's folder", MapNotFoundError, "Give the folder of a map"))
        manifest = Manifest.load(folder)
        check_files(folder, manifest, hashes=verify)
        if manifest.references == 0:
            raise MapEmptyError(f"The map {folder} has no reference", "Build it from a source with posed images")
        return cls(folder, manifest)

    def __len__(self) -> int:
        return len(self.references)

    @property
    def content_hash(self) -> str:
        """Same for the same content, wherever and whenever it was built."""
        return self.manifest.content_hash

    @property
    def frame(self) -> str:
        """Name of the map frame."""
        return self.manifest.frame

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the references, unique."""
        return tuple(reference.name for reference in self.references)

    def camera(self, index: int) -> Camera:
        """The camera that took reference ``index``."""
        return self._cameras[self._camera_of[index]]

    def image_path(self, index: int) -> Path:
        """The image file of reference ``index``."""
        return self.path / self.references[index].image

    def image(self, index: int) -> UInt8:
        """The image of reference ``index``, (H, W, 3) RGB.

        Raises:
            ImageError: the file is gone or cannot be decoded.
        """
        return images.load(self.image_path(index))

    def features(self, index: int) -> LocalFeatures:
        """Key points and descriptors of reference ``index``."""
        part = self._span(index)
        f = self._features
        return LocalFeatures(f["uv"][part], f["size"][part], f["angle"][part], f["descriptors"][part])

    def landmark_ids(self, index: int) -> Int32:
        """(K,) the landmark of each key point of reference ``index``, -1 where it has none."""
        if not self.has_landmarks:
            raise MapFeatureError(
                f"The map {self.path} has no landmarks", "Build it with --landmarks triangulate or depth"
            )
        return self._landmarks["ids"][self._span(index)]

    @property
    def has_landmarks(self) -> bool:
        """Whether key points have known places in space."""
        return self.manifest.landmarks > 0

    @property
    def landmarks(self) -> Float32:
        """(L, 3) places in the world; no rows where the map has no landmarks."""
        return self._landmarks.get("xyz", np.zeros((0, 3), np.float32))

    @property
    def landmark_observations(self) -> Int32:
        """(L,) how many references see each landmark."""
        return self._landmarks.get("observations", np.zeros(0, np.int32))

    @cached_property
    def landmark_descriptors(self) -> Float32:
        """(L, D) of length 1: what each landmark looks like, in the mean over the references that see it.

        Made at the first call, about half a second for 50,000 landmarks, and kept for all who ask.
        """
        total = np.zeros((len(self.landmarks), self._features["descriptors"].shape[1]), np.float32)
        for index in range(len(self)) if len(total) else ():
            ids = self.landmark_ids(index)
            known = np.flatnonzero(ids >= 0)
            np.add.at(total, ids[known], as_unit(self.features(index).descriptors[known]))
        total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)
        freeze(total)
        return total

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The arrays stored under ``prefix`` (say ``retrieval/vlad``), by name, memory-mapped; empty where none are.

        Raises:
            MapHashError: ``prefix`` leads out of the map, or a file is no array.
        """
        no_place = Blame(shown(prefix), MapHashError, "Name one like 'retrieval/vlad'", verdict="is no place in a map")
        names.relative(prefix, no_place, "the map")
        folder = self.path / layout.arrays_folder(prefix)
        return {file.stem: _load_array(file) for file in sorted(folder.glob("*.npy"))}

    def _span(self, index: int) -> slice:
        if not 0 <= index < len(self):
            raise IndexError(f"reference {index} of {len(self)}")
        offsets = self._features["offsets"]
        return slice(int(offsets[index]), int(offsets[index + 1]))

    def _check(self, frame: str) -> None:
        """The hashes say that nothing changed; this says that the parts fit one another."""
        count = len(self)
        if frame != self.frame:
            raise MapHashError(f"{self.path}: the manifest names the frame {self.frame!r}, the content {frame!r}", _FIX)
        fits = (
            self.manifest.references == count
            and self.world_from_cam.shape == (count, 4, 4)
            and self.world_from_cam.dtype == np.float64
            and len(self._camera_of) == count
            and max(self._camera_of) < len(self._cameras)
        )
        if not fits:
            raise MapIncompleteError(f"{self.path}: its arrays are not of the sizes its manifest tells", _FIX)
        if not np.isfinite(self.world_from_cam).all():
            raise MapHashError(f"{self.path / layout.POSES} holds poses that are not finite", _FIX)
        key_points = array_form.check_features(self.path, self._features, count)
        if self.has_landmarks:
            array_form.check_landmarks(self.path, self._landmarks, key_points, self.manifest.landmarks)


def _load_array(file: Path) -> NDArray[Any]:
    return npy_file.load(file, blame_of(file), mapped=True)
