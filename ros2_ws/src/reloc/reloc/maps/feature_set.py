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
from reloc.maps import array_form, compact
from reloc.maps.held_array import HeldArray
from reloc.maps.landmark_descriptors import mean_descriptors, of_length_1

UNMATCHED = "unmatched"  # array: descriptors of key points without a landmark, in maps that keep them apart


class FeatureSet:
    """What a map stores of one kind of features, whether in the compact form or in that of before."""

    def __init__(
        self,
        folder: Path,
        features: Mapping[str, HeldArray],
        landmarks: Mapping[str, HeldArray],
        references: int,
        count: int,
        unmatched: HeldArray | None,
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
        self._seen = landmarks["ids"].values >= 0 if count else np.zeros(key_points, bool)
        self._with_landmark = np.concatenate([[0], np.cumsum(self._seen)])  # rows before each key point
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
        part, stored = self.span(index), self._features
        uv, size = compact.uv_of(stored["uv"].values[part]), compact.size_of(stored["size"].values[part])
        return LocalFeatures(uv, size, compact.angle_of(stored["angle"].values[part]), self._descriptors(part))

    def landmark_ids(self, index: int) -> Int32:
        """Return (K,) the landmark of each key point of reference ``index``, -1 for none."""
        ids: Int32 = self._landmarks["ids"].values[self.span(index)]
        return ids

    def seen_landmarks(self, index: int) -> tuple[Int32, NDArray[Any]]:
        """Return the landmarks (K,) that reference ``index`` sees, and the descriptors (K, D) of its key points there,
        a byte a number.
        """
        part = self.span(index)
        seen = self._seen[part]
        return self._landmarks["ids"].values[part][seen], self._with_landmarks(part)

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

    def _with_landmarks(self, part: slice) -> NDArray[Any]:
        if self._unmatched is None:
            return compact.descriptors_of(self._features["descriptors"].values[part][self._seen[part]])
        rows = slice(int(self._with_landmark[part.start]), int(self._with_landmark[part.stop]))
        return compact.descriptors_of(self._features["descriptors"].values[rows])

    def _descriptors(self, part: slice) -> NDArray[Any]:
        stored = self._features["descriptors"].values
        if self._unmatched is None:
            return compact.descriptors_of(stored[part])
        others = self._unmatched.values[part.start - int(self._with_landmark[part.start]) :]
        seen = self._seen[part]
        both = np.empty((len(seen), stored.shape[1]), stored.dtype)
        both[seen] = stored[int(self._with_landmark[part.start]) : int(self._with_landmark[part.stop])]
        both[~seen] = others[: len(seen) - int(np.count_nonzero(seen))]
        return compact.descriptors_of(both)
