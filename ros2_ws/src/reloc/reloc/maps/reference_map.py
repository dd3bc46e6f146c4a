"""A map for everything that localizes: held by this process, without COLMAP."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

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
from reloc.geometry.cameras import Camera
from reloc.maps import added_features, layout
from reloc.maps.added_features import AddedFeatures, lacking
from reloc.maps.change import Snapshot
from reloc.maps.content import Reference as Reference
from reloc.maps.content import cameras_in, references_in
from reloc.maps.feature_set import UNMATCHED, FeatureSet
from reloc.maps.first_reading import is_read_first, read_first
from reloc.maps.held_array import HeldArray
from reloc.maps.manifest import FileEntry, Manifest, read_head
from reloc.maps.map_features import kind_of
from reloc.maps.npy import array_in
from reloc.maps.opening import check_parts
from reloc.maps.paging import Damaged, Paging
from reloc.maps.private_copy import PrivateCopies
from reloc.maps.rows_on_disk import RowsOnDisk
from reloc.maps.signing import PublicKey, read_signature, verify_signature
from reloc.maps.stored_array import Stored
from reloc.parsing import names
from reloc.parsing.blame import Blame, shown

_FIX = "Build or fetch the map again"
T = TypeVar("T")


class ReferenceMap:
    """A map opened for reading.

    Arrays are read-only copies that this process alone holds (:mod:`reloc.maps.private_copy`). Overwriting or deleting
    the folder does not change an opened map. :meth:`changed` reports it, and :meth:`reopen` opens the new content. Only
    files that the manifest lists are ever read.

    A map opened without ``verify`` copies larger arrays when they are first used (:mod:`reloc.maps.held_array`). If a
    file was written to before that, its first use is a :class:`MapChangedError`.

    A map opened with ``memory_limit_mb`` reads key points, descriptors and the looks of landmarks from their files when
    they are asked for (:mod:`reloc.maps.paged_array`). A reference that cannot be read then has no key points:
    :attr:`damaged`.
    """

    def __init__(
        self,
        path: Path,
        head: bytes,
        *,
        asked: Path,
        verify: bool,
        public_key: PublicKey | None,
        memory_limit_mb: int = 0,
    ) -> None:
        """Use :meth:`open`."""
        self.path = path
        self.head_sha256 = hashlib.sha256(head + read_signature(path)).hexdigest()  # of map.json and its signature
        self._asked, self._verify, self._public_key = asked, verify, public_key
        self.manifest = Manifest.from_json(head, str(path / layout.MANIFEST))
        self._entries: Mapping[str, FileEntry] = {entry.path: entry for entry in self.manifest.files}
        marked = (e.path for e in self.manifest.files if is_read_first(e))
        self._snapshot = Snapshot.take(asked, path, (layout.MANIFEST, layout.SIGNATURE, *marked))
        self._copies = PrivateCopies(path)
        self.memory_limit_mb = memory_limit_mb
        self._paging = Paging(path, memory_limit_mb) if memory_limit_mb else None
        self._damaged = Damaged()
        reading = read_first(path, self.manifest, self._copies, verify=verify, paging=self._paging)
        self._small, self._held = reading.small, reading.arrays
        if self.manifest.references == 0:
            raise MapEmptyError(f"The map {path} has no reference", "Build it from a source with posed images")
        for needed in (layout.REFERENCES, layout.CAMERAS, layout.POSES):
            self._listed(needed)
        self.references, frame = references_in(self._small[layout.REFERENCES], path / layout.REFERENCES)
        self._cameras, self._camera_of = cameras_in(self._small[layout.CAMERAS], path / layout.CAMERAS)
        self.world_from_cam: Float64 = self._held[layout.POSES].values  # (N, 4, 4)
        freeze(self.world_from_cam)
        if self._paging is not None:
            self._paging.cache.reserve(self.world_from_cam.nbytes)
        parts = self.world_from_cam, self.references, len(self._cameras), self._camera_of
        check_parts(path, self.manifest, frame, *parts)
        # Of a view with added features: the map that it is of, and what was added.
        self._viewed: ReferenceMap | None = None
        self._added: AddedFeatures | None = None
        self._of_kind = self._feature_set(self.manifest)

    @classmethod
    def open(
        cls,
        path: Path | str,
        verify: bool = True,
        public_key: PublicKey | str | None = None,
        memory_limit_mb: int = 0,
    ) -> ReferenceMap:
        """Open the map in the folder ``path``.

        Args:
            verify: hash every file (about 1 s per GB); without it, only the sizes are compared, and larger arrays are
                copied when they are first used or by :meth:`copy_arrays`.
            public_key: refuse a map that is not signed by this key (its text, or the path of its file), and hash every
                file regardless of ``verify``. Empty or None accepts any map.
            memory_limit_mb: the map's arrays take at most this much memory (MB); pages of key points and descriptors
                are read when they are needed, and the least recently used ones leave. Each page is compared with its
                hash. 0 holds all.

        Raises:
            ConfigError: the memory limit is too small for what must stay in memory and one reference.
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
        return cls(
            folder, head, asked=asked, verify=verify, public_key=checked_key, memory_limit_mb=max(0, memory_limit_mb)
        )

    def with_features(self, kind: str, who: str = "A localizer") -> ReferenceMap:
        """Return the map as if it had been built with local features ``kind``: key points, landmarks and global
        descriptors are theirs.

        Args:
            kind: their name; empty: those that the map was built with.
            who: needs them, for the error.

        Raises:
            MapFeatureError: the map has no such features.
            MapIncompleteError, MapHashError: they are incomplete, or not those that the manifest lists.
        """
        built = self._viewed or self
        if kind in ("", kind_of(built.manifest.build)):
            return built
        if kind not in added_features.names_in(self.manifest):
            raise lacking(self.path, built.manifest, kind, who)
        file = added_features.kind_file(kind)
        seen = copy.copy(built)
        seen._damaged = Damaged()
        seen._viewed, seen._added = built, added_features.parse(self.read(file), self.path / file, kind)
        seen.manifest = seen._added.seen_in(built.manifest)
        seen._of_kind = seen._feature_set(seen.manifest)
        return seen

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
        return type(self).open(self._asked, self._verify, self._public_key, self.memory_limit_mb)

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
            content = PrivateCopies(self.path).read(self._listed(self.references[index].image), verify=True)
        except MapError as error:
            raise ImageError(error.problem, self._fix_for_changed(error)) from error
        return images.decode(content, str(file))

    @property
    def damaged(self) -> str:
        """Which references could not be read since the map was opened with a memory limit; empty if all could."""
        return str(self._damaged)

    @property
    def held_bytes(self) -> int:
        """Bytes of arrays and pages in memory, of a map with a memory limit; 0 without one."""
        return 0 if self._paging is None else self._paging.cache.held_bytes

    def features(self, index: int) -> LocalFeatures:
        """Return key points and descriptors of reference ``index``.

        Raises:
            MapChangedError: an array was written to before it was first used.
        """
        return self._of_reference(index, self._of_kind.features, self._of_kind.nothing)

    def landmark_ids(self, index: int) -> Int32:
        """Return (K,) the landmark of each key point of reference ``index``, -1 for none."""
        self._require_landmarks()
        return self._of_reference(index, self._of_kind.landmark_ids, lambda: np.zeros(0, np.int32))

    def seen_landmarks(self, index: int) -> tuple[Int32, NDArray[Any]]:
        """Return the landmarks (K,) that reference ``index`` sees, one for each of its key points that have one, and
        the descriptors (K, D) of these key points, a byte a number.
        """
        self._require_landmarks()
        nothing = self._of_kind.nothing
        return self._of_reference(
            index, self._of_kind.seen_landmarks, lambda: (np.zeros(0, np.int32), nothing().descriptors)
        )

    @property
    def has_landmarks(self) -> bool:
        """Whether key points have known 3D points."""
        return self.manifest.landmarks > 0

    @property
    def landmarks(self) -> Float32:
        """(L, 3) points in the world; no rows if the map has no landmarks."""
        return self._of_kind.xyz

    @property
    def landmark_observations(self) -> Int32:
        """(L,) how many references see each landmark."""
        return self._of_kind.observations

    @property
    def landmark_presence(self) -> Float32:
        """(L,) probability, 0 to 1, that each landmark is still there after the later drives. Below one half it counts
        as gone: references do not see it.
        """
        return self._of_kind.presence

    @property
    def landmark_descriptors(self) -> Float32:
        """(L, D) of length 1: each landmark's mean descriptor over the references that see it."""
        return self._of_kind.landmark_descriptors

    def landmark_looks(self, ids: NDArray[np.integer[Any]]) -> Float32:
        """Return the rows of :attr:`landmark_descriptors` of some landmarks (K,) in ascending order; zeros if they
        cannot be read.

        With a memory limit, only the part that holds them is read, unless all of them fit into a quarter of the limit.
        """
        try:
            return self._of_kind.looks(ids)
        except MapError as error:
            if self._paging is None:
                raise
            self._damaged.note(-1, f"landmarks {ids[0]} to {ids[-1]}", error)
            return np.zeros((len(ids), self._of_kind.nothing().descriptors.shape[1]), np.float32)

    def arrays(self, prefix: str, skip: str = "") -> dict[str, NDArray[Any]]:
        """Return the arrays stored under ``prefix`` (for example ``retrieval/vlad``) by name; empty if none are listed.

        Args:
            skip: leave out the array of this name.

        Raises:
            MapHashError: ``prefix`` leads out of the map, or a file is not an array.
            MapChangedError: a file was changed, replaced or deleted since the map was opened.
        """
        no_place = Blame(
            shown(prefix), MapHashError, "Give a name like 'retrieval/vlad'", verdict="is not a path in a map"
        )
        names.relative(prefix, no_place, "the map")
        return {name: held.values for name, held in self._held_in(prefix, skip).items()}

    def rows_on_disk(self, prefix: str, name: str) -> RowsOnDisk:
        """Return the rows of an array stored under ``prefix``, which are read from its file when they are asked for.

        Raises:
            MapIncompleteError: it is not listed, missing, or of another form.
            MapHashError: it is not an array, or the map was opened with ``verify`` and it differs from the list.
        """
        return RowsOnDisk(self.path, self._listed(f"{self._folder_of(prefix)}/{name}.npy"), self._verify)

    def copy_arrays(self) -> None:
        """Copy the arrays that opening without hashes left on disk. Whatever opens a localizer calls it.

        Raises:
            MapChangedError: an array was written to since the map was opened.
        """
        for held in self._held.values():
            if isinstance(held, HeldArray):
                _ = held.values

    def _of_reference(self, index: int, read: Callable[[int], T], nothing: Callable[[], T]) -> T:
        """Read something of a reference. With a memory limit, one that cannot be read has nothing from then on."""
        self._checked(index)
        if index in self._damaged:
            return nothing()
        try:
            return read(index)
        except MapError as error:
            if self._paging is None:
                raise
            self._damaged.note(index, self.references[index].name, error)
            return nothing()

    def _held_in(self, prefix: str, skip: str = "") -> dict[str, Stored]:
        """Return the listed arrays under ``prefix`` by name, without the one named ``skip``."""
        folder = PurePosixPath(self._folder_of(prefix)).as_posix()
        found = [path for path in self._entries if path.endswith(".npy") and path.rpartition("/")[0] == folder]
        stems = {PurePosixPath(path).stem: path for path in found}
        return {stem: self._hold(path) for stem, path in stems.items() if not stem.startswith(".") and stem != skip}

    def _folder_of(self, prefix: str) -> str:
        return layout.arrays_folder(self._added.place(prefix) if self._added is not None else prefix)

    def _hold(self, path: str) -> Stored:
        if path not in self._held:
            entry = self._listed(path)
            if self._paging is not None and self._paging.is_paged(entry):
                self._held[path] = self._paging.open(
                    entry, self._copies, self._small, self._verify, checked=self._verify
                )
                return self._held[path]
            try:
                content = self._copies.read(entry, self._verify)
            except MapError as error:
                if not (change := self.changed()):
                    raise
                raise MapChangedError(f"{error.problem}: {change}", "Open the map again") from error
            self._held[path] = HeldArray.of(array_in(content, str(self.path / path)))
        return self._held[path]

    def _listed(self, path: str) -> FileEntry:
        if path not in self._entries:
            raise MapIncompleteError(f"{self.path / path} is not listed in {layout.MANIFEST}", _FIX)
        return self._entries[path]

    def _fix_for_changed(self, error: MapError) -> str:
        change = self.changed()
        return f"{change}: open the map again" if change else error.fix

    def _feature_set(self, manifest: Manifest) -> FeatureSet:
        apart = f"{self._folder_of(layout.FEATURES)}/{UNMATCHED}.npy"
        unmatched = self._hold(apart) if self.is_listed(apart) else None
        arrays = self._held_in(layout.FEATURES, skip=UNMATCHED), self._held_in(layout.LANDMARKS)
        found = FeatureSet(self.path, *arrays, len(self), manifest.landmarks, unmatched)
        if self._paging is not None:
            self._limit(found, self._paging)
        return found

    def _limit(self, found: FeatureSet, paging: Paging) -> None:
        """Reserve memory for what stays in it."""
        paging.cache.reserve(found.held_bytes, found.largest_bytes)
        for packed, size in enumerate(found.looks_bytes):
            if size and paging.cache.fits(size, found.largest_bytes):
                with suppress(MapError):  # a part is damaged: it is named when it is asked for
                    found.hold_looks(bool(packed))
                    paging.cache.reserve(size, found.largest_bytes)
                return

    def _require_landmarks(self) -> None:
        if not self.has_landmarks:
            raise MapFeatureError(
                f"The map {self.path} has no landmarks", "Build it with --landmarks triangulate or depth"
            )

    def _checked(self, index: int) -> int:
        if not 0 <= index < len(self):
            raise IndexError(f"reference {index} of {len(self)}")
        return index
