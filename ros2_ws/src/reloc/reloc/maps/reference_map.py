"""A map for everything that localizes: held by this process, without COLMAP."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.datatypes import Float32, Float64, Int32, LocalFeatures, UInt8, freeze
from reloc.errors import (
    ImageError,
    MapChangedError,
    MapEmptyError,
    MapError,
    MapFeatureError,
    MapHashError,
    MapIncompleteError,
    MapNotFoundError,
)
from reloc.features.descriptors import as_unit
from reloc.geometry.cameras import Camera
from reloc.maps import array_form, layout
from reloc.maps.change import Snapshot
from reloc.maps.content import Reference as Reference
from reloc.maps.content import cameras_in, references_in
from reloc.maps.first_reading import is_read_first, read_first
from reloc.maps.held_array import HeldArray
from reloc.maps.manifest import FileEntry, Manifest, read_head
from reloc.maps.npy import array_in
from reloc.maps.private_copy import PrivateCopies
from reloc.maps.signing import PublicKey, read_signature, verify_signature
from reloc.parsing import names
from reloc.parsing.blame import Blame, shown

_FIX = "Build or fetch the map again"


class ReferenceMap:
    """A map opened for reading.

    Arrays are read-only copies that this process alone holds (:mod:`reloc.maps.private_copy`). Overwriting or deleting
    the folder does not change an opened map. :meth:`changed` reports it, and :meth:`reopen` opens the new content. Only
    files that the manifest lists are ever read.

    A map opened without ``verify`` copies larger arrays when they are first used (:mod:`reloc.maps.held_array`). If a
    file was written to before that, its first use is a :class:`MapChangedError`.
    """

    def __init__(self, path: Path, head: bytes, *, asked: Path, verify: bool, public_key: PublicKey | None) -> None:
        """Use :meth:`open`."""
        self.path = path
        self.head_sha256 = hashlib.sha256(head + read_signature(path)).hexdigest()  # of map.json and its signature
        self._asked, self._verify, self._public_key = asked, verify, public_key
        self.manifest = Manifest.from_json(head, str(path / layout.MANIFEST))
        self._entries: Mapping[str, FileEntry] = {entry.path: entry for entry in self.manifest.files}
        marked = (e.path for e in self.manifest.files if is_read_first(e))
        self._snapshot = Snapshot.take(asked, path, (layout.MANIFEST, layout.SIGNATURE, *marked))
        self._copies = PrivateCopies(path)
        reading = read_first(path, self.manifest, self._copies, verify=verify)
        self._small, self._held = reading.small, reading.arrays
        if self.manifest.references == 0:
            raise MapEmptyError(f"The map {path} has no reference", "Build it from a source with posed images")
        for needed in (layout.REFERENCES, layout.CAMERAS, layout.POSES):
            self._listed(needed)
        self.references, frame = references_in(self._small[layout.REFERENCES], path / layout.REFERENCES)
        self._cameras, self._camera_of = cameras_in(self._small[layout.CAMERAS], path / layout.CAMERAS)
        self.world_from_cam: Float64 = self._held[layout.POSES].values  # (N, 4, 4)
        self._features = {stem: self._held[path] for stem, path in self._stored(layout.FEATURES)}
        self._landmarks = {stem: self._held[path] for stem, path in self._stored(layout.LANDMARKS)}
        freeze(self.world_from_cam)
        self._check(frame)

    @classmethod
    def open(cls, path: Path | str, verify: bool = True, public_key: PublicKey | str | None = None) -> ReferenceMap:
        """Open the map in the folder ``path``.

        Args:
            verify: hash every file (about 1 s per GB); without it, only the sizes are compared, and larger arrays are
                copied when they are first used or by :meth:`copy_arrays`.
            public_key: refuse a map that is not signed by this key (its text, or the path of its file), and hash every
                file regardless of ``verify``. Empty or None accepts any map.

        Raises:
            MapNotFoundError: there is no map.
            MapEmptyError: it has no reference.
            MapIncompleteError: a file is missing, cut off or does not match the others.
            MapVersionError: a newer reloc wrote it.
            MapHashError: a file differs from the one that the manifest lists.
            MapSignatureError: it is not signed by ``public_key``, or that is not a key.
        """
        key = PublicKey.read(public_key) if isinstance(public_key, str) and public_key else public_key or None
        blame = Blame("The map's folder", MapNotFoundError, "Give the folder of a map")
        folder = names.resolved(path, blame)
        asked = Path(path).expanduser().absolute()
        head = read_head(folder)
        if isinstance(key, PublicKey):
            verify_signature(folder, head, key)
            verify = True
        checked_key = key if isinstance(key, PublicKey) else None
        return cls(folder, head, asked=asked, verify=verify, public_key=checked_key)

    def changed(self) -> str:
        """Return how the map's folder changed since it was opened, as a sentence; empty if it did not.

        It checks ``map.json`` and the files that opening reads, in about 50 microseconds. The opened map stays usable.
        """
        return self._snapshot.difference()

    def reopen(self) -> ReferenceMap:
        """Open what is now at this map's path, with the same options.

        Raises:
            MapError: as in :meth:`open`.
        """
        return type(self).open(self._asked, self._verify, self._public_key)

    def read(self, path: str) -> bytes:
        """Return the content of a listed file, such as a calibration; small files as they were when the map was opened.

        Args:
            path: relative to the map, as the manifest lists it.

        Raises:
            MapIncompleteError: it is missing or not listed, or its size differs from the list.
            MapHashError: its content differs from the list.
        """
        entry = self._listed(path)
        content = self._small.get(path)
        if content is None:
            content = self._copies.read(entry, verify=False).tobytes()
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise MapHashError(f"{self.path / path} is not the file that the map was built with", _FIX)
        return content

    def is_listed(self, path: str) -> bool:
        """Return whether the manifest lists a file."""
        return path in self._entries

    def __len__(self) -> int:
        return len(self.references)

    @property
    def content_hash(self) -> str:
        """Hash of the content, equal for equal content at any place and time."""
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
        """Return the camera of reference ``index``."""
        return self._cameras[self._camera_of[index]]

    def image_path(self, index: int) -> Path:
        """Return the image file of reference ``index``."""
        return self.path / self.references[index].image

    def image(self, index: int) -> UInt8:
        """Return the image of reference ``index``, (H, W, 3) RGB.

        Raises:
            ImageError: the file is missing, changed since the map was opened, or cannot be decoded.
        """
        file = self.image_path(index)
        try:
            content = PrivateCopies(self.path).read(self._listed(self.references[index].image), self._verify)
        except MapError as error:
            raise ImageError(error.problem, self._fix_for_changed(error)) from error
        return images.decode(content, str(file))

    def features(self, index: int) -> LocalFeatures:
        """Return key points and descriptors of reference ``index``."""
        part = self._span(index)
        f = self._features
        uv, size, angle, descriptors = (f[name].values[part] for name in ("uv", "size", "angle", "descriptors"))
        return LocalFeatures(uv, size, angle, descriptors)

    def landmark_ids(self, index: int) -> Int32:
        """Return (K,) the landmark of each key point of reference ``index``, -1 for none."""
        if not self.has_landmarks:
            raise MapFeatureError(
                f"The map {self.path} has no landmarks", "Build it with --landmarks triangulate or depth"
            )
        return self._landmarks["ids"].values[self._span(index)]

    @property
    def has_landmarks(self) -> bool:
        """Whether key points have known 3D points."""
        return self.manifest.landmarks > 0

    @property
    def landmarks(self) -> Float32:
        """(L, 3) points in the world; no rows if the map has no landmarks."""
        return self._landmarks["xyz"].values if "xyz" in self._landmarks else np.zeros((0, 3), np.float32)

    @property
    def landmark_observations(self) -> Int32:
        """(L,) how many references see each landmark."""
        return self._landmarks["observations"].values if "observations" in self._landmarks else np.zeros(0, np.int32)

    @cached_property
    def landmark_descriptors(self) -> Float32:
        """(L, D) of length 1: each landmark's mean descriptor over the references that see it.

        It is computed at the first call, about 0.5 s for 50,000 landmarks, and kept.
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
        """Return the arrays stored under ``prefix`` (for example ``retrieval/vlad``) by name; empty if none are listed.

        Raises:
            MapHashError: ``prefix`` leads out of the map, or a file is not an array.
            MapChangedError: a file was changed, replaced or deleted since the map was opened.
        """
        no_place = Blame(
            shown(prefix), MapHashError, "Give a name like 'retrieval/vlad'", verdict="is not a path in a map"
        )
        names.relative(prefix, no_place, "the map")
        return {stem: self._array(path) for stem, path in self._stored(prefix)}

    def copy_arrays(self) -> None:
        """Copy the arrays that opening without hashes left on disk. Whatever opens a localizer calls it.

        Raises:
            MapChangedError: an array was written to since the map was opened.
        """
        for held in self._held.values():
            _ = held.values

    def _stored(self, prefix: str) -> list[tuple[str, str]]:
        """Return name and path of the listed arrays under ``prefix``."""
        folder = PurePosixPath(layout.arrays_folder(prefix)).as_posix()
        found = (path.rpartition("/") for path in self._entries if path.endswith(".npy"))
        return [
            (name.removesuffix(".npy"), f"{parent}/{name}")
            for parent, _, name in found
            if parent == folder and not name.startswith(".")
        ]

    def _array(self, path: str) -> NDArray[Any]:
        if path not in self._held:
            try:
                content = self._copies.read(self._listed(path), self._verify)
            except MapError as error:
                if not (change := self.changed()):
                    raise
                raise MapChangedError(f"{error.problem}: {change}", "Open the map again") from error
            self._held[path] = HeldArray.of(array_in(content, str(self.path / path)))
        return self._held[path].values

    def _listed(self, path: str) -> FileEntry:
        if path not in self._entries:
            raise MapIncompleteError(f"{self.path / path} is not listed in {layout.MANIFEST}", _FIX)
        return self._entries[path]

    def _fix_for_changed(self, error: MapError) -> str:
        change = self.changed()
        return f"{change}: open the map again" if change else error.fix

    def _span(self, index: int) -> slice:
        if not 0 <= index < len(self):
            raise IndexError(f"reference {index} of {len(self)}")
        offsets = self._features["offsets"].values
        return slice(int(offsets[index]), int(offsets[index + 1]))

    def _check(self, frame: str) -> None:
        """Check that the parts match one another; the hashes only show that nothing changed."""
        count = len(self)
        if frame != self.frame:
            raise MapHashError(
                f"{self.path}: the manifest names the frame {self.frame!r}, but the content names {frame!r}", _FIX
            )
        fits = (
            self.manifest.references == count
            and self.world_from_cam.shape == (count, 4, 4)
            and self.world_from_cam.dtype == np.float64
            and len(self._camera_of) == count
            and max(self._camera_of) < len(self._cameras)
        )
        if not fits:
            raise MapIncompleteError(f"{self.path}: its arrays differ from the sizes in its manifest", _FIX)
        if not np.isfinite(self.world_from_cam).all():
            raise MapHashError(f"{self.path / layout.POSES} holds poses that are not finite", _FIX)
        unlisted = next((r.image for r in self.references if r.image not in self._entries), None)
        if unlisted is not None:
            raise MapIncompleteError(f"{self.path / unlisted} is not listed in {layout.MANIFEST}", _FIX)
        key_points = array_form.check_features(self.path, self._features, count)
        if self.has_landmarks:
            array_form.check_landmarks(self.path, self._landmarks, key_points, self.manifest.landmarks)
