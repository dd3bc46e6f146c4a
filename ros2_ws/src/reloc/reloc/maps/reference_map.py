"""A map for everything that localizes: held by this process, without COLMAP."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
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
from reloc.maps.integrity import check_files
from reloc.maps.manifest import FileEntry, Manifest, read_head
from reloc.maps.npy import array_in
from reloc.maps.private_copy import PrivateCopies
from reloc.maps.signing import PublicKey, read_signature, verify_signature
from reloc.parsing import names
from reloc.parsing.blame import Blame, shown

_FIX = "Build or fetch the map again"
_SMALL = 1 << 24  # bytes


class ReferenceMap:
    """A map opened for reading.

    Arrays are read-only copies that this process alone holds (:mod:`reloc.maps.private_copy`). Overwriting or deleting
    the folder does not change an opened map. :meth:`changed` reports it, and :meth:`reopen` opens the new content. Only
    files that the manifest lists are ever read.
    """

    def __init__(self, path: Path, head: bytes, *, asked: Path, verify: bool, public_key: PublicKey | None) -> None:
        """Use :meth:`open`."""
        self.path = path
        self.head_sha256 = hashlib.sha256(head + read_signature(path)).hexdigest()  # of map.json and its signature
        self._asked, self._verify, self._public_key = asked, verify, public_key
        self.manifest = Manifest.from_json(head, str(path / layout.MANIFEST))
        self._entries: Mapping[str, FileEntry] = {entry.path: entry for entry in self.manifest.files}
        at_once = [entry for entry in self.manifest.files if _is_read_at_once(entry)]
        self._snapshot = Snapshot.take(asked, path, (layout.MANIFEST, layout.SIGNATURE, *(e.path for e in at_once)))
        self._copies = PrivateCopies(path)
        self._arrays: dict[str, NDArray[Any]] = {}
        contents = self._read_all(at_once)
        self._small = {e.path: contents[e.path].tobytes() for e in at_once if not e.path.endswith(".npy")}
        if self.manifest.references == 0:
            raise MapEmptyError(f"The map {path} has no reference", "Build it from a source with posed images")
        for needed in (layout.REFERENCES, layout.CAMERAS, layout.POSES):
            self._listed(needed)
        self.references, frame = references_in(self._small[layout.REFERENCES], path / layout.REFERENCES)
        self._cameras, self._camera_of = cameras_in(self._small[layout.CAMERAS], path / layout.CAMERAS)
        for entry in at_once:
            if entry.path.endswith(".npy"):
                self._arrays[entry.path] = array_in(contents[entry.path], str(path / entry.path))
        self.world_from_cam: Float64 = self._arrays[layout.POSES]  # (N, 4, 4)
        self._features = self.arrays(layout.FEATURES)
        self._landmarks = self.arrays(layout.LANDMARKS)
        freeze(self.world_from_cam)
        self._check(frame)

    @classmethod
    def open(cls, path: Path | str, verify: bool = True, public_key: PublicKey | str | None = None) -> ReferenceMap:
        """Open the map in the folder ``path``.

        Args:
            verify: hash every file (about 1 s per GB); without it, only the sizes are compared.
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
        return LocalFeatures(f["uv"][part], f["size"][part], f["angle"][part], f["descriptors"][part])

    def landmark_ids(self, index: int) -> Int32:
        """Return (K,) the landmark of each key point of reference ``index``, -1 for none."""
        if not self.has_landmarks:
            raise MapFeatureError(
                f"The map {self.path} has no landmarks", "Build it with --landmarks triangulate or depth"
            )
        return self._landmarks["ids"][self._span(index)]

    @property
    def has_landmarks(self) -> bool:
        """Whether key points have known 3D points."""
        return self.manifest.landmarks > 0

    @property
    def landmarks(self) -> Float32:
        """(L, 3) points in the world; no rows if the map has no landmarks."""
        return self._landmarks.get("xyz", np.zeros((0, 3), np.float32))

    @property
    def landmark_observations(self) -> Int32:
        """(L,) how many references see each landmark."""
        return self._landmarks.get("observations", np.zeros(0, np.int32))

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
        folder = PurePosixPath(layout.arrays_folder(prefix))
        files = (PurePosixPath(path) for path in self._entries)
        return {
            file.stem: self._array(file.as_posix())
            for file in files
            if file.parent == folder and file.suffix == ".npy" and not file.name.startswith(".")
        }

    def _array(self, path: str) -> NDArray[Any]:
        if path not in self._arrays:
            try:
                content = self._copies.read(self._listed(path), self._verify)
            except MapError as error:
                if not (change := self.changed()):
                    raise
                raise MapChangedError(f"{error.problem}: {change}", "Open the map again") from error
            self._arrays[path] = array_in(content, str(self.path / path))
        return self._arrays[path]

    def _read_all(self, at_once: list[FileEntry]) -> dict[str, UInt8]:
        """Check all files; those that are read at once are read once and hashed from the copy."""
        by_size = sorted(at_once, key=lambda entry: -entry.size)
        with ThreadPoolExecutor(1, "reloc-map") as beside:
            reading = beside.submit(lambda: {e.path: self._copies.read(e, self._verify) for e in by_size})
            check_files(self.path, self.manifest, hashes=self._verify, skip={e.path for e in at_once})
            return reading.result()

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
        offsets = self._features["offsets"]
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


def _is_read_at_once(entry: FileEntry) -> bool:
    """Return the files that every localizer needs, and calibrations; others are read on request."""
    if entry.path in (layout.REFERENCES, layout.CAMERAS, layout.POSES):
        return True
    file = PurePosixPath(entry.path)
    if file.suffix == ".json":
        return file.parts[0] == layout.COMPILED and entry.size <= _SMALL
    parents = (layout.arrays_folder(layout.FEATURES), layout.arrays_folder(layout.LANDMARKS))
    return file.parent.as_posix() in parents and file.suffix == ".npy"
