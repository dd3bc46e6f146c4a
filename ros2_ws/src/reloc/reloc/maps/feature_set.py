"""Key points, descriptors and landmarks of all references of a map, of one kind of local features."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Int32, LocalFeatures, freeze
from reloc.features.descriptors import as_unit
from reloc.maps import array_form, compact, page_hashes
from reloc.maps.landmark_descriptors import mean_descriptors, of_length_1
from reloc.maps.paged_array import PagedArray
from reloc.maps.stored_array import Stored

PRESENCE = "presence"  # array: probability that each landmark is still there, in maps of several drives
FADED = 128  # of 255: a landmark that is less probable counts as gone
UNMATCHED = "unmatched"  # array: descriptors of key points without a landmark, in maps that keep them apart


class FeatureSet:
    """What a map stores of one kind of features, whether in the compact form or in that of before."""

    def __init__(
        self,
        folder: Path,
        features: Mapping[str, Stored],
        landmarks: Mapping[str, Stored],
        references: int,
        count: int,
        unmatched: Stored | None,
    ) -> None:
        """Check the arrays.

        Args:
            folder: the map's, for errors.
            features, landmarks: arrays by name, as stored.
            references: how many.
            count: landmarks.
            unmatched: descriptors of key points without a landmark; None if they lie among the others.

        Raises:
            MapIncompleteError: an array is missing or of another form.
        """
        self.folder, self.count = folder, count
        self._features, self._landmarks, self._unmatched = features, landmarks, unmatched
        key_points = array_form.check_features(folder, features, references)
        if count:
            array_form.check_landmarks(folder, landmarks, key_points, count)
        self._packed: NDArray[Any] | None = None  # descriptors of landmarks as stored, of a map on disk
        self._there: NDArray[np.bool_] | None = None  # (L + 1,) of each landmark, and of -1
        if PRESENCE in landmarks and count:
            self._there = np.append(landmarks[PRESENCE].values >= FADED, False)
        self._with_landmark = self._count_with_landmark()  # rows before each reference
        rows = int(self._with_landmark[-1]) if unmatched is not None else key_points
        array_form.check_descriptors(folder, features, "descriptors", rows)
        if unmatched is not None:
            array_form.check_same_descriptors(folder, unmatched, features["descriptors"], key_points - rows)
        if count and "descriptors" in landmarks:
            array_form.check_same_descriptors(folder, landmarks["descriptors"], features["descriptors"], count)

    def span(self, index: int) -> slice:
        """Return which key points are those of reference ``index``."""
        offsets = self._features["offsets"].values
        return slice(int(offsets[index]), int(offsets[index + 1]))

    def features(self, index: int) -> LocalFeatures:
        """Return key points and descriptors of reference ``index``.

        Raises:
            MapError: descriptors that lie apart are missing, changed or of another form.
        """
        uv, size, angle = (self._rows(name, index) for name in ("uv", "size", "angle"))
        found = compact.uv_of(uv), compact.size_of(size), compact.angle_of(angle)
        return LocalFeatures(*found, self._descriptors(index))

    def nothing(self) -> LocalFeatures:
        """Return what an image without key points has."""
        none = np.zeros(0, np.float32)
        descriptors = compact.descriptors_of(self._features["descriptors"].rows(0, 0))
        return LocalFeatures(np.zeros((0, 2), np.float32), none, none, descriptors)

    def landmark_ids(self, index: int) -> Int32:
        """Return (K,) the landmark of each key point of reference ``index``, -1 for none or one that is gone."""
        ids = self._stored_ids(index)
        return ids if self._there is None else np.where(self._there[ids], ids, np.int32(-1))

    def seen_landmarks(self, index: int) -> tuple[Int32, NDArray[Any]]:
        """Return the landmarks (K,) that reference ``index`` sees, and the descriptors (K, D) of its key points there,
        a byte a number.
        """
        stored, ids = self._stored_ids(index), self.landmark_ids(index)
        if self._unmatched is None:
            return ids[ids >= 0], compact.descriptors_of(self._rows("descriptors", index)[ids >= 0])
        start, stop = self._with_landmark[index : index + 2].tolist()
        there = ids[stored >= 0] >= 0
        rows = self._features["descriptors"].rows(start, stop)
        return ids[ids >= 0], compact.descriptors_of(rows if there.all() else rows[there])

    @cached_property
    def presence(self) -> Float32:
        """(L,) probability that each landmark is still there; 1 where no later drive missed it."""
        stored = self._landmarks.get(PRESENCE)
        found = np.ones(self.count, np.float32) if stored is None else stored.values.astype(np.float32) / 255.0
        freeze(found)
        return found

    @property
    def xyz(self) -> Float32:
        """(L, 3) landmarks in the world."""
        return self._landmarks["xyz"].values if "xyz" in self._landmarks else np.zeros((0, 3), np.float32)

    @cached_property
    def observations(self) -> Int32:
        """(L,) how many references see each landmark."""
        stored = self._landmarks.get("observations")
        seen: Int32 = np.zeros(0, np.int32) if stored is None else stored.values.astype(np.int32)
        freeze(seen)
        return seen

    @cached_property
    def landmark_descriptors(self) -> Float32:
        """(L, D) of length 1: each landmark's mean descriptor over the references that see it.

        The build stores it. In a map of before it is computed at the first call, about 0.5 s for 50,000 landmarks.
        """
        if "descriptors" in self._landmarks:
            found = of_length_1(as_unit(compact.descriptors_of(self._landmarks["descriptors"].values)))
        else:
            references = range(self._features["offsets"].shape[0] - 1 if self.count else 0)
            found = mean_descriptors((self.seen_landmarks(index) for index in references), self.count)
        freeze(found)
        return found

    def looks(self, ids: NDArray[np.integer[Any]]) -> Float32:
        """Return the rows of :attr:`landmark_descriptors` of some landmarks (K,) in ascending order; of a map on disk
        only the part that holds them is read.

        Raises:
            MapError: they cannot be read.
        """
        stored = self._landmarks.get("descriptors")
        first, after = (int(ids[0]), int(ids[-1]) + 1) if len(ids) else (0, 0)
        together = after - first == len(ids)
        if not isinstance(stored, PagedArray) or "landmark_descriptors" in self.__dict__:
            return self.landmark_descriptors[first:after] if together else self.landmark_descriptors[ids]
        rows = self._packed[first:after] if self._packed is not None else stored.rows(first, after, keep=False)
        return of_length_1(as_unit(compact.descriptors_of(rows if together else rows[ids - first])))

    def hold_looks(self, packed: bool) -> None:
        """Keep the descriptors of all landmarks in memory, ready to compare or as they are stored."""
        if packed:
            self._packed = self._landmarks["descriptors"].values
        else:
            _ = self.landmark_descriptors

    @property
    def held_bytes(self) -> int:
        """Bytes of what stays in memory, besides the descriptors of landmarks."""
        arrays = (*self._features.values(), *self._landmarks.values())
        held = sum(int(np.prod(a.shape)) * a.dtype.itemsize for a in arrays if not isinstance(a, PagedArray))
        return held + self._with_landmark.nbytes + 4 * self.count  # and what :attr:`observations` holds

    @property
    def looks_bytes(self) -> tuple[int, int]:
        """Bytes of :attr:`landmark_descriptors`, and of what the map stores of them."""
        stored = self._features["descriptors"]
        numbers = compact.descriptors_of(stored.rows(0, 0)).shape[1]
        return 4 * self.count * int(numbers), self.count * int(stored.shape[1])

    @property
    def largest_bytes(self) -> int:
        """Bytes of the pages that the reference with the most key points needs."""
        page, most = page_hashes.PAGE, int(np.diff(self._features["offsets"].values).max(initial=0))
        arrays = (*self._features.values(), *self._landmarks.values(), self._unmatched)
        return sum((most * a.row_bytes // page + 2) * page for a in arrays if isinstance(a, PagedArray))

    def _stored_ids(self, index: int) -> Int32:
        part = self.span(index)
        ids: Int32 = self._landmarks["ids"].rows(part.start, part.stop)
        return ids

    def _rows(self, name: str, index: int) -> NDArray[Any]:
        part = self.span(index)
        return self._features[name].rows(part.start, part.stop)

    def _count_with_landmark(self) -> NDArray[np.int64]:
        """Return (N + 1,) the number of key points with a landmark in front of each reference."""
        offsets = self._features["offsets"].values
        counts = np.zeros(len(offsets), np.int64)
        if self.count:
            for index in range(len(offsets) - 1):
                counts[index + 1] = np.count_nonzero(self._stored_ids(index) >= 0)
        return np.cumsum(counts)

    def _descriptors(self, index: int) -> NDArray[Any]:
        if self._unmatched is None:
            return compact.descriptors_of(self._rows("descriptors", index))
        part, stored = self.span(index), self._features["descriptors"]
        start, stop = self._with_landmark[index : index + 2].tolist()
        seen = self._stored_ids(index) >= 0 if self.count else np.zeros(part.stop - part.start, bool)
        both = np.empty((len(seen), stored.shape[1]), stored.dtype)
        both[seen] = stored.rows(start, stop)
        both[~seen] = self._unmatched.rows(part.start - start, part.stop - stop)
        return compact.descriptors_of(both)
