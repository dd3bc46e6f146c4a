"""A model of descriptors, fitted to real ones.

A view is a sum of three parts: what its room shows everywhere, what changes along the drive from anchor to anchor, and
what only this view shows. An anchor has the mean and the principal directions of real images, which hold half of a
VLAD. The other half is put together word by word from the residuals of different real images, so rows have as many
directions as real ones. What one view alone shows is made in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from descriptor_model.real import RealDescriptors
from reloc.datatypes import Float32

ANCHORS = 12  # of a room, passed one after the other
_OWN_DIRECTIONS = 128  # of what one view alone shows; more would take most of the time
_WORD = 128  # numbers


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorModel:
    """What is drawn from. Shares are of the squared length, and add up to 1."""

    mean: Float32  # (D,) of anchors
    directions: Float32  # (R, D) scaled by their standard deviation, the largest first
    residuals: Float32  # (M, W, 128) scaled so that an anchor has length 1
    room: float
    slow: float
    own: float
    spacing: float  # references from one anchor to the next
    again: float  # correlation of what changes slowly between a reference and a query at its place
    length: float  # of a row of residuals
    uneven: float  # standard deviation of the logarithm of what a view shares with others

    @classmethod
    def fit(cls, real: RealDescriptors, every: int) -> DescriptorModel:
        """Fit the model to a drive. A map takes every N-th image of it."""
        mean, directions, residuals = _anchors(real.places)
        floor = float(mean @ mean)
        curve = similarity_by_gap(real.drive[::every])
        room, slow, own, spacing = _shares(np.maximum(curve - floor, 0.0) / (1.0 - floor))
        length = float(np.sqrt((residuals**2).sum(axis=(1, 2)).mean()))
        next_ones = np.maximum(np.diagonal(real.drive[::every] @ real.drive[::every].T, 1) - floor, 1e-3)
        uneven = float(np.log(next_ones).std())
        model = cls(mean, directions, residuals, room, slow, own, spacing, 1.0, length, uneven)
        wanted = float((real.again[::every] @ real.drive[::every].T).max(axis=1).mean())
        return model._with_again(wanted)

    def views(self, count: int, seed: int, piece: int) -> Iterator[Float32]:
        """Yield ``count`` views in pieces (K, D) of whole rooms. Equal seeds give equal views."""
        for start in range(0, count, piece):
            yield self.views_from(start, count, seed, piece)

    def views_from(self, start: int, count: int, seed: int, piece: int) -> Float32:
        """Return the piece of :meth:`views` that begins with the view ``start``."""
        return self._piece(np.random.default_rng([seed, start]), min(piece, count - start))[0]

    def queries(self, count: int, seed: int, piece: int, at: np.ndarray) -> Float32:
        """Return queries (Q, D) at the places of the views ``at`` (Q,) that :meth:`views` yields."""
        found = []
        for number in np.unique(at // piece):
            start = int(number) * piece
            rng = np.random.default_rng([seed, start])
            _, room, slow, shared = self._piece(rng, min(piece, count - start))
            mine = at[at // piece == number] - start
            other = self._draw(np.random.default_rng([seed, start, 1]), len(mine))
            moved = self.again * slow[mine] + np.sqrt(1.0 - self.again**2) * other
            found.append(self._joined(np.random.default_rng([seed, start, 2]), room[mine], moved, shared[mine]))
        return np.concatenate(found)

    def places(self, count: int, seed: int) -> Float32:
        """Return one view (count, D) of each of as many rooms."""
        rng = np.random.default_rng(seed)
        shared = self._unevenness(rng, (count,))
        return self._joined(rng, self._draw(rng, count), self._draw(rng, count), shared)

    def _piece(self, rng: np.random.Generator, count: int) -> tuple[Float32, Float32, Float32, Float32]:
        size = max(1, round(ANCHORS * self.spacing))  # references of a room
        rooms = -(-count // size)
        room = np.repeat(self._draw(rng, rooms), size, axis=0)[:count]
        anchors = self._draw(rng, rooms * (ANCHORS + 1)).reshape(rooms, ANCHORS + 1, -1)
        at = np.arange(size) / self.spacing
        before = np.minimum(at.astype(int), ANCHORS - 1)
        turn = ((at - before) * np.pi / 2).astype(np.float32)[:, None]
        slow = np.cos(turn) * anchors[:, before] + np.sin(turn) * anchors[:, before + 1]
        slow = slow.reshape(rooms * size, -1)[:count]
        even = self._unevenness(rng, (rooms, ANCHORS + 1))
        part = (at - before).astype(np.float32)
        shared = ((1.0 - part) * even[:, before] + part * even[:, before + 1]).reshape(-1)[:count]
        return self._joined(rng, room, slow, shared), room, slow, shared

    def _unevenness(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Float32:
        """Return factors of what views share with others; their mean is about 1."""
        factors = np.exp(self.uneven * rng.standard_normal(shape, dtype=np.float32) - 0.5 * self.uneven**2)
        return np.clip(factors, 0.1, 0.9 / (self.room + self.slow))

    def _joined(self, rng: np.random.Generator, room: Float32, slow: Float32, shared: Float32) -> Float32:
        """Return views (K, D); they have ``shared`` (K,) times the usual share of room and slow part."""
        whole = 1.0 - float(self.mean @ self.mean)  # squared length of what is not the mean
        known = np.sqrt(whole * shared)[:, None].astype(np.float32)
        own = np.sqrt(whole * (1.0 - shared * (self.room + self.slow)))[:, None]
        rows = known * (np.float32(np.sqrt(self.room)) * room + np.float32(np.sqrt(self.slow)) * slow)
        rows += own.astype(np.float32) * self._own(rng, len(rows))
        rows += self.mean
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    def _draw(self, rng: np.random.Generator, count: int) -> Float32:
        """Return anchors (count, D) without the mean."""
        numbers = rng.standard_normal((count, len(self.directions)), dtype=np.float32)
        return numbers @ self.directions + self._blocks(rng, count)

    def _own(self, rng: np.random.Generator, count: int) -> Float32:
        """Return what one view alone shows (count, D), of length 1."""
        directions = self.directions[:_OWN_DIRECTIONS]
        rest = np.sqrt(1.0 - float((directions**2).sum())) / self.length
        numbers = rng.standard_normal((count, len(directions)), dtype=np.float32)
        return numbers @ directions + np.float32(rest) * self._blocks(rng, count)

    def _blocks(self, rng: np.random.Generator, count: int) -> Float32:
        words = self.residuals.shape[1]
        which = rng.integers(0, len(self.residuals), (count, words))
        return self.residuals[which, np.arange(words)].reshape(count, -1)

    def _with_again(self, wanted: float) -> DescriptorModel:
        """Choose how well a query agrees with the nearest view, by bisection."""
        values = {name: getattr(self, name) for name in DescriptorModel.__slots__}
        low, high = 0.0, 1.0
        for _ in range(7):
            tried = DescriptorModel(**values | {"again": 0.5 * (low + high)})
            rows = next(tried.views(1024, 1, 1024))
            at = np.arange(3, 1024, 16)
            similar = float((tried.queries(1024, 1, 1024, at) @ rows.T).max(axis=1).mean())
            low, high = (tried.again, high) if similar < wanted else (low, tried.again)
        return DescriptorModel(**values | {"again": 0.5 * (low + high)})


def similarity_by_gap(drive: Float32) -> Float32:
    """Return the mean cosine of views 1, 2, ... references apart, up to a third of the drive."""
    cosines = drive @ drive.T
    return np.array([np.diagonal(cosines, gap).mean() for gap in range(1, max(2, len(drive) // 3))], np.float32)


def _anchors(places: Float32) -> tuple[Float32, Float32, Float32]:
    """Return mean, directions and residuals; energies are measured on images that the directions were not fitted to."""
    mean = places.mean(axis=0)
    fitted, held_out = places[::2] - mean, places[1::2] - mean
    _, vectors = np.linalg.eigh(fitted @ fitted.T)
    basis = vectors[:, :0:-1].T @ fitted  # all but the last, which is zero
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    numbers = held_out @ basis.T
    residuals = held_out - numbers @ basis
    scale = 1.0 / np.sqrt((held_out**2).sum(axis=1).mean())
    directions = basis * (numbers.std(axis=0) * scale)[:, None]
    return mean, directions.astype(np.float32), (residuals * scale).reshape(len(residuals), -1, _WORD)


def _shares(curve: Float32) -> tuple[float, float, float, float]:
    """Return the shares of room, slow and own part, and the anchors' spacing, nearest to a curve of similarities."""
    gaps = np.arange(1, len(curve) + 1)
    best, found = np.inf, (0.0, 0.0, 1.0, 1.0)
    for spacing in np.geomspace(1.0, len(curve), 40):
        falling = _kernel(gaps / spacing)
        matrix = np.stack([np.ones(len(curve)), falling], axis=1)
        room, slow = np.maximum(np.linalg.lstsq(matrix, curve, rcond=None)[0], 0.0)
        error = float(((matrix @ [room, slow] - curve) ** 2).sum())
        if error < best and room + slow < 1.0:
            best, found = error, (float(room), float(slow), float(1.0 - room - slow), float(spacing))
    return found


def _kernel(gap: np.ndarray) -> np.ndarray:
    """Return the mean cosine of the slow part at two views that are ``gap`` anchors apart."""
    at = np.linspace(0.0, 1.0, 33)[:-1]
    first, then = at, at[:, None] + gap
    same = np.where(then < 1.0, np.cos((then - first[:, None]) * np.pi / 2), 0.0)
    into_next = np.where((then >= 1.0) & (then < 2.0), np.cos((then - 1.0) * np.pi / 2), 0.0)
    return (same + into_next * np.sin(first * np.pi / 2)[:, None]).mean(axis=0)
