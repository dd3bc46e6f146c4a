"""All that a map holds of one kind of local features, in the compact form: read, reduced, extended, written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Int32, LocalFeatures, UInt8
from reloc.features.descriptors import as_stored
from reloc.maps import compact, layout
from reloc.maps.building import arrays
from reloc.maps.feature_set import PRESENCE, UNMATCHED
from reloc.maps.landmark_descriptors import mean_descriptors
from reloc.maps.reference_map import ReferenceMap

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class KindContent:
    """Key points of N references, one after the other, and L landmarks."""

    counts: NDArray[np.int64]  # (N,) key points of each reference
    uv: Array  # (K, 2), and so on: as stored
    size: Array
    angle: Array
    descriptors: Array
    ids: Int32  # (K,) landmark of each, -1 for none
    xyz: Float32  # (L, 3)
    error_px: Array  # (L,)
    looks: Array  # (L, ...) descriptors of landmarks, as stored
    presence: UInt8  # (L,) probability that each landmark is still there: :mod:`reloc.maps.editing.fading`

    @classmethod
    def read(cls, view: ReferenceMap) -> Self:
        """Take what a map holds, of the kind that it shows; plain numbers of maps of before become compact."""
        stored = view.arrays(layout.FEATURES)
        count = view.manifest.landmarks
        counts = np.diff(stored["offsets"]).astype(np.int64)
        found = view.arrays(layout.LANDMARKS) if count else {}
        ids = found["ids"].astype(np.int32) if count else np.full(int(counts.sum()), -1, np.int32)
        descriptors = stored["descriptors"]
        if UNMATCHED in stored:
            together = np.empty((len(ids), descriptors.shape[1]), descriptors.dtype)
            together[ids >= 0], together[ids < 0] = descriptors, stored[UNMATCHED]
            descriptors = together
        descriptors = compact.pack_descriptors(descriptors)
        content = cls(
            counts,
            compact.pack_uv(compact.uv_of(stored["uv"])),
            compact.pack_size(compact.size_of(stored["size"])),
            compact.pack_angle(compact.angle_of(stored["angle"])),
            descriptors,
            ids,
            found["xyz"] if count else np.zeros((0, 3), np.float32),
            found["error_px"].astype(np.float16) if "error_px" in found else np.zeros(count, np.float16),
            compact.pack_descriptors(found["descriptors"]) if "descriptors" in found else descriptors[:0],
            found.get(PRESENCE, np.full(count, 255, np.uint8)),
        )
        return content if len(content.looks) == count else content._with_looks(np.arange(count))

    def kept(self, keep: NDArray[np.bool_]) -> Self:
        """Return it with the references (N,) of ``keep`` alone; landmarks that none of them sees are left out."""
        points = np.repeat(keep, self.counts)
        ids = self.ids[points]
        lost = np.unique(self.ids[~points])
        used = np.unique(ids[ids >= 0])
        number = np.full(len(self.xyz) + 1, -1, np.int32)  # the last is that of -1
        number[used] = np.arange(len(used), dtype=np.int32)
        left = type(self)(
            self.counts[keep], self.uv[points], self.size[points], self.angle[points], self.descriptors[points],
            number[ids], self.xyz[used], self.error_px[used], self.looks[used], self.presence[used],
        )  # fmt: skip
        changed = number[lost[lost >= 0]]
        return left._with_looks(changed[changed >= 0])

    def followed_by(
        self, features: Sequence[LocalFeatures], ids: Int32, xyz: Float32, error_px: Array, touched: NDArray[np.intp]
    ) -> Self:
        """Return it with further references and landmarks; the numbers of those that are there stay.

        Args:
            ids: (K,) of all key points, the former and the new ones.
            xyz, error_px: of the new landmarks.
            touched: former landmarks that references see now that did not before.
        """
        uv = np.concatenate([compact.uv_of(self.uv), *(f.uv for f in features)])
        first, count = len(self.xyz), len(self.xyz) + len(xyz)
        joined = [np.concatenate([f.descriptors for f in features])]
        descriptors = np.concatenate([self.descriptors, compact.pack_descriptors(joined[0])])
        looks = np.zeros((count, descriptors.shape[1]), descriptors.dtype)
        looks[:first] = self.looks
        added = type(self)(
            np.concatenate([self.counts, [len(f) for f in features]]).astype(np.int64),
            compact.pack_uv(uv),
            np.concatenate([self.size, *(compact.pack_size(f.size) for f in features)]),
            np.concatenate([self.angle, *(compact.pack_angle(f.angle) for f in features)]),
            descriptors,
            ids,
            np.concatenate([self.xyz, xyz.astype(np.float32)]),
            np.concatenate([self.error_px, error_px.astype(np.float16)]),
            looks,
            np.concatenate([self.presence, np.full(len(xyz), 255, np.uint8)]),
        )
        return added._with_looks(np.concatenate([touched, np.arange(first, count)]).astype(np.intp))

    def of_references(self, values: Array) -> list[Array]:
        """Return an array (K, ...) of all key points in parts, one for each reference."""
        return np.split(values, np.cumsum(self.counts)[:-1])

    @property
    def observations(self) -> NDArray[np.int64]:
        """(L,) how many references see each landmark."""
        reference = np.repeat(np.arange(len(self.counts)), self.counts)
        seen = self.ids >= 0
        once = np.unique(np.column_stack([reference[seen], self.ids[seen]]), axis=0)
        return np.bincount(once[:, 1], minlength=len(self.xyz)).astype(np.int64)

    def figures(self) -> dict[str, Any]:
        """Return what a manifest's report says of them."""
        seen, observations = self.ids >= 0, self.observations
        return {
            "landmarks": len(self.xyz),
            "observations": int(seen.sum()),
            "key_points_with_landmark": round(float(seen.mean()), 4) if len(seen) else 0.0,
            "mean_track": round(float(observations.mean()), 3) if len(observations) else 0.0,
        }

    def write(self, content: Path, features: str, landmarks: str) -> None:
        """Write the arrays under the prefixes ``features`` and ``landmarks``."""
        seen = self.ids >= 0
        parts = {"descriptors": self.descriptors[seen], UNMATCHED: self.descriptors[~seen]}
        if not seen.any():
            parts = {"descriptors": self.descriptors}
        offsets = np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)
        plain = {"uv": self.uv, "size": self.size, "angle": self.angle, "offsets": offsets}
        arrays.store(content, features, plain | parts)
        if not len(self.xyz):
            arrays.store(content, landmarks, {})
            return
        observations = np.minimum(self.observations, np.iinfo(np.uint16).max).astype(np.uint16)
        stored: dict[str, Array] = {
            "ids": self.ids, "xyz": self.xyz, "observations": observations, "error_px": self.error_px,
            "descriptors": self.looks,
        }  # fmt: skip
        if (self.presence < 255).any():
            stored[PRESENCE] = self.presence
        arrays.store(content, landmarks, stored)

    def _with_looks(self, landmarks: NDArray[Any]) -> Self:
        """Return it with the descriptors of these landmarks made anew from those of all that see them."""
        wanted = np.full(len(self.xyz) + 1, -1, np.int32)
        wanted[landmarks] = np.arange(len(landmarks), dtype=np.int32)
        rows = np.flatnonzero(wanted[self.ids] >= 0)
        looks = np.array(self.looks) if len(self.looks) == len(self.xyz) else self._no_looks()
        if len(rows):
            seen = compact.descriptors_of(self.descriptors[rows])
            mean = mean_descriptors([(wanted[self.ids[rows]], seen)], len(landmarks))
            looks[landmarks] = compact.pack_descriptors(as_stored(mean, like=seen))
        return replace(self, looks=looks)

    def _no_looks(self) -> Array:
        return np.zeros((len(self.xyz), self.descriptors.shape[1]), self.descriptors.dtype)
