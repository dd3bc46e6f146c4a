"""A model of descriptors, fitted to real ones.

A view is a sum of three parts: what its room shows everywhere, what changes along the drive from anchor to anchor, and
what only this view shows. An anchor has the mean and the principal directions of real images, which hold half of a
VLAD. The other half is put together word by word from the residuals of different real images, so rows have as many
directions as real ones. What one view alone shows is made in the same way.

Views of one place agree more in the first principal directions than in the others. How much more is fitted by bands of
directions, to the inner products of views of the drive. What one view alone shows has the rest of each band.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from descriptor_model.real import RealDescriptors
from reloc.datatypes import Float32

ANCHORS = 12  # of a room, passed one after the other
_OWN_DIRECTIONS = 128  # of what one view alone shows; more would take most of the time
_WORD = 128  # numbers
_BANDS = (0, 16, 64, 256)  # where bands of principal directions begin; the last goes to their end


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorModel:
    """What is drawn from. Shares are of the squared length, and add up to 1."""

    mean: Float32  # (D,) of anchors
    directions: Float32  # (R, D) of length 1, the largest first
    shared: Float32  # (R + 1,) standard deviations of what views share: of directions, and of residuals
    alone: Float32  # (R + 1,) of what one view alone shows
    residuals: Float32  # (M, W, 128) of length 1 in the mean
    room: float
    slow: float
    own: float
    spacing: float  # references from one anchor to the next
    again: Float32  # (K,) correlations of the slow part of a reference and of a query at its place; one is drawn
    uneven: float  # standard deviation of the logarithm of what a view shares with others

    @classmethod
    def fit(cls, real: RealDescriptors) -> DescriptorModel:
        """Fit the model to a drive, and to a later part of it."""
        mean, directions, energies, residuals = _anchors(real.places)
        floor = float(mean @ mean)
        curve = similarity_by_gap(real.drive)
        room, slow, own, spacing = _shares(np.maximum(curve - floor, 0.0) / (1.0 - floor))
        shared, alone = _by_band(real.drive - mean, directions, energies, room + slow)
        next_ones = np.maximum(np.diagonal(real.drive @ real.drive.T, 1) - floor, 1e-3)
        uneven = float(np.log(next_ones).std())
        again = np.ones(1, np.float32)
        model = cls(mean, directions, shared, alone, residuals, room, slow, own, spacing, again, uneven)
        return model._with_again((real.again @ real.drive.T).max(axis=1))

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
            rng = np.random.default_rng([seed, start, 1])
            again = rng.choice(self.again, (len(mine), 1))
            moved = again * slow[mine] + np.sqrt(1.0 - again**2) * self._draw(rng, len(mine))
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
        return self._made(rng, count, self.shared)

    def _own(self, rng: np.random.Generator, count: int) -> Float32:
        """Return what one view alone shows (count, D), of length 1. Later directions are among the residuals."""
        first = self.alone[:-1][:_OWN_DIRECTIONS]
        rest = max(0.0, 1.0 - float((first**2).sum()))
        return self._made(rng, count, np.append(first, np.float32(np.sqrt(rest))))

    def _made(self, rng: np.random.Generator, count: int, deviations: Float32) -> Float32:
        directions = self.directions[: len(deviations) - 1]
        numbers = rng.standard_normal((count, len(directions)), dtype=np.float32) * deviations[:-1]
        return np.asarray(numbers @ directions + deviations[-1] * self._blocks(rng, count), np.float32)

    def _blocks(self, rng: np.random.Generator, count: int) -> Float32:
        words = self.residuals.shape[1]
        which = rng.integers(0, len(self.residuals), (count, words))
        return self.residuals[which, np.arange(words)].reshape(count, -1)

    def _with_again(self, nearest: Float32) -> DescriptorModel:
        """Choose how well queries agree with their places, so that their cosines to the nearest views are ``nearest``.

        Some later views show again what an earlier one did, and others hardly anything of it.
        """
        tried, similar = np.linspace(0.0, 1.0, 6, dtype=np.float32), []
        rows = next(self.views(1024, 1, 1024))
        at = np.arange(3, 1024, 16)
        for again in tried:
            queries = replace(self, again=again[None]).queries(1024, 1, 1024, at)
            similar.append(float((queries @ rows.T).max(axis=1).mean()))
        return replace(self, again=np.interp(np.sort(nearest), similar, tried).astype(np.float32))


def similarity_by_gap(drive: Float32) -> Float32:
    """Return the mean cosine of views 1, 2, ... references apart, up to a third of the drive."""
    cosines = drive @ drive.T
    return np.array([np.diagonal(cosines, gap).mean() for gap in range(1, max(2, len(drive) // 3))], np.float32)


def _anchors(places: Float32) -> tuple[Float32, Float32, Float32, Float32]:
    """Return mean, directions (R, D), energies (R + 1,) and residuals. Energies add up to 1: those of directions, and
    that of residuals. They are measured on images that the directions were not fitted to.
    """
    mean = places.mean(axis=0)
    fitted, held_out = places[::2] - mean, places[1::2] - mean
    _, vectors = np.linalg.eigh(fitted @ fitted.T)
    basis = vectors[:, :0:-1].T @ fitted  # all but the last, which is zero
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    numbers = held_out @ basis.T
    residuals = held_out - numbers @ basis
    energies = np.append((numbers**2).mean(axis=0), (residuals**2).sum(axis=1).mean())
    residuals /= np.sqrt(energies[-1])
    energies /= energies.sum()
    return mean, basis.astype(np.float32), energies, residuals.reshape(len(residuals), -1, _WORD)


def _by_band(drive: Float32, directions: Float32, energies: Float32, share: float) -> tuple[Float32, Float32]:
    """Return the standard deviations of what views share, and of what one alone shows, by direction.

    Args:
        drive: views (N, D) without the mean.
        energies: of any view, by direction.
        share: of a view that the next ones share, squared length.
    """
    numbers = drive @ directions.T
    gaps = range(1, min(6, len(drive)))
    products = [(numbers[gap:] * numbers[:-gap]).mean(axis=0) for gap in gaps]
    whole = np.mean([(drive[gap:] * drive[:-gap]).sum(axis=1).mean() for gap in gaps])
    together = np.mean(products, axis=0) / whole
    shared, alone = np.empty_like(energies), np.empty_like(energies)
    bands = [slice(*ends) for ends in pairwise((*_BANDS, len(directions)))]
    for band in bands:
        shared[band] = max(float(together[band].sum()), 0.0) * energies[band] / energies[band].sum()
    shared[-1] = max(0.0, 1.0 - float(shared[:-1].sum()))
    for band in (*bands, slice(-1, None)):
        left = max(0.0, float(energies[band].sum() - share * shared[band].sum()))
        alone[band] = left * energies[band] / energies[band].sum()
    return tuple(np.sqrt(e / e.sum()).astype(np.float32) for e in (shared, alone))


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
